import assert from 'node:assert/strict'
import type { TSchema } from '@feathersjs/typebox'
import {
  belongsTo,
  boolean,
  computed,
  integer,
  json,
  lower,
  money,
  nullable,
  oneOf,
  owner,
  password,
  readOnly,
  state,
  text,
  timestamp,
  Type,
  upper,
  withDefault,
  textArray,
  writeOnly
} from '../../packages/rachis/src/declare'
import type { TableColumn } from '../../packages/rachis/src/model/table'
import { tableOf } from './declared'

const columnOf = (schema: TSchema): TableColumn =>
  tableOf({ fields: { it: schema } }).columns.find(({ name }) => name === 'it')!
const checkOf = (schema: TSchema): string | undefined =>
  tableOf({ fields: { it: schema } }).constraints.find(({ name }) => name === 'things_it_check')?.sql

const big = () => Type.Integer({ column: 'bigint' })
const day = () => Type.String({ format: 'date' })
const uuid = () => Type.String({ format: 'uuid' })

describe('table', () => {
  describe('columns', () => {
    const columns: [name: string, schema: TSchema, column: Omit<TableColumn, 'name'>][] = [
      ['text', text(), { type: 'text', nullable: false }],
      ['Type.String', Type.String(), { type: 'text', nullable: false }],
      ['an email', text({ format: 'email' }), { type: 'text', nullable: false }],
      ['integer', integer(), { type: 'integer', nullable: false }],
      ['a number', Type.Number(), { type: 'double precision', nullable: false }],
      ['money', money(), { type: 'numeric(12,2)', nullable: false }],
      ['boolean', boolean(), { type: 'boolean', nullable: false }],
      ['timestamp', timestamp(), { type: 'timestamptz(3)', nullable: false }],
      ['a date', day(), { type: 'date', nullable: false }],
      ['a UUID', uuid(), { type: 'uuid', nullable: false }],
      ['json', json(), { type: 'jsonb', nullable: false }],
      ['words', textArray(), { type: 'text[]', nullable: false }],
      ['a list of objects', Type.Array(Type.Object({})), { type: 'jsonb', nullable: false }],
      ['an object', Type.Object({ a: Type.String() }), { type: 'jsonb', nullable: false }],
      ['a reference', belongsTo('users'), { type: 'bigint', nullable: false }],
      ['an owner', owner('users'), { type: 'bigint', nullable: false }],
      ['a big number', big(), { type: 'bigint', nullable: false }],
      ['a password', password(), { type: 'text', nullable: false }],
      ['nullable text', nullable(text()), { type: 'text', nullable: true }],
      ['nullable money', nullable(money()), { type: 'numeric(12,2)', nullable: true }],
      ['nullable words', nullable(textArray()), { type: 'text[]', nullable: true }],
      ['a nullable reference', nullable(belongsTo('users')), { type: 'bigint', nullable: true }],
      ['a nullable password', nullable(password()), { type: 'text', nullable: true }],
      ['computed', computed(integer(), 'a + 1'), { type: 'integer', nullable: false, generated: 'a + 1' }],
      ['computed or null', nullable(computed(integer(), 'a')), { type: 'integer', nullable: true, generated: 'a' }]
    ] // prettier-ignore

    for (const [name, schema, expected] of columns)
      it(name, () => assert.deepEqual(columnOf(schema), { name: 'it', ...expected }))

    it('come in order: id, the fields, the times, the time of removal', () => {
      const { columns: all } = tableOf({ fields: { b: text(), a: text() }, soft_delete: true })
      assert.deepEqual(all, [
        { name: 'id', type: 'bigint', nullable: false, identity: true },
        { name: 'b', type: 'text', nullable: false },
        { name: 'a', type: 'text', nullable: false },
        { name: 'created_at', type: 'timestamptz(3)', nullable: false, default: 'now()' },
        { name: 'updated_at', type: 'timestamptz(3)', nullable: false, default: 'now()' },
        { name: 'deleted_at', type: 'timestamptz(3)', nullable: true }
      ])
    })

    it('are fewer without timestamps, and a UUID is made by the database', () => {
      assert.deepEqual(tableOf({ id: 'uuid', timestamps: false }).columns, [
        { name: 'id', type: 'uuid', nullable: false, default: 'uuid_v7()' }
      ])
    })
  })

  describe('defaults', () => {
    const defaults: [name: string, schema: TSchema, sql: string | undefined][] = [
      ['none', text(), undefined],
      ['null of a nullable field', nullable(text()), undefined],
      ['text', withDefault(text(), 'x'), "'x'"],
      ['empty text', withDefault(text(), ''), "''"],
      ['text with a quote', withDefault(text(), "it's"), "'it''s'"],
      ['text with a backslash and a question mark', withDefault(text(), 'a\\b?'), "'a\\b?'"],
      ['a word', withDefault(oneOf("o'clock", 'b'), "o'clock"), "'o''clock'"],
      ['a state', state('new', 'done'), "'new'"],
      ['zero', withDefault(integer(), 0), '0'],
      ['a negative number', withDefault(integer(), -7), '-7'],
      ['money', withDefault(money(), 12.5), '12.5'],
      ['a small number', withDefault(Type.Number(), 1e-9), '1e-9'],
      ['false', withDefault(boolean(), false), 'false'],
      ['a time', withDefault(timestamp(), '2026-01-31T00:00:00Z'), "'2026-01-31T00:00:00Z'"],
      ['an empty object', withDefault(json(), {}), "'{}'::jsonb"],
      ['an object with a quote', withDefault(json(), { "it's": 'o"k' }), `'{"it''s":"o\\"k"}'::jsonb`],
      ['a list of objects', withDefault(Type.Array(Type.Object({})), [{}]), "'[{}]'::jsonb"],
      ['an empty list', withDefault(textArray(), []), "'{}'::text[]"],
      ['words', withDefault(textArray(), ['a', 'b c']), `'{"a","b c"}'::text[]`],
      ['odd words', withDefault(textArray(), ["it's", 'a"b', 'a\\b', 'a,b', '{}', 'NULL', '']), `'{"it''s","a\\"b","a\\\\b","a,b","{}","NULL",""}'::text[]`],
      ['a default of a nullable field', withDefault(nullable(text()), 'x'), "'x'"]
    ] // prettier-ignore

    for (const [name, schema, sql] of defaults) it(name, () => assert.equal(columnOf(schema).default, sql))
  })

  it('has declared checks between columns, which tell of each of them', () => {
    const fields = { least: integer(), most: integer(), note: nullable(text({ maxLength: 5 })) }
    const { constraints } = tableOf({ fields, checks: { in_order: "least <= most or 'note' = ''" } })
    assert.deepEqual(constraints.filter(({ expected }) => expected), [
      {
        name: 'things_in_order_check', kind: 'check', fields: ['least', 'most'],
        sql: "check (least <= most or 'note' = '')", expected: "least <= most or 'note' = ''"
      }
    ])
  }) // prettier-ignore

  describe('checks', () => {
    const RANGE = `"it" >= '0001-01-01Z' and "it" < '10000-01-01Z'`
    const checks: [name: string, schema: TSchema, sql: string | undefined][] = [
      ['none of a plain text', Type.String(), undefined],
      ['none of a boolean', boolean(), undefined],
      ['none of JSON', json(), undefined],
      ['none of a UUID', uuid(), undefined],
      ['none of a reference', belongsTo('users'), undefined],
      ['the range of the type is the type’s', integer(), undefined],
      ['none of a hash: it is longer than its password', password(), undefined],
      ['lengths', Type.String({ minLength: 1, maxLength: 5 }), 'char_length("it") >= 1 and char_length("it") <= 5'],
      ['a length of nothing is none', Type.String({ minLength: 0, maxLength: 5 }), 'char_length("it") <= 5'],
      ['the length that text() has', text(), 'char_length("it") <= 10000'],
      ['a nullable length', nullable(Type.String({ maxLength: 5 })), 'char_length("it") <= 5'],
      ['a choice', oneOf('a', 'b'), `"it" in ('a', 'b')`],
      ['a choice with a quote', oneOf("o'clock"), `"it" in ('o''clock')`],
      ['a nullable choice', nullable(oneOf('a', 'b')), `"it" in ('a', 'b')`],
      ['lower case', lower(Type.String()), '"it" = lower("it")'],
      ['upper case and length', upper(Type.String({ maxLength: 3 })), 'char_length("it") <= 3 and "it" = upper("it")'],
      ['bounds', integer({ minimum: 0, maximum: 9 }), '"it" >= 0 and "it" <= 9'],
      ['a bound of nothing', integer({ minimum: 0 }), '"it" >= 0'],
      ['a bound of a number', Type.Number({ maximum: 0.5 }), '"it" <= 0.5'],
      ['the bounds of an integer, of another number', Type.Number({ minimum: -2147483648, maximum: 2147483647 }), '"it" >= -2147483648 and "it" <= 2147483647'],
      ['money', money({ minimum: 0 }), '"it" >= 0 and "it" <= 9999999999.99'],
      ['a list', textArray({ maxItems: 3 }), 'cardinality("it") <= 3'],
      ['a time', timestamp(), RANGE],
      ['a nullable time', nullable(timestamp()), RANGE]
    ] // prettier-ignore

    for (const [name, schema, sql] of checks)
      it(name, () => assert.equal(checkOf(schema), sql && `check (${sql})`))

    it('are named after the field and say which it is', () => {
      const { constraints } = tableOf({ fields: { it: oneOf('a') }, timestamps: false })
      assert.deepEqual(constraints[1], {
        name: 'things_it_check',
        kind: 'check',
        fields: ['it'],
        sql: `check ("it" in ('a'))`
      })
    })
  })

  it('keeps secrets out of the feed, and the time of removal in it', () => {
    const fields = { name: text(), secret: writeOnly(text()), password: password(), server: readOnly(text()) }
    assert.deepEqual(tableOf({ fields, soft_delete: true }).unrecorded, ['secret', 'password'])
  })

  it('is plain data, since it is kept in a file', () => {
    const table = tableOf({ fields: { a: text(), b: withDefault(json(), {}) }, soft_delete: true })
    assert.deepEqual(JSON.parse(JSON.stringify(table)), table)
  })
})
