import type { Knex } from 'knex'
import { callerOf, recordSecurity } from '../../security'
import { ApiError } from '../../../errors/errors'
import { $user, Type } from '../../../declare'
import type { Action, ActionContext } from '../../../declare'
import type { Principal } from '../../../declare/declarations'
import { requirePassword } from '../auth/password'
import { PREFIX } from '../../../model/prefix'

const input = Type.Object(
  { password: Type.Optional(Type.String({ format: 'password' })) },
  { additionalProperties: false }
)
interface Identity {
  readonly id: number
  readonly provider: string
  readonly user_id: number
}
type Context = ActionContext<Identity>

/** One at a time for one user: two that each left the other behind would leave none. */
const remove = async (
  { app, record: { id, user_id } }: Context,
  trx: Knex.Transaction,
  knowsPassword: boolean
) => {
  await trx('users').where({ id: user_id }).forUpdate().first('id')
  const other = await trx('identities').where({ user_id }).whereNot({ id }).first('id')
  if (!other && !knowsPassword)
    throw new ApiError('CONFLICT', {
      message: 'This is the last way in: send the password as well, or set one by resetting it',
      hint: `Send { password }, or set one first by POST ${PREFIX}/auth/forgot-password`
    })
  await app.service('identities').remove(id, { transaction: { trx } } as object)
}

/** The provider signs in to this account no more. A user without another provider proves that they have another way in, by their password. */
export const unlink: Action<Identity, typeof input> = {
  summary: 'Sign in by this provider no more; the last way in stays, unless the password shows another',
  input,
  output: Type.Object({ success: Type.Boolean() }),
  access: { user_id: $user.id },
  // A password is compared, which takes long; the connection is taken for the removal alone.
  transaction: false,
  async run({ password }, context) {
    const { app, user, params, record } = context
    if (password !== undefined) await requirePassword('password', password, context)
    const knex = app.get('postgresqlClient')
    await knex.transaction((trx) => remove(context, trx, password !== undefined))
    const { id: user_id, email } = user as Principal
    const details = { provider: record.provider }
    await recordSecurity(app, 'oauth_unlinked', { ...callerOf(params), user_id, email, details })

    return { success: true }
  }
}
