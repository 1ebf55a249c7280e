import { defineResource, role, text } from '../../declare'
import type { ServiceOf } from '../../declare'

/** Which events were received, so that each has one job. What they said is in the job alone. */
export const receivedWebhooks = defineResource('received_webhooks', {
  path: 'received-webhooks',
  description: 'Webhooks that were received and had a job, for administrators',
  fields: {
    receiver: text({ maxLength: 63 }),
    /** As the sender names it. */
    event_id: text({ maxLength: 255 }),
    type: text({ maxLength: 255 })
  },
  access: { read: role('admin') },
  unique: [['receiver', 'event_id']],
  indexes: ['created_at'],
  retention: { days: 90 }
})

declare module '../../declare/declarations' {
  interface ServiceTypes {
    'received-webhooks': ServiceOf<typeof receivedWebhooks>
  }
}
