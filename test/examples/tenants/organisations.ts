import { $user, defineResource, role, text } from 'rachis'
import type { ServiceOf } from 'rachis'

/** The tenants. Administrators of the whole service create them, with their first members. */
export const organisations = defineResource('organisations', {
  fields: { name: text({ minLength: 1, maxLength: 100 }) },
  access: {
    read: [{ id: { $in: $user.organisation_ids } }, role('admin')],
    create: role('admin'),
    update: [{ id: { $in: $user.led_organisation_ids } }, role('admin')],
    remove: role('admin')
  }
})

declare module 'rachis' {
  interface ServiceTypes {
    organisations: ServiceOf<typeof organisations>
  }
}
