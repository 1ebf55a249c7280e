import { authenticated, defineResource, role, text, Type } from 'rachis'
import type { ServiceOf } from 'rachis'

/** The same for all organisations. */
export const holidays = defineResource('holidays', {
  fields: { name: text({ minLength: 1, maxLength: 100 }), day: Type.String({ format: 'date' }) },
  access: { read: authenticated, create: role('admin'), remove: role('admin') }
})

declare module 'rachis' {
  interface ServiceTypes {
    holidays: ServiceOf<typeof holidays>
  }
}
