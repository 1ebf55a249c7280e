import {
  $user,
  authenticated,
  belongsTo,
  boolean,
  defineResource,
  oneOf,
  role,
  text,
  withDefault,
  nullable
} from '../../packages/rachis/src/declare'
import type { AnyResource } from '../../packages/rachis/src/declare'

const admin = role('admin')
const inTheirs = { team_id: { $in: { $user: 'team_ids' } } }
const ledByThem = { team_id: { $in: { $user: 'led_team_ids' } } }

const teams = defineResource('teams', {
  fields: { name: text({ maxLength: 40 }) },
  access: { read: authenticated, create: admin, remove: admin }
})

/** Who is in which team. Only those who are active count, and leads lead. */
const teamMembers = defineResource('team_members', {
  path: 'team-members',
  soft_delete: true,
  fields: {
    team_id: belongsTo('teams' as never, { on_delete: 'cascade' }),
    user_id: belongsTo('users', { on_delete: 'cascade', allow_unreadable: true }),
    is_active: withDefault(boolean(), true),
    rank: withDefault(oneOf('member', 'lead'), 'member')
  },
  access: {
    read: [{ user_id: $user.id }, inTheirs, admin],
    create: [ledByThem, admin],
    update: [ledByThem, admin],
    remove: [{ user_id: $user.id }, ledByThem, admin]
  },
  members: {
    team_ids: { by: 'user_id', value: 'team_id', where: { is_active: true } },
    led_team_ids: { by: 'user_id', value: 'team_id', where: { is_active: true, rank: 'lead' } }
  }
})

/** Seen by the team, changed by those who lead it. */
const boards = defineResource('boards', {
  fields: {
    title: text({ maxLength: 40 }),
    team_id: nullable(belongsTo('teams' as never, { on_delete: 'set null' }))
  },
  access: { read: [inTheirs, admin], create: [ledByThem, admin], update: [ledByThem, admin] }
})

export const teamResources = [teams, teamMembers, boards] as unknown as readonly AnyResource[]
