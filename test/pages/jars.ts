import {
  $user,
  anyone,
  authenticated,
  belongsTo,
  boolean,
  defineResource,
  integer,
  json,
  nullable,
  oneOf,
  owner,
  role,
  text,
  withDefault
} from '../../packages/rachis/src/declare'
import type { AnyResource } from '../../packages/rachis/src/declare'
import type { Json, Person, World } from '../helpers/world'

const admin = role('admin')
const own = [{ user_id: $user.id }, admin]
const shown = [{ is_open: true }, ...own]

const rooms = defineResource('rooms', {
  fields: {
    name: text({ maxLength: 40 }),
    floor: nullable(integer()),
    is_open: withDefault(boolean(), true),
    user_id: owner('users')
  },
  access: { read: shown, create: authenticated, update: own, remove: own }
})

/** What is on them is read by everybody; of the shelves themselves some are switched off. */
const shelves = defineResource('shelves', {
  fields: {
    name: nullable(text({ maxLength: 40 })),
    size: nullable(oneOf('small', 'medium', 'large')),
    note: nullable(integer()),
    secret: nullable(integer()),
    data: withDefault(json(), {}),
    is_open: withDefault(boolean(), true),
    room_id: nullable(belongsTo('rooms' as never, { on_delete: 'set null' })),
    user_id: owner('users')
  },
  relations: { room: { one: 'room_id' }, jars: { many: 'jars' as never, by: 'shelf_id' } },
  access: {
    read: shown,
    create: authenticated,
    update: own,
    remove: own,
    fields: { note: { read: own }, secret: { read: admin } }
  }
})

const vaults = defineResource('vaults', { fields: { name: text() }, access: { read: admin, create: admin } })

/** The key to its second shelf is hidden in some of them. */
const jars = defineResource('jars', {
  fields: {
    name: text({ maxLength: 40 }),
    weight: withDefault(integer(), 1),
    shelf_id: nullable(belongsTo('shelves' as never, { on_delete: 'set null' })),
    other_id: nullable(
      belongsTo('shelves' as never, { on_delete: 'set null', allow_unreadable: true } as never)
    ),
    vault_id: nullable(
      belongsTo('vaults' as never, { on_delete: 'set null', allow_unreadable: true } as never)
    ),
    user_id: owner('users')
  },
  relations: { shelf: { one: 'shelf_id' }, other: { one: 'other_id' }, vault: { one: 'vault_id' } },
  access: {
    read: anyone,
    create: authenticated,
    update: own,
    remove: own,
    fields: { other_id: { read: own } }
  },
  search: ['name'],
  indexes: ['weight'],
  limits: { page: { default: 50, max: 200 } }
})

export const RESOURCES = [rooms, shelves, vaults, jars] as unknown as AnyResource[]

/** Rooms, shelves and jars of two people, with many of the same values, and some of each that refer to nothing. */
export const fill = async (world: World, people: readonly Person[], count: number): Promise<void> => {
  const ids = [people.map(({ id }) => id)]
  const user = '($1::bigint[])[1 + n % 2]'
  await world.sql(`insert into rooms (name, floor, is_open, user_id)
    select 'room ' || n, case when n > 1 then n % 2 end, n % 3 > 0, ${user} from generate_series(1, 5) n`, ids) // prettier-ignore
  await world.sql(`insert into shelves (name, size, note, secret, is_open, room_id, user_id)
    select case when n % 5 > 0 then 'shelf ' || n % 4 end, (array['large', 'small', 'medium', null])[1 + n % 4], n % 3, n,
      n % 4 > 0, case when n % 6 > 0 then 1 + n % 5 end, ${user} from generate_series(1, 12) n`, ids) // prettier-ignore
  await world.sql(`insert into jars (name, weight, shelf_id, other_id, user_id)
    select 'jar ' || n % 7, n / 2 % 4, case when n % 5 > 0 then 1 + n % 12 end, 1 + n * 5 % 12, ($1::bigint[])[1 + n / 3 % 2]
    from generate_series(1, ${count}) n`, ids) // prettier-ignore
}

/** What a record has at a path, as far as it was answered: a hidden value is not there. */
const at = (row: Json, path: string): unknown =>
  path.split('.').reduce<unknown>((value, name) => (value as Json | null | undefined)?.[name], row) ?? null

const WORDS = ['small', 'medium', 'large']
const rankOf = (value: unknown) => (WORDS.includes(value as string) ? WORDS.indexOf(value as string) : value)

/** As lists compare: NULL is the greatest. */
const compared = (a: unknown, b: unknown): number => {
  if (a === b) return 0
  if (a === null || b === null) return a === null ? 1 : -1

  return (a as string) < (b as string) ? -1 : 1
}

/** The records in an order, by what their reader was answered of them and along with them. */
export const inOrder = (rows: readonly Json[], sort: readonly string[]): Json[] => {
  const keys = sort.map((one) => (one.startsWith('-') ? [one.slice(1), -1] : [one, 1]) as [string, number])
  const last = ['id', keys.at(-1)![1]] as [string, number]
  const between = (a: Json, b: Json) =>
    [...keys, last].reduce(
      (found, [path, direction]) => found || direction * compared(rankOf(at(a, path)), rankOf(at(b, path))),
      0
    )

  return [...rows].sort(between)
}
