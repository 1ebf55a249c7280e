import { $user, authenticated, defineResource, role, text } from 'rachis'
import type { ServiceOf } from 'rachis'

export const teams = defineResource('teams', {
  description: 'Those who work on the same companies',
  fields: { name: text({ minLength: 1, maxLength: 100 }) },
  access: {
    read: authenticated,
    create: role('admin'),
    update: [{ id: { $in: $user.led_team_ids } }, role('admin')],
    remove: role('admin')
  }
})

declare module 'rachis' {
  interface ServiceTypes {
    teams: ServiceOf<typeof teams>
  }
}
