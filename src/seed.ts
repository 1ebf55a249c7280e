import type { Application } from './declarations'
import { demo } from './services/demo'

const makeAdmin = async (app: Application) => {
  const { email, password } = app.get('admin')
  if (!email || !password) return
  const admins = await app.service('users').find({ query: { role: 'admin', $limit: 0 } })
  if (admins.total > 0) return
  const username = email
    .split('@')[0]!
    .replace(/[^a-z0-9]/gi, '')
    .padEnd(3, '0')
  await app.service('users').create({ email, username, password, role: 'admin' })
}

/** What a new database starts with: the administrator of ADMIN_EMAIL, and demonstration data unless switched off. */
export const seed = async (app: Application) => {
  await makeAdmin(app)
  if (app.get('seed_demo')) await demo(app)
}
