import {
  belongsTo,
  defineResource,
  integer,
  nullable,
  text,
  timestamp,
  unique,
  writeOnly
} from '../../../declare'
import type { ServiceOf } from '../../../declare'

/** The authenticators of users, for the server only. One that is not confirmed is not in force. */
export const mfaFactors = defineResource('mfa_factors', {
  path: 'mfa-factors',
  description: 'Second factors, for the server only',
  fields: {
    user_id: unique(belongsTo('users', { on_delete: 'cascade' })),
    // Sealed: who has read the database has no codes.
    secret: writeOnly(text({ maxLength: 500 })),
    confirmed_at: nullable(timestamp()),
    // The step of the last code that was taken: no code is good twice.
    last_step: writeOnly(nullable(integer({ minimum: 0 })))
  },
  access: {}
})

declare module '../../../declare/declarations' {
  interface ServiceTypes {
    'mfa-factors': ServiceOf<typeof mfaFactors>
  }
}
