import { $user, belongsTo, defineResource, oneOf, role, withDefault } from 'rachis'
import type { ServiceOf } from 'rachis'

const led = { team_id: { $in: $user.led_team_ids } }

export const teamMembers = defineResource('team_members', {
  description: 'Who is in which team',
  path: 'team-members',
  fields: {
    team_id: belongsTo('teams', { on_delete: 'cascade' }),
    user_id: belongsTo('users', { on_delete: 'cascade', allow_unreadable: true }),
    rank: withDefault(oneOf('member', 'lead'), 'member')
  },
  unique: [['team_id', 'user_id']],
  access: {
    read: [{ team_id: { $in: $user.team_ids } }, role('admin')],
    create: [led, role('admin')],
    update: [led, role('admin')],
    remove: [led, { user_id: $user.id }, role('admin')]
  },
  members: {
    team_ids: { by: 'user_id', value: 'team_id' },
    led_team_ids: { by: 'user_id', value: 'team_id', where: { rank: 'lead' } }
  }
})

declare module 'rachis' {
  interface Principal {
    /** The teams that they are in, and those of them that they lead. */
    team_ids: readonly number[]
    led_team_ids: readonly number[]
  }
  interface ServiceTypes {
    'team-members': ServiceOf<typeof teamMembers>
  }
}
