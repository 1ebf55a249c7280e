import fc from 'fast-check'
import type { ColumnType } from '../../packages/rachis/src/declare'
import type { Model } from '../../packages/rachis/src/model/model'
import type { Operation } from '../../packages/rachis/src/model/operations'

/** What has broken servers before. */
const KNOWN: unknown[] = [
  null, true, false, 0, -0, -1, 1, 0.1, 1.005, 1e21, 2 ** 31, 2 ** 53, Number.MAX_VALUE, Number.MIN_VALUE, '', ' ', 'null', 'undefined', 'NaN', 'true',
  '0', '-1', '1e400', '0x1', '9007199254740993', '9223372036854775808', "'", '"', '\\', '%', '%00', '\0', '\ud800', '\udc00x', '🫖', 'שלום', '\u202e',
  "'; drop table users; --", '$1', '{}', '[]', '{a,b}', '${1}', '2026-02-30', '2026-01-31', '2026-01-31T12:00:00Z', 'infinity', 'now',
  '0192f0a0-0000-7000-8000-000000000001', 'a@b.c', 'constructor', '__proto__', 'toString', '$ne', 'x'.repeat(300), 'x'.repeat(11_000),
  {}, [], [null], [[]], { $ne: null }, { $gt: '' }, { $in: [] }, { constructor: { prototype: { a: 1 } } }, { id: 1 }, { length: 1e9 }, { toString: 'x' },
  { toJSON: 1 }, { then: 1 }, { a: { b: { c: { d: [{}] } } } }
] // prettier-ignore
const OPERATORS = ['$eq', '$ne', '$in', '$nin', '$lt', '$lte', '$gt', '$gte', '$ilike', '$null', '$contains', '$regex', '$or', '', 'x', '$matches'] // prettier-ignore
const PARAMETERS = ['$limit', '$skip', '$sort', '$select', '$or', '$and', '$search', '$include', 'limit', 'skip', 'sort', 'fields', 'page', 'page_size', 'search', 'include', 'cursor', 'after', 'before', 'count', '$user', '$matches', '$populate'] // prettier-ignore

const unit = fc.oneof(fc.nat({ max: 0xffff }).map((code) => String.fromCharCode(code)), fc.constantFrom(...'a1\\\'"%_{}[],.$:;')) // prettier-ignore
const oddText = fc.string({ unit, maxLength: 30 })
export const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...KNOWN) },
  { weight: 1, arbitrary: oddText },
  { weight: 1, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  { weight: 1, arbitrary: fc.integer() },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 4 }) },
  { weight: 1, arbitrary: fc.array(fc.constantFrom(...KNOWN), { maxLength: 5 }) }
)

const namesOf = ({ fields, relations }: Model) => [...fields.keys(), ...relations.map(({ name }) => name)]
const keyOf = (model: Model, more: readonly string[]) =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...namesOf(model), ...more) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('constructor', 'toString', 'hasOwnProperty', '0', '', 'a.b', 'x')
    },
    { weight: 1, arbitrary: oddText }
  )
const object = (key: fc.Arbitrary<string>, value: fc.Arbitrary<unknown>) =>
  fc.dictionary(key, value, { maxKeys: 6, noNullPrototype: true })

/** Data that is nearly right is what gets far: each field has a value that its own schema may allow. */
const likely = ({ fields }: Model): fc.Arbitrary<object> => {
  const writable = [...fields.values()].filter(({ writable }) => writable !== 'never')
  const values = writable.map(({ name, type, enum: options }) => [name, options ? fc.constantFrom(...options) : LIKELY[type]])
  const properties = Object.fromEntries(values) as Record<string, fc.Arbitrary<unknown>>
  const required = writable.filter(({ nullable, default: value }) => !nullable && value === undefined)

  return fc.oneof(fc.record(properties, { requiredKeys: required.map(({ name }) => name) }), fc.record(properties, { requiredKeys: [] }))
} // prettier-ignore
const word = fc.stringMatching(/^[a-z]{3,8}$/)
const LIKELY: Record<ColumnType, fc.Arbitrary<unknown>> = {
  text: fc.oneof({ weight: 12, arbitrary: word }, { weight: 2, arbitrary: word.map((name) => `${name}@example.com`) }, oddText),
  integer: fc.integer(), bigint: fc.constantFrom(1, 2, 3, 999_999), boolean: fc.boolean(), 'numeric(12,2)': fc.nat(1e6).map((cents) => cents / 100),
  'double precision': fc.double({ noNaN: true }), jsonb: fc.dictionary(fc.string(), fc.jsonValue()), 'text[]': fc.array(word),
  'timestamptz(3)': fc.date({ noInvalidDate: true }).map((date) => date.toJSON()), uuid: fc.uuid(),
  date: fc.date({ noInvalidDate: true }).map((date) => date.toJSON().slice(0, 10))
} // prettier-ignore

const inputNames = ({ data, input }: Operation) =>
  data === 'input' ? Object.keys((input.properties ?? {}) as object) : []

export const dataFor = (model: Model, operation: Operation): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 3, arbitrary: likely(model) },
    { weight: 3, arbitrary: object(keyOf(model, inputNames(operation)), oddValue) },
    { weight: 1, arbitrary: fc.array(fc.oneof(likely(model), oddValue), { maxLength: 4 }) },
    { weight: 1, arbitrary: oddValue }
  )

export const queryFor = (model: Model, operation: Operation): fc.Arbitrary<Record<string, unknown>> => {
  const term = fc.oneof(oddValue, object(fc.constantFrom(...OPERATORS), oddValue))
  const flat = object(keyOf(model, [...PARAMETERS, ...inputNames(operation)]), term)

  return fc.oneof(
    { weight: 4, arbitrary: flat },
    { weight: 1, arbitrary: fc.record({ $or: fc.array(flat, { maxLength: 3 }) }) },
    { weight: 1, arbitrary: fc.record({ $sort: object(keyOf(model, []), oddValue) }) },
    { weight: operation.name === 'find' ? 1 : 20, arbitrary: fc.constant({}) }
  )
}

export const idFor = (known: readonly (number | string)[]): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 3, arbitrary: fc.constantFrom<unknown>(...known, 999_999) }, { weight: 2, arbitrary: oddValue }) // prettier-ignore
