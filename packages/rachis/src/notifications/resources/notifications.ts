import { $user, belongsTo, defineResource, nullable, oneOf, role, text, timestamp, Type } from '../../declare'
import type { ServiceOf } from '../../declare'

/** What somebody was told by mail, or is about to be. Mails are written when they are sent; nothing of what they say is kept. */
export const notificationRecords = defineResource('notifications', {
  description: 'What was told by mail, or is about to be',
  fields: {
    user_id: belongsTo('users', { on_delete: 'cascade' }),
    /** The name of its declaration. */
    kind: text({ maxLength: 63 }),
    resource: text({ maxLength: 63 }),
    record_id: text({ maxLength: 100 }),
    /** The change and its receiver: a change that is read again makes no second one. */
    origin: text({ maxLength: 200 }),
    /** What is sent in one mail; null for what waits to be gathered. */
    batch: nullable(Type.String({ format: 'uuid' })),
    /** Dropped: its receiver does not want it, or may not see the record any more. */
    status: oneOf('pending', 'sent', 'dropped'),
    ended_at: nullable(timestamp())
  },
  access: { read: [{ user_id: $user.id }, role('admin')] },
  unique: [['origin']],
  indexes: ['user_id', 'batch', 'created_at'],
  retention: { days: 90 }
})

declare module '../../declare/declarations' {
  interface ServiceTypes {
    notifications: ServiceOf<typeof notificationRecords>
  }
}
