import { defineResource, json, nullable, role, text, timestamp } from '../../resource'
import type { ServiceOf } from '../../resource'

/** The change feed itself, for administrators: who changed what, when, from what to what. Secrets never enter it. */
export const audit = defineResource('audit', {
  description: 'Every change of every record, for administrators',
  source: 'changes',
  timestamps: false,
  fields: {
    resource: text(),
    record_id: text(),
    event: text(),
    action: nullable(text()),
    before: nullable(json()),
    after: nullable(json()),
    user_id: nullable(text()),
    /** The administrator who acted as that user. */
    impersonator_id: nullable(text()),
    trace_id: nullable(text()),
    created_at: timestamp()
  },
  access: { read: role('admin') }
})

declare module '../../declarations' {
  interface ServiceTypes {
    audit: ServiceOf<typeof audit>
  }
}
