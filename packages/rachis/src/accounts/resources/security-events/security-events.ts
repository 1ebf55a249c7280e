import { defineResource, json, nullable, role, text, unique } from '../../../declare'
import type { ServiceOf } from '../../../declare'

/** What happened at the door, for administrators. Written by `recordSecurity` alone; secrets never enter it. */
export const securityEvents = defineResource('security_events', {
  path: 'security-events',
  description: 'Log-ins, failures, lockouts, changed rights, used and revoked keys, for administrators',
  fields: {
    event: text({ maxLength: 50 }),
    // Not a reference: the record outlives the account.
    user_id: nullable(text({ maxLength: 40 })),
    email: nullable(text({ maxLength: 254 })),
    address: nullable(text({ maxLength: 45 })),
    details: nullable(json()),
    trace_id: nullable(text({ maxLength: 200 })),
    // What every process hears of, such as a change in the feed, is recorded by the first.
    origin: unique(nullable(text({ maxLength: 100 })))
  },
  access: { read: role('admin') },
  retention: { days: 365 },
  indexes: ['event', 'user_id', 'email', 'created_at']
})

declare module '../../../declare/declarations' {
  interface ServiceTypes {
    'security-events': ServiceOf<typeof securityEvents>
  }
}
