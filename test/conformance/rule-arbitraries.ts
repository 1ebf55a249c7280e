import fc from 'fast-check'
import type { Arbitrary } from 'fast-check'
import {
  boolean,
  defineResource,
  integer,
  money,
  nullable,
  oneOf,
  text,
  timestamp,
  Type
} from '../../packages/rachis/src/declare'
import type { AnyResource, AnyRule, Terms } from '../../packages/rachis/src/declare'
import type { Json } from '../helpers/world'

const big = () => Type.Integer({ column: 'bigint' })
const day = () => Type.String({ format: 'date' })
const uuid = () => Type.String({ format: 'uuid' })

/** Every scalar type that a rule can ask for, with and without NULL. */
export const FIELDS = {
  word: text(),
  note: nullable(text()),
  kind: oneOf('a', 'A', 'á', 'b'),
  mood: nullable(oneOf('a', 'A', 'á', 'b')),
  number: nullable(integer()),
  total: integer(),
  serial: nullable(big()),
  price: nullable(money()),
  ratio: nullable(Type.Number()),
  is_open: boolean(),
  is_new: nullable(boolean()),
  at: timestamp(),
  due: nullable(timestamp()),
  day: nullable(day()),
  ref: nullable(uuid())
} as const
type Column = keyof typeof FIELDS
export type Kind =
  'text' | 'enum' | 'integer' | 'bigint' | 'money' | 'double' | 'boolean' | 'instant' | 'date' | 'uuid'

export const resourceWith = (read: AnyRule): AnyResource =>
  defineResource('ruled', {
    soft_delete: true,
    fields: FIELDS,
    access: { read: read as never }
  }) as AnyResource

// Few values, so that rules meet rows: case, accents in two normal forms, what collations and languages disagree about.
export const WORDS = ['', ' ', 'a', 'A', 'a ', 'á', 'a\u0301', 'Á', 'ä', 'ae', 'ß', 'ss', 'SS', 'i', 'I', 'İ', 'ı', 'z', '_', '%', '\\', "'", '"', 'null', 'NULL', '😀', '{a,b}'] // prettier-ignore
const INT4 = 2147483647
const SAFE = Number.MAX_SAFE_INTEGER
const POOLS: Record<Kind, readonly unknown[]> = {
  text: WORDS,
  enum: ['a', 'A', 'á', 'b'],
  integer: [-INT4 - 1, -1, 0, 1, 2, 3, INT4],
  bigint: [-SAFE, -1, 0, 1, 2, 3, INT4 + 1, SAFE - 1, SAFE],
  money: [-9999999999.99, -0.01, 0, 0.01, 0.1, 0.3, 1, 1.1, 10.05, 10.1, 9999999999.99],
  double: [-1.7976931348623157e308, -1, 0, 5e-324, 0.1, 0.3, 0.30000000000000004, 1 / 3, 1, 1e21, 123456789.12345679], // prettier-ignore
  boolean: [true, false],
  instant: [
    '0001-01-01T00:00:00.000Z', '1893-03-31T23:59:59.999Z', '1969-12-31T23:59:59.999Z', '1970-01-01T00:00:00.000Z',
    '2024-02-29T23:59:59.999Z', '2024-03-01T00:00:00.000Z', '2024-03-31T01:00:00.000Z', '2024-10-27T00:30:00.001Z',
    '9999-12-31T23:59:59.999Z'
  ], // prettier-ignore
  date: ['0001-01-01', '1899-12-31', '1970-01-01', '2024-02-28', '2024-02-29', '2024-03-01', '9999-12-31'],
  uuid: ['00000000-0000-0000-0000-000000000000', '0190f3c2-0000-7000-8000-0123456789ab', 'ffffffff-ffff-ffff-ffff-ffffffffffff'] // prettier-ignore
}
/** Written by a person, an instant may have any offset and any precision. */
const LITERALS: Partial<Record<Kind, readonly unknown[]>> = {
  money: [...POOLS.money, 0.005, 10.005, 10.049999],
  instant: [...POOLS.instant, '2024-03-01', '2024-03-01T01:29:59.999+01:30', '2024-02-29T19:00:00-05:00', '2024-03-31T01:00:00Z'] // prettier-ignore
}
export const KINDS: Record<Column, Kind> = {
  word: 'text', note: 'text', kind: 'enum', mood: 'enum', number: 'integer', total: 'integer', serial: 'bigint', price: 'money',
  ratio: 'double', is_open: 'boolean', is_new: 'boolean', at: 'instant', due: 'instant', day: 'date', ref: 'uuid'
} // prettier-ignore
const COLUMNS = Object.keys(FIELDS) as Column[]
const NULLABLE: readonly Column[] = ['note', 'mood', 'number', 'serial', 'price', 'ratio', 'is_new', 'due', 'day', 'ref'] // prettier-ignore
const ORDERED: readonly Kind[] = ['integer', 'bigint', 'money', 'double', 'instant', 'date']

const FREE: Partial<Record<Kind, Arbitrary<unknown>>> = {
  text: fc.string({ unit: 'grapheme', maxLength: 8 }).filter((value) => !value.includes('\0')),
  integer: fc.integer(),
  double: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  money: fc.integer({ min: -99999, max: 99999 }).map((cents) => cents / 100)
}
const stored = (kind: Kind): Arbitrary<unknown> => {
  const pool = fc.constantFrom(...POOLS[kind])
  const free = FREE[kind]

  return free ? fc.oneof({ arbitrary: pool, weight: 5 }, { arbitrary: free, weight: 1 }) : pool
}
export const literal = (kind: Kind) => fc.constantFrom(...(LITERALS[kind] ?? POOLS[kind]))

export const row: Arbitrary<Json> = fc.record({
  ...(Object.fromEntries(
    COLUMNS.map((column) => [
      column,
      NULLABLE.includes(column) ? fc.option(stored(KINDS[column]), { freq: 3 }) : stored(KINDS[column])
    ])
  ) as Record<Column, Arbitrary<unknown>>),
  deleted_at: fc.option(stored('instant'), { freq: 6 }).map((at) => (at === null ? null : at))
})

/** Properties of users by the kind of column that they can be compared with. */
export const OF_USER: Partial<Record<Kind, readonly [one: string, many: string]>> = {
  text: ['username', 'words'], enum: ['role', 'words'], integer: ['id', 'ids'], bigint: ['id', 'ids'],
  boolean: ['is_active', 'flags'], instant: ['last_login', 'times'], date: ['born', 'days'], uuid: ['ref', 'refs'],
  money: ['balance', 'balances'], double: ['id', 'ids']
} // prettier-ignore

const absent = <T>(arbitrary: Arbitrary<T>) =>
  fc.oneof({ arbitrary, weight: 5 }, { arbitrary: fc.constantFrom(null, undefined), weight: 1 })
const lists = <T>(arbitrary: Arbitrary<T>) =>
  absent(
    fc.array(fc.oneof({ arbitrary, weight: 6 }, { arbitrary: fc.constant(null), weight: 1 }), {
      maxLength: 3
    })
  )

/** Nobody, or somebody of whom anything may be unknown. */
export const user: Arbitrary<Json | null> = fc.option(
  fc.record(
    {
      id: absent(literal('integer')), ids: lists(literal('integer')), username: absent(literal('text')), words: lists(literal('text')),
      role: absent(fc.constantFrom('manager', 'admin', 'user')), is_active: absent(fc.boolean()), flags: lists(fc.boolean()),
      last_login: absent(stored('instant')), times: lists(stored('instant')), born: absent(literal('date')), days: lists(literal('date')),
      ref: absent(literal('uuid')), refs: lists(literal('uuid')), balance: absent(stored('money')), balances: lists(stored('money'))
    },
    { requiredKeys: [] }
  ),
  { freq: 8 }
) // prettier-ignore

const compared = (kind: Kind): Arbitrary<object>[] =>
  ORDERED.includes(kind)
    ? [
        fc.record(
          { $lt: literal(kind), $lte: literal(kind), $gt: literal(kind), $gte: literal(kind) },
          { requiredKeys: [] }
        )
      ]
    : []

/** What a declaration may ask of a column: what the verifiers refuse, such as an order of texts or null in a list, is left out. */
const term = (column: Column): Arbitrary<unknown> => {
  const kind = KINDS[column]
  const list = fc.array(literal(kind), { minLength: 1, maxLength: 4 })
  const [one, many] = OF_USER[kind]!

  return fc
    .oneof<Arbitrary<unknown>[]>(
      literal(kind),
      list.map(($in) => ({ $in })),
      list.map(($nin) => ({ $nin })),
      literal(kind).map(($ne) => ({ $ne })),
      fc.constant({ $user: one }),
      fc.constantFrom(one, many).map((property) => ({ $in: { $user: property } })),
      ...compared(kind),
      ...(NULLABLE.includes(column) ? [fc.constant(null), fc.constant({ $ne: null })] : [])
    )
    .filter((value) => value === null || typeof value !== 'object' || Object.keys(value).length > 0)
}

const ofUser: Arbitrary<Terms> = fc.record(
  {
    role: fc.constantFrom<unknown>('admin', 'user', { $in: ['admin', 'manager'] }),
    is_active: fc.boolean(),
    id: fc.constantFrom<unknown>(1, { $in: [1, 2, 3] })
  },
  { requiredKeys: [] }
)

const clause: Arbitrary<Terms> = fc
  .tuple(fc.subarray(COLUMNS, { maxLength: 3 }), fc.option(ofUser, { freq: 3 }))
  .chain(([columns, $user]) =>
    fc.tuple(...columns.map(term)).map((terms) => ({
      ...Object.fromEntries(columns.map((column, index) => [column, terms[index]])),
      ...($user ? { $user } : {})
    }))
  )
  .filter((terms) => Object.keys(terms).length > 0)

export const rule: Arbitrary<AnyRule> = fc.oneof(
  { arbitrary: fc.boolean(), weight: 1 },
  { arbitrary: clause, weight: 6 },
  { arbitrary: fc.array(clause, { maxLength: 4 }), weight: 6 }
)
