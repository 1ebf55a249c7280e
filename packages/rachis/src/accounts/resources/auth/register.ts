import type { Params } from '@feathersjs/feathers'
import { mayMail } from '../../limits'
import { callerOf, recordSecurity } from '../../security'
import { ApiError } from '../../../errors/errors'
import { emailOf, Type } from '../../../declare'
import { users } from '../users/users'
import { success, SUCCESS } from './recovery'
import { session } from './session'
import type { Context } from './session'

const { email, username, password, first_name, last_name } = users.spec.fields

export const registration = {
  input: Type.Object(
    { email, username, password, first_name: Type.Optional(first_name), last_name: Type.Optional(last_name) },
    { additionalProperties: false }
  ),
  /** The session, or `success` alone where an address has to be confirmed first: one shape, whichever the settings ask for. */
  output: Type.Partial(Type.Object({ ...session.properties, ...SUCCESS.properties }))
}
export interface Registered {
  readonly email: string
  readonly username: string
  readonly password: string
}

export const makeAccount = ({ app, params }: Context, data: Registered) =>
  app.service('users').create(data, callerOf(params) as Params)

const isTaken = (error: unknown, field: string) =>
  error instanceof ApiError && error.errorCode === 'DUPLICATE' && error.toJSON().error.field === field

/**
 * Where addresses have to be confirmed, registering tells nobody whether one has an account: that is told by mail, to the
 * address itself. Names are public and asked for first, so that they tell nothing of addresses either; the password of a known
 * address is hashed as well.
 */
export const makeQuietly = async (context: Context, data: Registered) => {
  const { app, params } = context
  const { total } = await app.service('users').find({ query: { username: data.username, $limit: 0 } })
  if (total > 0) throw new ApiError('DUPLICATE', { field: 'username', message: 'username is already taken' })
  try {
    await makeAccount(context, data)
  } catch (error) {
    if (!isTaken(error, 'email')) throw error
    const address = emailOf(data.email)!
    await recordSecurity(app, 'registration_repeated', { ...callerOf(params), email: address })
    app.get('mailer').later(async (send) => {
      if (await mayMail(app, address, params)) await send('already_registered', address)
    })
  }

  return success
}
