import type { Application } from './declarations'
import { demo, DEMO_LOGINS } from './services/demo'
import { DEMO_PASSWORD } from './services/demo/people'

const EMAILS = DEMO_LOGINS.map(({ email }) => email as string)
/** One that has the address of ADMIN_EMAIL is that administrator, and none of the demonstration. */
const demoEmails = (app: Application) => {
  const own = app.get('admin').email.toLowerCase()
  return EMAILS.filter((email) => email !== own)
}

/** Of his address; with a number behind it where a demonstration login has that name already. */
const usernameOf = async (app: Application, email: string) => {
  const name = email
    .split('@')[0]!
    .replace(/[^a-z0-9]/gi, '')
    .padEnd(3, '0')
  const { total } = await app.service('users').find({ query: { username: name, $limit: 0 } })

  return total === 0 ? name : `${name}2`
}

const makeAdmin = async (app: Application) => {
  const { email, password } = app.get('admin')
  if (!email || !password) return
  // Those of the demonstration are not his.
  const query = { role: 'admin', email: { $nin: demoEmails(app) }, $limit: 0 }
  if ((await app.service('users').find({ query })).total > 0) return
  const username = await usernameOf(app, email)
  // Whoever starts the server says whose address it is: there may be no mails yet to confirm it by.
  await app.service('users').create({ email, username, password, role: 'admin', is_verified: true } as never)
}

/** What a new database starts with: demonstration data unless switched off, and the administrator of ADMIN_EMAIL. */
export const seed = async (app: Application) => {
  // First, as it is for an empty database.
  if (app.get('seed_demo')) await demo(app)
  await makeAdmin(app)
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
    .get('postgresqlClient')<{ email: string; password: string | null; is_active: boolean }>('users')
    .whereIn('email', EMAILS)
    .where('is_active', true)
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
