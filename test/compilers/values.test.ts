import assert from 'node:assert/strict'
import type { TSchema } from '@feathersjs/typebox'
import { instantOf } from '../../packages/rachis/src/declare/column-types'
import { describeType, readId, readValue } from '../../packages/rachis/src/model/values'
import {
  boolean,
  integer,
  json,
  lower,
  money,
  nullable,
  oneOf,
  text,
  timestamp,
  Type,
  upper,
  textArray,
  writeOnly
} from '../../packages/rachis/src/declare'
import type { FieldInfo } from '../../packages/rachis/src/declare'
import { detailsOf, modelOf, refusal } from './declared'

const fieldOf = (schema: TSchema): FieldInfo => modelOf({ fields: { it: schema } }).fields.get('it')!
const INT4 = 2147483647
const SAFE = Number.MAX_SAFE_INTEGER
const UUID = '0190f3c2-0000-7000-8000-0123456789ab'

const FIELDS = {
  text: text(),
  enum: oneOf('a', 'b'),
  lower: lower(text()),
  upper: upper(text()),
  integer: integer(),
  bigint: Type.Integer({ column: 'bigint' }),
  double: Type.Number(),
  money: money(),
  boolean: boolean(),
  uuid: Type.String({ format: 'uuid' }),
  date: Type.String({ format: 'date' }),
  timestamp: timestamp(),
  json: json(),
  words: textArray()
} satisfies Record<string, TSchema>
type Kind = keyof typeof FIELDS

const READ: [kind: Kind, given: unknown, read: unknown][] = [
  ['text', 'x', 'x'],
  ['text', '', ''],
  ['text', 'null', 'null'],
  ['enum', 'a', 'a'],
  ['lower', 'Ab', 'ab'],
  ['upper', 'Ab', 'AB'],
  ['integer', 7, 7],
  ['integer', '7', 7],
  ['integer', '-7', -7],
  ['integer', '1e2', 100],
  ['integer', '7.0', 7],
  ['integer', INT4, INT4],
  ['integer', 'null', null],
  ['bigint', String(SAFE), SAFE],
  ['double', '1e-3', 0.001],
  ['double', 0.1, 0.1],
  ['money', '12.50', 12.5],
  ['boolean', true, true],
  ['boolean', 'true', true],
  ['boolean', 'false', false],
  ['uuid', UUID.toUpperCase(), UUID],
  ['date', '2024-02-29', '2024-02-29'],
  ['timestamp', '2026-01-31T12:00:00+01:00', '2026-01-31T11:00:00.000Z'],
  ['timestamp', '2026-01-31', '2026-01-31T00:00:00.000Z']
]
const REFUSED: [kind: Kind, given: unknown][] = [
  ['text', 7],
  ['text', 'x'.repeat(10_001)],
  ['text', 'a\0b'],
  ['text', ['x']],
  ['enum', 'c'],
  ['enum', 'A'],
  ['enum', 'null'],
  ['integer', '1.5'],
  ['integer', INT4 + 1],
  ['integer', -INT4 - 2],
  ['integer', ''],
  ['integer', ' 7'],
  ['integer', '0x10'],
  ['integer', '+7'],
  ['integer', 'Infinity'],
  ['integer', true],
  ['integer', [7]],
  ['bigint', SAFE + 1],
  ['bigint', '1e400'],
  ['double', '1e400'],
  ['double', NaN],
  ['double', '.5'],
  ['money', '12,50'],
  ['boolean', 1],
  ['boolean', 'yes'],
  ['uuid', UUID.slice(1)],
  ['uuid', UUID.replace(/-/g, '')],
  ['date', '2023-02-29'],
  ['date', '2026-1-1'],
  ['date', '2026-01-31T00:00:00Z'],
  ['timestamp', '2026-01-31T12:00:00'],
  ['timestamp', 1],
  ['json', '{}'],
  ['words', 'a']
]

const INSTANTS: [given: unknown, read: string | undefined][] = [
  ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
  ['2026-01-31T12:00Z', '2026-01-31T12:00:00.000Z'],
  ['2026-01-31t12:00:00z', '2026-01-31T12:00:00.000Z'],
  ['2026-01-31 12:00:00Z', '2026-01-31T12:00:00.000Z'],
  ['2026-01-31T12:00:00.5Z', '2026-01-31T12:00:00.500Z'],
  ['2026-01-31T12:00:00.123456789Z', '2026-01-31T12:00:00.123Z'],
  ['2026-01-31 12:00:00.123456-05:30', '2026-01-31T17:30:00.123Z'],
  ['2024-02-29', '2024-02-29T00:00:00.000Z'],
  ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  // JavaScript itself reads these two, written with a blank, as the years 2049 and 1999.
  ['0049-01-01 12:00:00Z', '0049-01-01T12:00:00.000Z'],
  ['0099-12-31 23:59:59.999z', '0099-12-31T23:59:59.999Z'],
  ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ['0001-01-01T00:00:00+01:00', undefined],
  ['9999-12-31T23:59:59-01:00', undefined],
  ['0000-01-01T00:00:00Z', undefined],
  ['2026-02-30T00:00:00Z', undefined],
  ['1900-02-29', undefined],
  ['2026-13-01', undefined],
  ['2026-01-31T24:00:00Z', undefined],
  ['2026-01-31T23:59:60Z', undefined],
  ['2026-01-31T12:60:00Z', undefined],
  ['2026-01-31T12:00:00+24:00', undefined],
  ['2026-01-31 12:00:00+24:00', undefined],
  ['2026-01-31T12:00:00', undefined],
  ['2026-01-31T12:00:00 Z', undefined],
  ['2026-01-31  12:00:00Z', undefined],
  ['31.01.2026', undefined],
  ['infinity', undefined],
  ['now', undefined],
  ['', undefined],
  [0, undefined],
  [null, undefined]
]

describe('values', () => {
  for (const [kind, given, read] of READ)
    it(`reads ${JSON.stringify(given)} as ${kind}`, () =>
      assert.deepEqual(readValue(fieldOf(FIELDS[kind]), given), read))

  for (const [kind, given] of REFUSED)
    it(`refuses ${String(JSON.stringify(given)).slice(0, 40)} as ${kind}`, () => {
      const { code, field } = refusal(() => readValue(fieldOf(FIELDS[kind]), given))
      assert.deepEqual({ code, field }, { code: 'VALIDATION_ERROR', field: 'it' })
    })

  it('reads null as what it is, of any type', () => {
    for (const schema of Object.values(FIELDS)) assert.equal(readValue(fieldOf(schema), null), null)
  })

  it('says what was expected and what was given, cut short', () => {
    const detailOf = (schema: TSchema, given: unknown) =>
      detailsOf(() => readValue(fieldOf(schema), given))[0]!
    assert.deepEqual(detailOf(oneOf('a', 'b'), 'c'), {
      field: 'it', message: 'must be one of a, b', rule: 'enum', expected: ['a', 'b'], provided: 'c'
    }) // prettier-ignore
    assert.deepEqual(detailOf(integer(), 'x'.repeat(300)), {
      field: 'it', message: 'must be a whole number', rule: 'type', expected: 'a whole number', provided: 'x'.repeat(200)
    }) // prettier-ignore
    assert.deepEqual(detailOf(writeOnly(integer()), 'x'), {
      field: 'it', message: 'must be a whole number', rule: 'type', expected: 'a whole number'
    }) // prettier-ignore
    assert.ok(!('provided' in detailOf(integer(), { a: 1 })))
  })

  it('names every type', () => {
    assert.deepEqual(Object.values(FIELDS).map((schema) => describeType(fieldOf(schema))), [
      'a text of at most 10000 characters', 'one of a, b', 'a text of at most 10000 characters', 'a text of at most 10000 characters',
      'a whole number', 'a whole number', 'a number', 'a number', 'true or false', 'a UUID', 'a date such as 2026-01-31',
      'a time such as 2026-01-31T12:00:00Z', 'jsonb', 'text[]'
    ]) // prettier-ignore
    assert.equal(describeType(fieldOf(nullable(oneOf('a')))), 'one of a')
  })

  describe('instants', () => {
    for (const [given, read] of INSTANTS)
      it(`${JSON.stringify(given)} is ${read ?? 'none'}`, () => assert.equal(instantOf(given), read))
  })

  describe('ids', () => {
    const big = modelOf({}).fields.get('id')!
    const uuid = modelOf({ id: 'uuid' }).fields.get('id')!
    const cases: [field: FieldInfo, given: unknown, id: string | number | undefined][] = [
      [big, '7', 7],
      [big, 7, 7],
      [big, String(SAFE), SAFE],
      [big, '0', undefined],
      [big, '-1', undefined],
      [big, '07', undefined],
      [big, '1e3', undefined],
      [big, '7.0', undefined],
      [big, '9007199254740993', undefined],
      [big, '9'.repeat(30), undefined],
      [big, 'me', undefined],
      [big, '', undefined],
      [big, UUID, undefined],
      [uuid, UUID, UUID],
      [uuid, UUID.toUpperCase(), UUID],
      [uuid, '7', undefined]
    ]
    for (const [field, given, id] of cases)
      it(`${field.type} ${JSON.stringify(given)}`, () => assert.equal(readId(field, given), id))
  })
})
