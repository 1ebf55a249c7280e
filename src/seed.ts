import type { Application } from 'rachis'
import { makeFirstAdministrator } from 'rachis/accounts'
import { demo, DEMO_LOGINS } from './services/demo'
import { DEMO_PASSWORD } from './services/demo/people'

const EMAILS = DEMO_LOGINS.map(({ email }) => email as string)
/** One that has the address of ADMIN_EMAIL is that administrator, and none of the demonstration. */
const demoEmails = (app: Application) => {
  const own = app.get('admin').email.toLowerCase()
  return EMAILS.filter((email) => email !== own)
}

/** What a new database starts with: demonstration data unless switched off, and the administrator of ADMIN_EMAIL. */
export const seed = async (app: Application) => {
  if (process.env.NODE_ENV === 'production') await refuseDemoLogins(app)
  // First, as it is for an empty database.
  if (app.get('seed_demo')) await demo(app)
  // Those of the demonstration do not count.
  await makeFirstAdministrator(app, demoEmails(app))
}

/** The logins of the demonstration that are in the database, and are nobody's own: one in use may have none. */
export const demoLogins = async (app: Application) => {
  const query = { email: { $in: demoEmails(app) }, is_active: true }
  const { data } = await app.service('users').find({ query })

  return DEMO_LOGINS.filter(({ email }) => data.some((user) => user.email === email))
}

/**
 * A database that was filled while developing must not serve in production with logins that everybody knows.
 *
 * @throws Error that names them
 */
export const refuseDemoLogins = async (app: Application): Promise<void> => {
  const rows = await app
    .get('postgresqlClient')<{
      email: string
      password: string | null
      is_active: boolean
      is_verified: boolean
    }>('users')
    .whereIn('email', EMAILS)
    // The demonstration's are verified, and an account that somebody has registered at example.com never is.
    .where({ is_active: true, is_verified: true })
    .select('email', 'password')
  const passwords = app.get('passwords')
  const open = rows.map(async ({ email, password }) =>
    (await passwords.verify(DEMO_PASSWORD, password)) ? [email] : []
  )
  const found = (await Promise.all(open)).flat()
  if (found.length > 0)
    throw new Error(
      `The database has demonstration logins whose password everybody knows: ${found.join(', ')}. Remove them, switch them off or change their passwords.`
    )
}
