import { PURPOSES } from '../../one-time-tokens'
import { belongsTo, defineResource, nullable, oneOf, text, timestamp, writeOnly } from '../../../declare'
import type { ServiceOf } from '../../../declare'

/** The links in mails: one for a user, a purpose and an address. Nobody reads them from outside, and nobody could use what they hold. */
export const oneTimeTokens = defineResource('one_time_tokens', {
  path: 'one-time-tokens',
  description: 'Links of mails, for the server only',
  id: 'uuid',
  fields: {
    user_id: belongsTo('users', { on_delete: 'cascade' }),
    purpose: oneOf(...PURPOSES),
    email: text({ maxLength: 254 }),
    token_hash: writeOnly(text({ maxLength: 64 })),
    expires_at: timestamp(),
    used_at: nullable(timestamp())
  },
  access: {},
  unique: [['user_id', 'purpose', 'email']]
})

declare module '../../../declare/declarations' {
  interface ServiceTypes {
    'one-time-tokens': ServiceOf<typeof oneTimeTokens>
  }
}
