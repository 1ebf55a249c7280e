import { callerOf, recordSecurity } from '../../security'
import { authenticationOf } from '../../authentication'
import { ApiError } from '../../../errors/errors'
import { role, Type } from '../../../declare'
import type { Action } from '../../../declare'
import { PREFIX } from '../../../model/prefix'

interface Account {
  readonly id: number
  readonly email: string
  readonly role: 'admin' | 'manager' | 'user'
  readonly is_active: boolean
}
const input = Type.Object({}, { additionalProperties: false })

/** Recorded, short, without a refresh token, and never as another administrator. */
export const impersonate: Action<Account, typeof input> = {
  summary: 'Act as this user for a while: what is done is recorded as theirs, with you beside it',
  input,
  output: Type.Object({
    access_token: Type.String(),
    token_type: Type.Literal('bearer'),
    expires_in: Type.Integer()
  }),
  access: { ...role('admin'), role: { $ne: 'admin' } },
  transaction: false,
  async run(_input, { app, user, record, params }) {
    if (!record.is_active)
      throw new ApiError('CONFLICT', {
        message: 'This account is switched off',
        hint: `Switch it on first: is_active by PATCH ${PREFIX}/users/<id>`
      })
    const service = authenticationOf(app)
    const access_token = await service.openAs(record.id, user!.id, params)
    const facts = { user_id: record.id, email: record.email, details: { by: user!.id } }
    await recordSecurity(app, 'impersonation_started', { ...callerOf(params), ...facts })

    return { access_token, token_type: 'bearer', expires_in: app.get('auth').access_ttl }
  }
}
