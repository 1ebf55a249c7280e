import assert from 'node:assert/strict'
import * as compared from '../../packages/rachis/src/sql/compared'
import { insert } from '../../packages/rachis/src/sql/insert'
import * as statements from '../../packages/rachis/src/sql/statements'
import type { Target } from '../../packages/rachis/src/sql/target'
import type { Statement } from '../../packages/rachis/src/sql/where'
import type { ColumnType, Terms } from '../../packages/rachis/src/declare'
import { queried, selected } from './predicates'

const TYPES: [string, ColumnType][] = [
  ['id', 'bigint'],
  ['name', 'text'],
  ['price', 'numeric(12,2)'],
  ['data', 'jsonb'],
  ['tags', 'text[]'],
  ['user_id', 'bigint'],
  ['updated_at', 'timestamptz(3)']
]
const target: Target = { table: 'things', id: 'id', types: new Map(TYPES), columns: ['id', 'name'], touch: 'updated_at' } // prettier-ignore
const uuids: Target = { ...target, types: new Map([...TYPES, ['id', 'uuid']]), touch: undefined }
const context = { user_id: 7, trace_id: 'abc' }
const CONTEXT = JSON.stringify(context)
const HEAD = `with "$context" as materialized (select set_config('app.context', $1, true) as "$set")`

type Parameters<K extends 'selectOne' | 'update' | 'remove'> = (typeof statements)[K] extends (target: Target, query: never, ...more: infer M) => unknown ? M : never // prettier-ignore
const asked = (query: Terms | false, of = target) => queried(query, of.types)
const select = (of: Target, query: Terms, columns?: readonly string[]) => statements.select(of, selected(query, of.types), columns) // prettier-ignore
const selectOne = (of: Target, query: Terms, ...more: Parameters<'selectOne'>) => statements.selectOne(of, asked(query, of), ...more) // prettier-ignore
const count = (of: Target, query: Terms) => statements.count(of, asked(query, of))
const update = (of: Target, query: Terms, ...more: Parameters<'update'>) => statements.update(of, asked(query, of), ...more) // prettier-ignore
const remove = (of: Target, query: Terms, ...more: Parameters<'remove'>) => statements.remove(of, asked(query, of), ...more) // prettier-ignore
const selectCompared = (of: Target, finds: Terms, other: Terms | false, both: boolean, limit: number) => compared.selectCompared(of, asked(finds, of), asked(other, of), both, limit) // prettier-ignore

const CASES: [name: string, statement: Statement, text: string, values: unknown[]][] = [
  ['all', select(target, {}), 'select "id", "name" from "things" order by "id"', []],
  [
    'a page in an order, which the id makes the only one',
    select(target, { user_id: 7, $sort: { name: -1, price: 1 }, $limit: 20, $skip: 40 }),
    'select "id", "name" from "things" where "user_id" = $1::bigint order by "name" desc, "price", "id" limit $2 offset $3',
    [7, 20, 40]
  ],
  ['an order by id', select(target, { $sort: { id: -1, name: 1 } }), 'select "id", "name" from "things" order by "id" desc, "name"', []],
  ['a first page', select(target, { $limit: 0, $skip: 0 }), 'select "id", "name" from "things" order by "id" limit $1', [0]],
  ['some columns', select(target, {}, ['price']), 'select "price" from "things" order by "id"', []],
  ['one', selectOne(target, { id: 1 }), 'select "id", "name" from "things" where "id" = $1::bigint limit 1', [1]],
  ['one, locked', selectOne(target, { id: 1 }, { lock: true, columns: ['id'] }), 'select "id" from "things" where "id" = $1::bigint limit 1 for update', [1]],
  ['a number', count(target, { name: null }), 'select count(*) as total from "things" where "name" is null', []],
  [
    'rows, all in one value',
    insert(target, [{ name: 'a', data: { x: 1 } }, { name: 'b' }], ['name', 'data'], context),
    `${HEAD} insert into "things" ("name", "data") select data."name", data."data" from "$context", jsonb_to_recordset($2::jsonb) as data("name" text, "data" jsonb) returning "id", "name", pg_current_xact_id()::text as "$tx"`,
    [CONTEXT, '[{"name":"a","data":{"x":1}},{"name":"b"}]']
  ],
  [
    'rows of defaults',
    insert(target, [{}, {}], [], context),
    `${HEAD} insert into "things" ("id") select nextval(pg_get_serial_sequence($2, $3)) from "$context", generate_series(1, $4) returning "id", "name", pg_current_xact_id()::text as "$tx"`,
    [CONTEXT, 'things', 'id', 2]
  ],
  [
    'a row of defaults with a UUID',
    insert(uuids, [{}], [], context),
    `${HEAD} insert into "things" ("id") select uuid_v7() from "$context", generate_series(1, $2) returning "id", "name", pg_current_xact_id()::text as "$tx"`,
    [CONTEXT, 1]
  ],
  [
    'a change',
    update(target, { id: 1 }, { name: 'x', price: 1.5, data: { a: [1] }, tags: ['a'] }, context),
    `${HEAD} update "things" set "name" = $2::text, "price" = $3::numeric(12,2), "data" = $4::jsonb, "tags" = $5::text[], "updated_at" = case when ("name", "price", "data", "tags") is distinct from ($2::text, $3::numeric(12,2), $4::jsonb, $5::text[]) then now() else "updated_at" end from "$context" where "id" = $6::bigint returning "id", "name", pg_current_xact_id()::text as "$tx"`,
    [CONTEXT, 'x', 1.5, '{"a":[1]}', ['a'], 1]
  ],
  [
    'a change to null, which is not the null of JSON',
    update(uuids, {}, { data: null }, context),
    `${HEAD} update "things" set "data" = $2::jsonb from "$context" returning "id", "name", pg_current_xact_id()::text as "$tx"`,
    [CONTEXT, null]
  ],
  [
    'a change of what not every reader sees besides what all see',
    update({ ...target, quiet: new Set(['price']) }, {}, { name: 'x', price: 1 }, {}),
    `${HEAD} update "things" set "name" = $2::text, "price" = $3::numeric(12,2), "updated_at" = case when ("name") is distinct from ($2::text) then now() else "updated_at" end from "$context" returning "id", "name", pg_current_xact_id()::text as "$tx"`,
    ['{}', 'x', 1]
  ],
  [
    'a change of nothing, of a record that has a time',
    update(target, {}, {}, {}),
    `${HEAD} update "things" set "id" = "id" from "$context" returning "id", "name", pg_current_xact_id()::text as "$tx"`,
    ['{}']
  ],
  ['a change of nothing', update(uuids, {}, {}, {}), `${HEAD} update "things" set "id" = "id" from "$context" returning "id", "name", pg_current_xact_id()::text as "$tx"`, ['{}']],
  ['a removal', remove(target, { id: 1 }, context), `${HEAD} delete from "things" using "$context" where "id" = $2::bigint returning "id", "name", pg_current_xact_id()::text as "$tx"`, [CONTEXT, 1]],
  [
    'what one query finds and another does not',
    selectCompared(target, { user_id: 7 }, { name: 'x' }, false, 10),
    'select "id", "name" from "things" where ("user_id" = $1::bigint) and coalesce(("name" = $2::text), false) = false limit $3',
    [7, 'x', 10]
  ],
  [
    'what both find',
    selectCompared(target, {}, { name: 'x' }, true, 10),
    'select "id", "name" from "things" where (true) and coalesce(("name" = $1::text), false) = true limit $2',
    ['x', 10]
  ],
  [
    'what one finds and nothing does not',
    selectCompared(target, {}, false, false, 10),
    'select "id", "name" from "things" where (true) and coalesce((false), false) = false limit $1',
    [10]
  ],
  [
    'records of several others, so many of each',
    statements.selectRelated(target, 'user_id', [7, 8], { restrict: asked({ name: 'x' }), columns: ['id', 'user_id'], each: 3, most: 9 }),
    'select "id", "user_id" from (select "id", "user_id", row_number() over (partition by "user_id" order by "id") as "$row" from "things" where "user_id" = any($2::bigint[]) and ("name" = $1::text)) related where "$row" <= $3 order by "id" limit $4',
    ['x', [7, 8], 3, 9]
  ]
] // prettier-ignore

describe('statements', () => {
  for (const [name, statement, text, values] of CASES)
    it(name, () => assert.deepEqual(statement, { text, values }))

  it('have a text that depends on columns only, so that it is prepared once', () => {
    const texts = (rows: object[]) => insert(target, rows as never, ['name'], context).text
    assert.equal(texts([{ name: 'a' }]), texts([{ name: 'b' }, { name: "'; --" }]))
    assert.equal(select(target, { id: { $in: [1] } }).text, select(target, { id: { $in: [1, 2, 3] } }).text)
  })

  it('quote every name', () => {
    const odd: Target = { table: 'a"b', id: 'c"d', types: new Map([['c"d', 'text']]), columns: ['c"d'] }
    const all = [
      select(odd, { 'c"d': 'x' }),
      insert(odd, [{ 'c"d': 'x' }], ['c"d'], {}),
      update(odd, {}, { 'c"d': 'x' }, {}),
      remove(odd, {}, {})
    ]
    for (const { text } of all) assert.doesNotMatch(text.replace(/"(?:[^"]|"")*"/g, ''), /"/)
  })
})
