import { lowerAll } from '../../packages/rachis/src/model/lower'
import type { Model } from '../../packages/rachis/src/model/model'
import {
  $user,
  anyone,
  asParent,
  authenticated,
  belongsTo,
  boolean,
  computed,
  defineResource,
  immutable,
  integer,
  json,
  money,
  nullable,
  oneOf,
  owner,
  readOnly,
  role,
  state,
  text,
  timestamp,
  Type,
  withDefault,
  textArray,
  unique,
  writeOnly
} from '../../packages/rachis/src/declare'
import type { AnyResource, Terms } from '../../packages/rachis/src/declare'
import { resources } from '../helpers/declared'
import type { Dice } from '../../packages/rachis/src/testing/dice'
import { randomMembers } from './memberships'

const GROUPS = 'random_groups'
const PARENTS = 'random_parents'
const admin = role('admin')
const staff = role('admin', 'manager')

/** A field of every sort that a declaration can say. Values are few where rules ask for them. */
export const FIELDS = {
  title: text({ minLength: 1, maxLength: 40 }),
  note: nullable(text({ pattern: '^[xXé]{0,2}$', maxLength: 2 })),
  kind: withDefault(oneOf('a', 'A', 'b'), 'a'),
  for_role: withDefault(oneOf('user', 'manager', 'admin'), 'user'),
  is_open: withDefault(boolean(), true),
  is_new: nullable(boolean()),
  points: nullable(integer({ minimum: 0, maximum: 9 })),
  price: withDefault(money({ minimum: 0, maximum: 5 }), 1.5),
  ratio: nullable(Type.Number({ minimum: 0, maximum: 1 })),
  due: nullable(timestamp()),
  day: nullable(Type.String({ format: 'date' })),
  tags: withDefault(textArray(), []),
  details: withDefault(json(), {}),
  code: immutable(nullable(text({ maxLength: 10 }))),
  secret: writeOnly(nullable(text({ maxLength: 20 }))),
  margin: nullable(integer({ minimum: 0, maximum: 9 })),
  is_checked: readOnly(withDefault(boolean(), false)),
  is_scarce: computed(boolean(), 'coalesce(points, 0) <= 4'),
  status: state('open', 'busy', 'done'),
  assignee_id: nullable(belongsTo('users', { on_delete: 'set null', allow_unreadable: true })),
  helper_id: nullable(belongsTo('users', { on_delete: 'set null', allow_unreadable: true })),
  user_id: owner('users')
} as const
/** A record that follows another, and one that a member of a group may see. */
const FOLLOWING = {
  ...FIELDS,
  group_id: nullable(belongsTo(GROUPS as never, { on_delete: 'set null' })),
  parent_id: nullable(belongsTo(PARENTS as never, { on_delete: 'cascade' }))
}

/** What a rule may ask of the user, of the record, and of both. */
const OF_USER: readonly Terms[] = [admin, staff, role('user', 'manager'), authenticated, {}]
export const OF_RECORD: readonly Terms[] = [
  { kind: 'a' }, { kind: { $in: ['a', 'b'] } }, { kind: { $nin: ['A'] } }, { note: 'x' }, { note: null }, { note: { $ne: null } },
  { is_open: true }, { is_new: { $ne: true } }, { points: { $gte: 3, $lt: 8 } }, { price: { $lte: 1.5 } }, { status: { $ne: 'done' } },
  { due: { $lt: '2000-01-01T01:00:00+01:00' } }, { day: { $gte: '2000-02-29' } }, { is_scarce: true }, { assignee_id: null }, { ratio: { $gt: 0.5 } }, {}
] // prettier-ignore
const OF_BOTH: readonly Terms[] = [
  { user_id: $user.id }, { assignee_id: $user.id }, { for_role: $user.role }, { user_id: $user.id, for_role: $user.role }, {}
] // prettier-ignore

export const clause = (dice: Dice): Terms => {
  const terms = { ...dice.pick(OF_USER), ...dice.pick(OF_RECORD), ...dice.pick(OF_BOTH) }
  return Object.keys(terms).length > 0 ? terms : admin
}
const ruleOf = (dice: Dice): Terms[] => Array.from({ length: 1 + dice.below(3) }, () => clause(dice))

/** The database fills in `is_scarce` and the rest after a rule of creation was asked; and who owns it is signed in. */
const creationOf = (dice: Dice): Terms[] =>
  ruleOf(dice).map(({ is_scarce: _later, ...terms }) => ({ ...authenticated, ...terms }))

const inGroup = { group_id: { $in: { $user: 'group_ids' } } }
const inJoined = { group_id: { $in: { $user: 'joined_ids' } } }

/** Who reads and who writes single fields: by what they are, and by what the record is. No other rule asks for these fields. */
const fieldRulesOf = (dice: Dice, fields: object) => {
  const members = 'group_id' in fields ? [inGroup] : []
  const ofSome = () => (dice.chance(0.8) ? { read: [...dice.some(members), ...ruleOf(dice)] } : {})
  const mine = { user_id: $user.id }

  return {
    margin: { read: dice.pick([staff, admin]), write: dice.pick([staff, admin, authenticated]) },
    code: ofSome(),
    tags: { read: [mine, ...ruleOf(dice)], write: [mine, ...ruleOf(dice)] },
    details: ofSome(),
    helper_id: ofSome(),
    ...('handle' in fields ? { handle: { read: [mine, ...ruleOf(dice)] } } : {})
  }
}

interface Drawn {
  readonly id?: 'bigint' | 'uuid'
  readonly fields?: object
  readonly read?: readonly Terms[]
  readonly relations?: object
  readonly fieldRules?: object
}

const noHook = async () => undefined

/** With hooks of its own a service reads queries in Feathers' form, and its answers are not kept. */
const readsOf = (dice: Dice) => {
  if (dice.chance(0.4)) return { hooks: { before: { find: [noHook], get: [noHook] } } }
  return dice.chance(0.5)
    ? { cache: dice.pick([{ server: 60 }, { public: 10, private: 5, server: 60 }]) }
    : {}
}

/** A declaration by chance: its rules, its switches, and which of its fields only some may read or write. */
export const randomDeclaration = (name: string, dice: Dice, drawn: Drawn = {}): AnyResource => {
  const {
    id = dice.pick(['bigint', 'uuid'] as const),
    fields = FIELDS,
    read = ruleOf(dice),
    relations,
    fieldRules
  } = drawn
  const finish = { from: ['open', 'busy'], to: 'done', set: { points: 9, due: '2026-01-01T00:00:00Z' } }

  return defineResource(name, {
    path: name.replace(/_/g, '-'),
    id,
    soft_delete: dice.chance(0.6),
    timestamps: dice.chance(0.7),
    audited: { days: 30 },
    fields,
    access: {
      read,
      create: dice.chance(0.7) ? authenticated : creationOf(dice),
      update: [{ user_id: $user.id }, ...ruleOf(dice)],
      remove: dice.chance(0.5) ? { user_id: $user.id } : ruleOf(dice),
      fields: { ...fieldRulesOf(dice, fields), ...fieldRules }
    },
    versioned: dice.chance(0.4),
    ...readsOf(dice),
    relations: {
      ...relations,
      assignee: { one: 'assignee_id' },
      helper: { one: 'helper_id' },
      user: { one: 'user_id' }
    },
    search: ['title', 'note', 'code'],
    states: {
      field: 'status',
      initial: ['open', 'busy'],
      transitions: {
        begin: { from: 'open', to: 'busy', access: { user_id: $user.id } },
        finish: { ...finish, access: ruleOf(dice) },
        renew: { from: 'done', to: 'open', access: staff }
      }
    }
  } as never) as unknown as AnyResource
}

/** With a value that no two records share, and that rules hide. */
export const randomUnique = (dice: Dice): AnyResource => {
  const handle = unique(nullable(text({ minLength: 6, maxLength: 12 })))
  return randomDeclaration('random_unique', dice, { id: 'bigint', fields: { ...FIELDS, handle } })
}

const groupsOf = (dice: Dice) =>
  defineResource(GROUPS, {
    path: 'random-groups',
    members: { group_ids: 'manager_id' },
    soft_delete: dice.chance(0.5),
    fields: {
      name: text({ minLength: 1, maxLength: 20 }),
      is_open: withDefault(boolean(), true),
      manager_id: nullable(belongsTo('users', { on_delete: 'set null' }))
    },
    access: {
      read: [{ is_open: true }, { manager_id: $user.id }],
      create: authenticated,
      update: [{ manager_id: $user.id }, admin],
      remove: admin
    }
  }) as unknown as AnyResource

const { parent_id: _self, ...PARENTAL } = FOLLOWING

/** Groups, who belongs to them by a join table, and records that those may see who manage their group or belong to it. */
export const randomGroups = (dice: Dice): AnyResource[] => {
  const read = [{ user_id: $user.id }, inGroup, inJoined, clause(dice)]
  return [
    groupsOf(dice),
    randomMembers('random_members', 'joined_ids', GROUPS, dice).resource,
    randomDeclaration(PARENTS, dice, { id: 'bigint', fields: PARENTAL, read })
  ]
}

/** Records that are seen by those who see their parent, or their group, or their parent's parent. */
export const randomFamily = (dice: Dice): AnyResource[] => {
  const follower = (name: string, read: readonly Terms[]) =>
    randomDeclaration(name, dice, { fields: FOLLOWING, read })
  const read = [{ user_id: $user.id }, { group_id: asParent, ...dice.pick(OF_RECORD) }]

  return [
    groupsOf(dice),
    randomDeclaration(PARENTS, dice, { id: 'bigint', fields: PARENTAL, read }),
    follower('random_children', [{ parent_id: asParent }]),
    follower('random_others', [
      { parent_id: asParent, ...dice.pick(OF_RECORD) },
      { group_id: asParent },
      clause(dice)
    ])
  ]
}

/** Nobody may do anything with it: what is not said is denied. */
export const silent = defineResource('silent_things', {
  path: 'silent-things',
  soft_delete: true,
  fields: { title: text(), user_id: nullable(belongsTo('users')) },
  access: {}
}) as unknown as AnyResource

/** Everybody may read it; nothing else. */
export const open = defineResource('open_things', {
  path: 'open-things',
  fields: { title: text(), secret: writeOnly(nullable(text())), cost: nullable(money()) },
  access: { read: anyone, fields: { cost: { read: admin } } }
}) as unknown as AnyResource

export const modelsOf = (extra: readonly AnyResource[]): Model[] => lowerAll([...resources, ...extra])
