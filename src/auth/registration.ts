import type { Application } from '../declarations'
import type { Hook } from '../hooks/context'
import { countCaller } from './limits'
import { callerOf, recordSecurity } from './security'

interface Account {
  readonly id?: number
  readonly email?: string
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
    // Before anything is hashed. An administrator may make as many as he likes.
    if (user?.role !== 'admin') await countCaller(app, 'register_address', caller, emails.length)
    await next()
    const by = user?.id ?? null
    for (const [index, { id }] of ([context.result].flat() as Account[]).entries())
      await recordSecurity(app, 'registered', {
        ...caller,
        user_id: id,
        email: emails[index],
        details: { by }
      })
  }
