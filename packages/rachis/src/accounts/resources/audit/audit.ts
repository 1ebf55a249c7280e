import { recordIds } from '../../../service/hooks/recorded-ids'
import { defineResource, json, nullable, role, text, timestamp, Type } from '../../../declare'
import type { ServiceOf } from '../../../declare'

const id = (description: string) =>
  Type.Unsafe<number | string>({ type: ['integer', 'string'], column: 'text', description })

/** The change feed itself, for administrators: who changed what, when, from what to what. Secrets never enter it. */
export const audit = defineResource('audit', {
  description: 'Every change of every record, for administrators',
  source: 'changes',
  timestamps: false,
  fields: {
    resource: text(),
    record_id: id('In the type that ids of the resource have.'),
    event: text(),
    action: nullable(text()),
    before: nullable(json()),
    after: nullable(json()),
    user_id: nullable(id('In the type that ids of users have.')),
    /** The administrator who acted as that user. */
    impersonator_id: nullable(id('In the type that ids of users have.')),
    trace_id: nullable(text()),
    created_at: timestamp()
  },
  access: { read: role('admin') },
  hooks: { around: { find: [recordIds], get: [recordIds] } }
})

declare module '../../../declare/declarations' {
  interface ServiceTypes {
    audit: ServiceOf<typeof audit>
  }
}
