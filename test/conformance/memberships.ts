import {
  authenticated,
  belongsTo,
  boolean,
  defineResource,
  integer,
  nullable,
  oneOf,
  role,
  state,
  text,
  timestamp,
  withDefault
} from '../../packages/rachis/src/declare'
import type { AnyResource, Terms } from '../../packages/rachis/src/declare'
import type { Dice } from '../../packages/rachis/src/testing/dice'

/** Which rows of a join table count: as a declaration says it, and as somebody would in SQL. */
const CONDITIONS: readonly (readonly [where: Terms | readonly Terms[] | undefined, sql: string])[] = [
  [undefined, 'true'],
  [{ is_active: true }, 'm.is_active'],
  [{ rank: { $in: ['lead', 'helper'] } }, `m.rank in ('lead', 'helper')`],
  [{ points: { $gte: 3, $lt: 8 } }, 'm.points >= 3 and m.points < 8'],
  [{ until: { $gt: '2000-01-01T01:00:00+01:00' } }, `m.until > '2000-01-01T00:00:00Z'`],
  [{ rank: { $ne: 'lead' }, until: null }, `m.rank <> 'lead' and m.until is null`],
  [[{ rank: 'lead' }, { is_active: true, points: { $ne: null } }], `m.rank = 'lead' or (m.is_active and m.points is not null)`]
] // prettier-ignore

/** A join table by chance, and which of its rows, as `m`, make a user a member: in plain SQL. */
export const randomMembers = (name: string, property: string, groups: string, dice: Dice) => {
  const [where, sql] = dice.pick(CONDITIONS)
  const isSoft = dice.chance(0.5)
  const resource = defineResource(name, {
    path: name.replace(/_/g, '-'),
    soft_delete: isSoft,
    fields: {
      user_id: nullable(belongsTo('users', { on_delete: 'cascade', allow_unreadable: true })),
      group_id: nullable(belongsTo(groups as never, { on_delete: 'cascade', allow_unreadable: true })),
      is_active: withDefault(boolean(), true),
      rank: withDefault(oneOf('member', 'helper', 'lead'), 'member'),
      points: nullable(integer({ minimum: 0, maximum: 9 })),
      until: nullable(timestamp())
    },
    access: { read: authenticated, create: authenticated, update: authenticated, remove: role('admin') },
    members: { [property]: { by: 'user_id', value: 'group_id', ...(where ? { where: where as never } : {}) } }
  }) as unknown as AnyResource

  return { resource, counts: isSoft ? `(${sql}) and m.deleted_at is null` : `(${sql})` }
}

const joined = (property: string) => ({ group_id: { $in: { $user: property } } })

/** Groups that people belong to by a join table, and records that members see and change. */
export const randomTeams = (dice: Dice) => {
  const groups = defineResource('random_teams', {
    path: 'random-teams',
    fields: { name: text({ maxLength: 20 }) },
    access: { read: authenticated, create: authenticated, remove: role('admin') }
  }) as unknown as AnyResource
  const members = randomMembers('random_members', 'joined_ids', 'random_teams', dice)
  const records = defineResource('random_records', {
    path: 'random-records',
    soft_delete: true,
    fields: {
      title: text({ maxLength: 20 }),
      status: state('open', 'done'),
      group_id: nullable(
        belongsTo('random_teams' as never, { on_delete: 'set null', allow_unreadable: true })
      )
    },
    access: {
      read: joined('joined_ids') as never,
      create: joined('joined_ids') as never,
      update: joined('joined_ids') as never,
      remove: joined('joined_ids') as never
    },
    states: {
      field: 'status',
      transitions: { finish: { from: 'open', to: 'done', access: joined('joined_ids') as never } }
    }
  }) as unknown as AnyResource

  return { resources: [groups, members.resource, records], counts: members.counts }
}
