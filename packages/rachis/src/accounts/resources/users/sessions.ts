import { callerOf, recordSecurity } from '../../security'
import { authenticationOf } from '../../authentication'
import {
  $user,
  belongsTo,
  defineResource,
  integer,
  nullable,
  readOnly,
  text,
  timestamp,
  Type,
  withDefault,
  writeOnly
} from '../../../declare'
import type { ServiceOf } from '../../../declare'

const own = { user_id: $user.id, revoked_at: null }

/** One sign-in: what its tokens refer to. A user sees where they are signed in, and may end it. */
export const sessions = defineResource('sessions', {
  description: 'Where somebody is signed in. One that has ended is out of sight',
  id: 'uuid',
  fields: {
    user_id: readOnly(belongsTo('users', { on_delete: 'cascade' })),
    /** Counts the refresh tokens: only the last one is good. */
    generation: writeOnly(readOnly(withDefault(integer({ minimum: 0 }), 0))),
    /** When the last refresh token was made; the one before it is good for a few seconds more. */
    rotated_at: writeOnly(readOnly(nullable(timestamp()))),
    last_used_at: readOnly(nullable(timestamp())),
    address: readOnly(nullable(text({ maxLength: 45 }))),
    user_agent: readOnly(nullable(text({ maxLength: 200 }))),
    /** When a second factor was shown. */
    mfa_at: readOnly(nullable(timestamp())),
    /** The administrator who acts as this user. */
    impersonator_id: readOnly(nullable(belongsTo('users', { on_delete: 'cascade' }))),
    expires_at: readOnly(timestamp()),
    revoked_at: readOnly(nullable(timestamp()))
  },
  access: { read: own },
  interactive_only: true,
  actions: {
    revoke: {
      summary: 'End this session: its tokens stop working at once',
      input: Type.Object({}, { additionalProperties: false }),
      output: Type.Object({ success: Type.Boolean() }),
      access: own,
      // Committed before it is forgotten here: what is read between the two would be remembered for seconds.
      transaction: false,
      async run(_input, { app, record, params, user }) {
        const service = authenticationOf(app)
        await service.revoke(record.id)
        const facts = { ...callerOf(params), user_id: user!.id, email: user!.email }
        await recordSecurity(app, 'session_revoked', facts)

        return { success: true }
      }
    }
  },
  retention: { days: 7, after: 'expires_at' },
  indexes: ['expires_at']
})

declare module '../../../declare/declarations' {
  interface ServiceTypes {
    sessions: ServiceOf<typeof sessions>
  }
}
