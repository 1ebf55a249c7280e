import { randomInt } from 'crypto'
import { revokeOtherCredentials } from './revoke-credentials'
import { dropTokens, PURPOSES } from './one-time-tokens'
import type { Application } from '../declare/declarations'
import { emailOf } from '../declare'
import { ApiError } from '../errors/errors'

const LONGEST = 35

/** Of the address; with a number behind it where somebody has that name already. */
const freeUsername = async (app: Application, email: string): Promise<string> => {
  const letters = email.split('@')[0]!.replace(/[^a-z0-9]/gi, '')
  const name = letters.slice(0, LONGEST).padEnd(3, '0')
  for (let username = name; ; username = `${name}${randomInt(2 ** 40)}`) {
    const { total } = await app.service('users').find({ query: { username, $limit: 0 } })
    if (total === 0) return username
  }
}

/**
 * The account may have been made by anybody who knew the address, or have been demoted or switched off since. So no way into it outlives this:
 * the password is the one of the settings, and sessions, keys, identities, second factors and links end.
 */
const promote = (app: Application, id: number, password: string) =>
  app.get('postgresqlClient').transaction(async (trx) => {
    const rights = { role: 'admin', is_active: true, is_verified: true }
    await revokeOtherCredentials(trx, id)
    await dropTokens(trx, id, PURPOSES)
    await app.service('users').patch(id, { password, ...rights } as never, { transaction: { trx } } as never)
  })

/** The rules of passwords are those of users, whose errors know nothing of settings. */
const failWithSettings = (error: unknown): never => {
  if (!(error instanceof ApiError) || error.code >= 500) throw error
  throw new Error(`The account of ADMIN_EMAIL is refused: ${error.message}; set ADMIN_PASSWORD to another`, {
    cause: error
  })
}

/**
 * Makes the account of ADMIN_EMAIL an administrator where no active one is left. Whoever starts the server says whose address it is: there
 * may be no mails yet to confirm it by. Whatever users have done, it does not fail.
 *
 * @param except addresses of administrators that do not count, as those of the demonstration
 * @throws {Error} where the password is one that no user may have
 */
export const makeFirstAdministrator = async (
  app: Application,
  except: readonly string[] = []
): Promise<void> => {
  const { email, password } = app.get('admin')
  if (!email || !password) return
  const users = app.service('users')
  const query = { role: 'admin', is_active: true, email: { $nin: [...except] }, $limit: 0 }
  if ((await users.find({ query } as never)).total > 0) return
  const { data } = await users.find({ query: { email: emailOf(email) ?? email, $limit: 1 } })
  if (data[0]) return promote(app, data[0].id, password).catch(failWithSettings)
  const account = { email, username: await freeUsername(app, email), password }
  await users.create({ ...account, role: 'admin', is_verified: true } as never).catch(failWithSettings)
}
