import { lower } from '../../src/compilers/model'
import type { Model } from '../../src/compilers/model'
import {
  $user,
  anyone,
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
  words,
  writeOnly
} from '../../src/resource'
import type { AnyResource, Terms } from '../../src/resource'
import { resources } from '../../src/services/resources'
import type { Dice } from './dice'

const admin = role('admin')
const staff = role('admin', 'manager')

/** A field of every sort that a declaration can say. Values are few where rules ask for them. */
const FIELDS = {
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
  tags: withDefault(words(), []),
  details: withDefault(json(), {}),
  code: immutable(nullable(text({ maxLength: 10 }))),
  secret: writeOnly(nullable(text({ maxLength: 20 }))),
  margin: nullable(integer({ minimum: 0, maximum: 9 })),
  is_checked: readOnly(withDefault(boolean(), false)),
  is_scarce: computed(boolean(), 'coalesce(points, 0) <= 4'),
  status: state('open', 'busy', 'done'),
  assignee_id: nullable(belongsTo('users', { on_delete: 'set null' })),
  user_id: owner('users')
} as const

/** What a rule may ask of the user, of the record, and of both. */
const OF_USER: readonly Terms[] = [admin, staff, role('user', 'manager'), authenticated, {}]
const OF_RECORD: readonly Terms[] = [
  { kind: 'a' }, { kind: { $in: ['a', 'b'] } }, { kind: { $nin: ['A'] } }, { note: 'x' }, { note: null }, { note: { $ne: null } },
  { is_open: true }, { is_new: { $ne: true } }, { points: { $gte: 3, $lt: 8 } }, { price: { $lte: 1.5 } }, { status: { $ne: 'done' } },
  { due: { $lt: '2000-01-01T01:00:00+01:00' } }, { day: { $gte: '2000-02-29' } }, { is_scarce: true }, { assignee_id: null }, { ratio: { $gt: 0.5 } }, {}
] // prettier-ignore
const OF_BOTH: readonly Terms[] = [
  { user_id: $user.id }, { assignee_id: $user.id }, { for_role: $user.role }, { user_id: $user.id, for_role: $user.role }, {}
] // prettier-ignore

const clause = (dice: Dice): Terms => {
  const terms = { ...dice.pick(OF_USER), ...dice.pick(OF_RECORD), ...dice.pick(OF_BOTH) }
  return Object.keys(terms).length > 0 ? terms : admin
}
const ruleOf = (dice: Dice): Terms[] => Array.from({ length: 1 + dice.below(3) }, () => clause(dice))

/** The database fills in `is_scarce` and the rest after a rule of creation was asked. */
const creationOf = (dice: Dice): Terms[] =>
  ruleOf(dice).map(({ is_scarce: _later, ...terms }) => (Object.keys(terms).length > 0 ? terms : authenticated))

/** A declaration by chance: its rules, its switches, and which of its fields only some may read or write. */
export const randomDeclaration = (name: string, dice: Dice): AnyResource =>
  defineResource(name, {
    path: name.replace(/_/g, '-'),
    id: dice.pick(['bigint', 'uuid']),
    soft_delete: dice.chance(0.6),
    timestamps: dice.chance(0.7),
    fields: FIELDS,
    access: {
      read: ruleOf(dice) as never,
      create: (dice.chance(0.7) ? authenticated : creationOf(dice)) as never,
      update: [{ user_id: $user.id }, ...ruleOf(dice)] as never,
      remove: (dice.chance(0.5) ? { user_id: $user.id } : ruleOf(dice)) as never,
      fields: { margin: { read: dice.pick([staff, admin]), write: dice.pick([staff, admin, authenticated]) } }
    },
    states: {
      field: 'status',
      initial: ['open', 'busy'],
      transitions: {
        begin: { from: 'open', to: 'busy', access: { user_id: $user.id } },
        finish: { from: ['open', 'busy'], to: 'done', access: ruleOf(dice) as never, set: { points: 9, due: '2026-01-01T00:00:00Z' } },
        renew: { from: 'done', to: 'open', access: staff }
      }
    } // prettier-ignore
  }) as unknown as AnyResource

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

export const modelsOf = (extra: readonly AnyResource[]): Model[] => [...resources, ...extra].map(lower)
export const withTable = (models: readonly Model[]) => models.filter(({ table }) => table)
