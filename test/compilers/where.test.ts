import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { ColumnType, Terms } from '../../packages/rachis/src/declare'
import type { RowPredicate } from '../../packages/rachis/src/declare/predicate'
import { column, throughRelation } from '../../packages/rachis/src/declare/predicate'
import { Binder, where } from '../../packages/rachis/src/sql/where'
import { queried } from './predicates'

const TYPES = new Map<string, ColumnType>([
  ['id', 'bigint'],
  ['count', 'integer'],
  ['ratio', 'double precision'],
  ['price', 'numeric(12,2)'],
  ['name', 'text'],
  ['open', 'boolean'],
  ['ref', 'uuid'],
  ['at', 'timestamptz(3)'],
  ['day', 'date'],
  ['data', 'jsonb'],
  ['tags', 'text[]'],
  ['store_id', 'bigint']
])
const sqlOf = (predicate: RowPredicate) => {
  const binder = new Binder()
  return { sql: where(predicate, binder).replace(/^ where /, ''), values: binder.values }
}
const written = (query: Terms) => sqlOf(queried(query, TYPES))
const stores = { of: column('store_id', 'bigint'), resource: 'stores', by: 'id' }

const CASES: [name: string, query: Terms, sql: string, values: unknown[]][] = [
  ['nothing', {}, '', []],
  ['equality', { name: 'x' }, '"name" = $1::text', ['x']],
  ['two columns', { name: 'x', open: true }, '"name" = $1::text and "open" = $2::boolean', ['x', true]],
  ['null', { name: null }, '"name" is null', []],
  ['not null', { name: { $ne: null } }, '"name" is not null', []],
  ['$null', { name: { $null: true } }, '"name" is null', []],
  ['not $null', { name: { $null: false } }, '"name" is not null', []],
  ['$eq', { count: { $eq: 1 } }, '"count" = $1::bigint', [1]],
  ['$ne', { name: { $ne: 'x' } }, '"name" <> $1::text', ['x']],
  ['$lt', { at: { $lt: 't' } }, '"at" < $1::timestamptz', ['t']],
  ['$lte', { day: { $lte: 'd' } }, '"day" <= $1::date', ['d']],
  ['$gt', { price: { $gt: 10.005 } }, '"price" > $1::numeric', [10.005]],
  ['$gte', { ratio: { $gte: 0.1 } }, '"ratio" >= $1::double precision', [0.1]],
  ['a range', { id: { $gt: 1, $lt: 9 } }, '"id" > $1::bigint and "id" < $2::bigint', [1, 9]],
  ['$in', { ref: { $in: ['a', 'b'] } }, '"ref" = any($1::uuid[])', [['a', 'b']]],
  ['$in of nothing', { id: { $in: [] } }, '"id" = any($1::bigint[])', [[]]],
  ['$in with null', { id: { $in: [1, null] } }, '("id" = any($1::bigint[]) or "id" is null)', [[1]]],
  ['$nin', { id: { $nin: [1] } }, '"id" <> all($1::bigint[])', [[1]]],
  ['$nin with null', { id: { $nin: [1, null] } }, '"id" <> all($1::bigint[]) and "id" is not null', [[1]]],
  ['$nin of null', { id: { $nin: [null] } }, '"id" <> all($1::bigint[]) and "id" is not null', [[]]],
  ['$ilike', { name: { $ilike: '%x%' } }, '"name" ilike $1', ['%x%']],
  ['$contains', { tags: { $contains: ['a'] } }, '"tags" @> $1::text[]', [['a']]],
  ['a path', { 'data.color': 'red' }, '("data" #>> $1::text[]) = $2::text', [['color'], 'red']],
  ['a deep path', { 'data.a.0': { $in: ['x'] } }, '("data" #>> $1::text[]) = any($2::text[])', [['a', '0'], ['x']]],
  ['a number behind a path', { 'data.a': { $in: ['x', '1e21'] } }, `case when jsonb_typeof("data" #> $1::text[]) = 'number' then ("data" #> $1::text[])::numeric = any($3::numeric[]) else ("data" #>> $1::text[]) = any($2::text[]) end`, [['a'], ['x', '1e21'], ['1e+21']]],
  ['the order of a number behind a path', { 'data.a': { $lt: '9' } }, `case when jsonb_typeof("data" #> $1::text[]) = 'number' then ("data" #> $1::text[])::numeric < $3::numeric else ("data" #>> $1::text[]) < $2::text end`, [['a'], '9', '9']],
  ['the order of a text behind a path', { 'data.a': { $lt: '2026-01-31' } }, '("data" #>> $1::text[]) < $2::text', [['a'], '2026-01-31']],
  ['a path to nothing', { 'data.a': { $null: true } }, '("data" #>> $1::text[]) is null', [['a']]],
  ['$or', { $or: [{ id: 1 }, { id: 2, open: true }] }, '("id" = $1::bigint or "id" = $2::bigint and "open" = $3::boolean)', [1, 2, true]],
  ['$or of nothing holds for nothing', { $or: [] }, 'false', []],
  ['$and of nothing holds for all', { $and: [] }, '', []],
  ['$or with one that asks nothing', { $or: [{ id: 1 }, {}] }, '', []],
  ['$and', { id: 1, $and: [{ open: true }, {}] }, '"id" = $1::bigint and "open" = $2::boolean', [1, true]],
  ['one in the other', { $and: [{ $or: [{ id: 1 }, { id: 2 }] }, { open: true }] }, '("id" = $1::bigint or "id" = $2::bigint) and "open" = $3::boolean', [1, 2, true]],
  ['what is no condition', { $limit: 1, $skip: 1, $sort: { id: 1 }, $select: ['id'], id: 1 }, '"id" = $1::bigint', [1]]
] // prettier-ignore

describe('where', () => {
  for (const [name, query, sql, values] of CASES)
    it(name, () => assert.deepEqual(written(query), { sql, values }))

  it('a relation', () => {
    const [inTheWest, any] = [throughRelation(stores, queried({ region: 'W' })), throughRelation(stores, queried({}))]
    assert.deepEqual(sqlOf(inTheWest), { sql: '"store_id" in (select "id" from "stores" where "region" = $1::text)', values: ['W'] })
    assert.deepEqual(sqlOf(any), { sql: '"store_id" in (select "id" from "stores")', values: [] })
  }) // prettier-ignore

  it('knows no other operator', () => assert.throws(() => written({ id: { $where: 1 } }), /No SQL/))

  it('goes on counting where values are bound already', () => {
    const binder = new Binder()
    binder.bind('first')
    assert.equal(where(queried({ id: 1 }, TYPES), binder), ' where "id" = $2::bigint')
  })

  it('writes no value into its text, and every name in quotes', () => {
    const nasty = fc.string({ minLength: 3, maxLength: 12 }).map((text) => `${text}'; drop table "x" -- §`)
    const operand = (operator: string, value: string) =>
      ['$in', '$nin', '$contains'].includes(operator) ? [value] : value
    const operator = fc.constantFrom('$eq', '$ne', '$lt', '$lte', '$gt', '$gte', '$in', '$nin', '$ilike', '$contains') // prettier-ignore
    const key = fc.oneof(
      nasty,
      fc.constantFrom(...TYPES.keys()),
      nasty.map((step) => `data.${step}`)
    )
    fc.assert(
      fc.property(key, operator, nasty, (column, compared, value) => {
        const { sql, values } = written({ $or: [{ [column]: { [compared]: operand(compared, value) } }] })
        assert.ok(!sql.includes(value), sql)
        assert.ok([values].flat(2).includes(value))
        // What is left without quoted names is of our own making.
        assert.match(`(${sql})`.replace(/"(?:[^"]|"")*"/g, '""'), /^\((""|\("" #>> \$1::text\[\]\)) [a-z@<>=\\ ()$\d:[\]]+\)$/) // prettier-ignore
      }),
      { seed: 1, numRuns: 500 }
    )
  })
})
