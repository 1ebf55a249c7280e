import { belongsTo, defineResource, integer, nullable, timestamp, withDefault } from '../../resource'
import type { ServiceOf } from '../../resource'

/** One sign-in: what its tokens refer to. Nobody reads it from outside; logging out revokes it. */
export const sessions = defineResource('sessions', {
  description: 'Sign-ins, for the server only',
  id: 'uuid',
  fields: {
    user_id: belongsTo('users', { on_delete: 'cascade' }),
    generation: withDefault(integer({ minimum: 0 }), 0),
    expires_at: timestamp(),
    revoked_at: nullable(timestamp())
  },
  access: {},
  indexes: ['expires_at']
})

declare module '../../declarations' {
  interface ServiceTypes {
    sessions: ServiceOf<typeof sessions>
  }
}
