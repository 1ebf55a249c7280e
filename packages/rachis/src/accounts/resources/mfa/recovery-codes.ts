import { belongsTo, defineResource, nullable, text, timestamp, writeOnly } from '../../../declare'
import type { ServiceOf } from '../../../declare'

/** Codes for those who have lost their authenticator, for the server only. Each is good once. */
export const recoveryCodes = defineResource('recovery_codes', {
  path: 'recovery-codes',
  description: 'Recovery codes, for the server only',
  fields: {
    user_id: belongsTo('users', { on_delete: 'cascade' }),
    hash: writeOnly(text({ pattern: '^[0-9a-f]{64}$', maxLength: 64 })),
    used_at: nullable(timestamp())
  },
  access: {},
  indexes: ['user_id']
})

declare module '../../../declare/declarations' {
  interface ServiceTypes {
    'recovery-codes': ServiceOf<typeof recoveryCodes>
  }
}
