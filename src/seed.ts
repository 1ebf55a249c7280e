import type { Application } from './declarations'
import { demo, DEMO_LOGINS } from './services/demo'
import { DEMO_PASSWORD } from './services/demo/people'

const makeAdmin = async (app: Application) => {
  const { email, password } = app.get('admin')
  if (!email || !password) return
  const admins = await app.service('users').find({ query: { role: 'admin', $limit: 0 } })
  if (admins.total > 0) return
  const username = email
    .split('@')[0]!
    .replace(/[^a-z0-9]/gi, '')
    .padEnd(3, '0')
  // Whoever starts the server says whose address it is: there may be no mails yet to confirm it by.
  await app.service('users').create({ email, username, password, role: 'admin', is_verified: true } as never)
}

/** What a new database starts with: the administrator of ADMIN_EMAIL, and demonstration data unless switched off. */
export const seed = async (app: Application) => {
  await makeAdmin(app)
  if (app.get('seed_demo')) await demo(app)
}

/**
 * A database that was filled while developing must not serve in production with logins that everybody knows.
 *
 * @throws Error that names them
 */
export const refuseDemoLogins = async (app: Application): Promise<void> => {
  const emails = DEMO_LOGINS.map(({ email }) => email)
  const rows = await app
    .get('postgresqlClient')<{ email: string; password: string | null; is_active: boolean }>('users')
    .whereIn('email', emails)
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
