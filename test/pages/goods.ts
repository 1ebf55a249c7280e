import {
  $user,
  anyone,
  authenticated,
  boolean,
  defineResource,
  integer,
  money,
  nullable,
  oneOf,
  owner,
  role,
  text,
  timestamp,
  withDefault
} from '../../packages/rachis/src/declare'
import type { AnyResource } from '../../packages/rachis/src/declare'
import type { Json, Person, World } from '../helpers/world'

const admin = role('admin')
const self = { user_id: $user.id }

/** Records with a column of each kind of order: unique, with ties, with NULLs, by declared words, hidden in some records. */
export const goods = defineResource('goods', {
  fields: {
    name: text({ maxLength: 40 }),
    price: money(),
    is_new: withDefault(boolean(), false),
    due_at: nullable(timestamp()),
    stars: nullable(integer()),
    size: nullable(oneOf('small', 'medium', 'large')),
    secret: nullable(integer()),
    hidden: nullable(integer()),
    user_id: owner('users')
  },
  indexes: ['price', ['due_at', 'id'], ['is_new', 'id'], ['stars', 'price', 'id'], 'name'],
  access: {
    read: anyone,
    create: authenticated,
    update: [self, admin],
    remove: [self, admin],
    fields: { secret: { read: [self, admin] }, hidden: { read: admin } }
  },
  search: ['name'],
  limits: { page: { default: 50, max: 200 } }
})

/** What only its owner sees. */
export const drawers = defineResource('drawers', {
  fields: { name: text({ maxLength: 40 }), user_id: owner('users') },
  access: { read: self, create: authenticated },
  indexes: ['name']
})

export const RESOURCES = [goods, drawers] as unknown as AnyResource[]

/** Goods of two people, with many of the same values. */
export const fill = (world: World, people: readonly Person[], count: number) =>
  world.sql(
    `insert into goods (name, price, is_new, due_at, stars, size, secret, hidden, user_id)
     select 'Thing ' || n % 13, (n % 7) * 1.5, n % 3 = 0, case when n % 4 > 0 then timestamptz '2026-01-01Z' + (n % 5) * interval '1 hour' end,
       case when n % 5 > 0 then n % 6 end, (array['large', 'small', 'medium', null])[1 + n % 4],
       n % 3, n, ($1::bigint[])[1 + n % 2] from generate_series(1, $2::int) n`,
    [people.map(({ id }) => id), count]
  )

/** All records of a list, page by page along its cursors. */
export const walk = async (
  ask: (query: string) => Promise<Json>,
  query: string,
  side: 'next_cursor' | 'previous_cursor' = 'next_cursor'
): Promise<Json[]> => {
  const rows: Json[] = []
  let page = await ask(`${query}&${side === 'next_cursor' ? 'cursor=' : 'before='}`)
  for (;;) {
    if (side === 'next_cursor') rows.push(...page.data)
    else rows.unshift(...page.data)
    if (page[side] === null) return rows
    page = await ask(`${query}&cursor=${page[side]}`)
  }
}
