import {
  $user,
  anyone,
  authenticated,
  defineResource,
  integer,
  money,
  nullable,
  owner,
  role,
  oneOf,
  text,
  textArray,
  timestamp,
  Type,
  withDefault,
  writeOnly
} from '../../packages/rachis/src/declare'
import type { AnyResource } from '../../packages/rachis/src/declare'
import type { Person, World } from '../helpers/world'

const admin = role('admin')
const self = { user_id: $user.id }

/** A column of each type; those who sold something see what it cost, and administrators what anything did. */
export const sales = defineResource('sales', {
  soft_delete: true,
  fields: {
    name: text({ maxLength: 40 }),
    status: oneOf('open', 'paid', 'lost'),
    price: nullable(money()),
    weight: nullable(Type.Number()),
    cents: nullable(Type.Integer({ column: 'bigint' })),
    stars: nullable(integer()),
    cost: nullable(integer()),
    margin: nullable(integer()),
    hidden: writeOnly(nullable(integer())),
    sold_at: nullable(timestamp()),
    sold_on: nullable(Type.String({ format: 'date' })),
    tags: withDefault(textArray(), []),
    user_id: owner('users')
  },
  access: {
    read: [{ status: { $ne: 'lost' } }, self, admin],
    create: authenticated,
    remove: [self, admin],
    fields: { cost: { read: [self, admin] }, margin: { read: admin } }
  },
  relations: { user: { one: 'user_id' } },
  search: ['name']
})

const uncounted = defineResource('uncounted', {
  aggregates: false,
  fields: { name: text() },
  access: { read: anyone }
})

export const RESOURCES = [sales, uncounted] as unknown as AnyResource[]

const ROWS: readonly (readonly unknown[])[] = [
  ['red lamp', 'open', 0.1, 0.1, '9007199254740990', 3, 1, null, null],
  ['blue lamp', 'open', 0.2, 0.2, '1', 5, 2, null, null],
  ['desk', 'paid', 0.3, null, '9007199254740991', 5, 3, '2026-10-25T00:30:00Z', '2026-10-25'],
  ['desk', 'paid', 10.1, null, null, 3, 4, '2026-10-25T01:30:00Z', '2026-10-25'],
  ['chair', 'paid', 20.2, null, null, null, 5, '2026-10-25T23:30:00Z', '2026-10-25'],
  ['chair', 'lost', null, null, '1', null, 6, null, null]
]

/** Six sales: every second one by the other person, and the lost one by the first. */
export const fill = async (world: World, first: Person, second: Person) => {
  for (const [index, row] of ROWS.entries()) {
    const user = index % 2 === 0 || row[1] === 'lost' ? first.id : second.id
    await world.sql(
      `insert into sales (name, status, price, weight, cents, stars, cost, sold_at, sold_on, margin, hidden, user_id)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 7, $11)`,
      [...row, index, user]
    )
  }
}
