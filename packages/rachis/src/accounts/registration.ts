import type { Application } from '../declare/declarations'
import { afterCommit } from '../service/after-commit'
import type { Hook } from '../service/hooks/context'
import { ApiError } from '../errors/errors'
import { emailOf } from '../declare'
import { countCaller } from './limits'
import { callerOf, partOf, recordSecurity } from './security'
import { mailVerification } from './verification'

interface Account {
  readonly id?: number
  readonly email?: string
}

/**
 * Counts accounts that are about to be made. A list that there are too many of counts nothing, since it makes none: an import tries its
 * parts by halves, and makes as many as the hour has left.
 */
const countAccounts = async (app: Application, caller: ReturnType<typeof callerOf>, count: number) => {
  try {
    await countCaller(app, 'register_address', caller, count)
  } catch (error) {
    if (count > 1) await app.get('limits').refund('register_address', caller.address!, count)
    throw error
  }
}

/**
 * Stands before every creation of an account, whichever way it is asked for: `/auth/register`, `POST /users`, a socket, a list.
 * What the server makes by itself, such as the first administrator, nobody registered.
 */
export const guardRegistration =
  (app: Application): Hook =>
  async (context, next) => {
    const caller = callerOf(context.params)
    if (!caller.address) return next()
    const { user } = context.params
    const emails = [context.data].flat().map((row) => (row as Account | null)?.email)
    // Before anything is hashed. An administrator may make as many as they like.
    if (user?.role !== 'admin') {
      await countAccounts(app, caller, emails.length)
      // It would tell whether an address has an account, which /auth/register does not.
      if (app.get('auth').require_verified_email && context.params.provider)
        throw new ApiError('FORBIDDEN', { message: 'Register by /auth/register' })
    }
    await next()
    const by = user?.id ?? null
    for (const [index, { id }] of ([context.result].flat() as Account[]).entries()) {
      await recordSecurity(app, 'registered', {
        // An import or a batch that is taken back takes the record back as well.
        ...partOf(context.params),
        user_id: id,
        email: emails[index],
        details: { by }
      })
      afterCommit(context.params.transaction, () => mailVerification(app, emailOf(emails[index] ?? '')!))
    }
  }

/** Another address has to be confirmed by mail; an administrator may set one at once. */
export const guardEmail: Hook = async (context, next) => {
  const { user, provider } = context.params
  const { email } = (context.data ?? {}) as Account
  const isSame = typeof email === 'string' && emailOf(email) === user?.email
  // The rule of reading says what they see of other accounts.
  const isOwn = provider !== undefined && user !== undefined && String(context.id) === String(user.id)
  if (isOwn && email !== undefined && user.role !== 'admin' && !isSame)
    throw new ApiError('FORBIDDEN', { field: 'email', message: 'Change your address by /auth/change-email' })

  return next()
}
