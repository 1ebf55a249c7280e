import { countPassword } from '../../limits'
import { callerOf, recordSecurity } from '../../security'
import { ApiError, validationError } from '../../../errors/errors'
import { authenticated, Type } from '../../../declare'
import type { Action, ActionContext } from '../../../declare'
import { users } from '../users/users'

const input = Type.Object(
  { current_password: Type.String({ format: 'password' }), new_password: users.spec.fields.password },
  { additionalProperties: false }
)
type Context = ActionContext<object>

/** Asked again of who is signed in, as often as any log-in may; a 401 would tell the client to sign in again. */
export const requirePassword = async (
  field: string,
  password: string,
  { app, knex, params, user }: Context
): Promise<void> => {
  const { id, email } = user!
  const wasRight = await countPassword(app, email, params)
  const row = await knex<{ id: number; password: string | null }>('users').where({ id }).first('password')
  if (await app.get('passwords').verify(password, row?.password, callerOf(params).address)) return wasRight()
  const details = { strategy: 'local', reason: 'password' }
  await recordSecurity(app, 'login_failed', { ...callerOf(params), user_id: id, email, details })
  throw validationError([{ field, message: 'is not your password', rule: 'current_password' }])
}

/** What is wrong with the new password, by the name that it has here. */
const renamed = (error: unknown) => {
  const details = error instanceof ApiError ? error.payload.details : undefined
  throw details?.[0]?.field === 'password'
    ? validationError(details.map((detail) => ({ ...detail, field: 'new_password' })))
    : error
}

const change_password: Action<object, typeof input> = {
  on: 'collection',
  summary: 'Change your own password; your other sessions end',
  input,
  output: Type.Object({ success: Type.Boolean() }),
  access: authenticated,
  transaction: false,
  http: { path: 'password' },
  async run({ current_password, new_password }, context) {
    const { app, params, user } = context
    if (user!.impersonator_id) throw new ApiError('FORBIDDEN')
    await requirePassword('current_password', current_password, context)
    await app.service('users').patch(user!.id, { password: new_password }, params).catch(renamed)

    return { success: true }
  }
}

export const ownPassword = { change_password }
