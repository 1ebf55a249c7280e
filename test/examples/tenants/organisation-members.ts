import { $user, belongsTo, defineResource, immutable, oneOf, role, withDefault } from 'rachis'
import type { ServiceOf } from 'rachis'

const led = { organisation_id: { $in: $user.led_organisation_ids } }

/** Who belongs to which organisation: many to many. */
export const organisationMembers = defineResource('organisation_members', {
  path: 'organisation-members',
  fields: {
    organisation_id: immutable(belongsTo('organisations', { on_delete: 'cascade' })),
    user_id: immutable(belongsTo('users', { on_delete: 'cascade', allow_unreadable: true })),
    rank: withDefault(oneOf('member', 'lead'), 'member')
  },
  unique: [['organisation_id', 'user_id']],
  access: {
    read: [{ organisation_id: { $in: $user.organisation_ids } }, role('admin')],
    create: [led, role('admin')],
    update: [led, role('admin')],
    remove: [led, role('admin')]
  },
  members: {
    organisation_ids: { by: 'user_id', value: 'organisation_id' },
    led_organisation_ids: { by: 'user_id', value: 'organisation_id', where: { rank: 'lead' } }
  }
})

declare module 'rachis' {
  interface Principal {
    /** The organisations that they belong to, and those of them that they lead. */
    organisation_ids: readonly number[]
    led_organisation_ids: readonly number[]
  }
  interface ServiceTypes {
    'organisation-members': ServiceOf<typeof organisationMembers>
  }
}
