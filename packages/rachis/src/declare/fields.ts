import { Type } from '@feathersjs/typebox'
import type { SchemaOptions, StringOptions, TString, TUnsafe } from '@feathersjs/typebox'
import type { ColumnType } from './column-types'
import { BIGINT, INTEGER, JSONB, NUMERIC } from './column-types'
import type { ServiceTypes } from './declarations'
import type { Defaulted, OnDelete, ReadOnly, Refers, Stateful, WriteOnly } from './traits'
import { annotate } from './traits'

export { Type }
export { COLUMN_TYPES } from './column-types'
export type { ColumnType }

type Snake<S> = S extends `${infer A}-${infer B}` ? `${A}_${Snake<B>}` : S
/** Services are known by their paths: the resource `order_items` is served as `order-items`. */
export type ResourceName = Snake<keyof ServiceTypes & string>

/** Values that documents show for the field, the first of them in the example of a record. */
interface Exemplified<T> {
  examples?: readonly T[]
}

/**
 * Text. `Type.String` by another name, so that a declaration reads as one language.
 *
 * @example text({ maxLength: 200 }) // { type: 'string', maxLength: 200 }
 */
export const text = (options: StringOptions<string> = {}): TString =>
  Type.String({ maxLength: 10_000, ...options })

/**
 * One of these words: a text column with a check.
 *
 * @example oneOf('low', 'high') // { type: 'string', enum: ['low', 'high'] }
 */
export const oneOf = <const V extends readonly string[]>(...values: V): TUnsafe<V[number]> =>
  Type.Unsafe<V[number]>({ type: 'string', enum: [...values] })

/**
 * A whole number from -2³¹ to 2³¹-1.
 *
 * @example integer({ minimum: 0 }) // { type: 'integer', minimum: 0, maximum: 2147483647 }
 */
export const integer = (options: { minimum?: number; maximum?: number } & Exemplified<number> = {}) =>
  Type.Integer({ ...INTEGER.range, ...options })

/**
 * `numeric(12,2)`: exact in the database, a JSON number on the wire.
 *
 * @example money({ minimum: 0, multipleOf: 0.05 }) // prices in steps of five cents
 */
export const money = (
  options: { minimum?: number; maximum?: number; multipleOf?: number } & Exemplified<number> = {}
) =>
  Type.Number({
    minimum: -9_999_999_999.99,
    maximum: 9_999_999_999.99,
    multipleOf: 0.01,
    column: NUMERIC.name,
    ...options
  })

/**
 * An instant, RFC 3339 with a Z on the wire, `timestamptz(3)` in the database: JavaScript keeps no microseconds.
 *
 * @example timestamp() // { type: 'string', format: 'date-time' }
 */
export const timestamp = (options: SchemaOptions = {}) => Type.String({ format: 'date-time', ...options })

/**
 * True or false: a boolean column.
 *
 * @example boolean() // { type: 'boolean' }
 */
export const boolean = (options: SchemaOptions = {}) => Type.Boolean(options)

/**
 * Any JSON object.
 *
 * @example
 * json({ maxProperties: 9 })
 * // { maxProperties: 9, column: 'jsonb', type: 'object', patternProperties: { '^.*$': {} }, additionalProperties: false }
 */
export const json = (
  options: { minProperties?: number; maxProperties?: number } & Exemplified<object> = {}
) => Type.Record(Type.String(), Type.Unknown(), { ...options, column: JSONB.name })

interface TextArrayOptions extends Exemplified<readonly string[]> {
  minItems?: number
  maxItems?: number
  maxLength?: number
}
/**
 * A list of short words, such as tags: `text[]`.
 *
 * @example
 * textArray({ maxItems: 5 })
 * // { maxItems: 5, type: 'array', items: { minLength: 1, maxLength: 100, type: 'string' } }
 */
export const textArray = ({ maxLength = 100, ...options }: TextArrayOptions = {}) =>
  Type.Array(Type.String({ minLength: 1, maxLength }), { maxItems: 100, ...options })

/**
 * A password: checked as text, stored as a hash, never read. bcrypt reads 72 bytes, so longer ones are refused.
 *
 * @example
 * password()
 * // { minLength: 8, maxLength: 72, format: 'password', type: 'string', writeOnly: true, hash: 'password' }
 */
export const password = (options: { minLength?: number; maxLength?: number } = {}): TString & WriteOnly =>
  annotate<TString, WriteOnly>(Type.String({ minLength: 8, maxLength: 72, format: 'password', ...options }), {
    writeOnly: true,
    hash: 'password'
  })

/**
 * A foreign key. A client may only name a record that they may read: any other is refused as one that does not exist, so that
 * nobody adds to the lists of others, or learns which ids there are. `allow_unreadable` lets them name any record that exists.
 *
 * @example belongsTo('users', { on_delete: 'set null', allow_unreadable: true }) // a task may be given to anybody
 */
export const belongsTo = <N extends ResourceName>(
  resource: N,
  options: { on_delete?: OnDelete; allow_unreadable?: boolean } = {}
): TUnsafe<number> & Refers<N> =>
  Type.Unsafe<number>({
    ...BIGINT.id.schema,
    // Unknown options are passed on, so that the verifiers refuse them.
    references: { on_delete: 'restrict', ...options, resource }
  })

/**
 * The column that names the record's owner: set to the caller at creation, never writable. The records go with their owner,
 * unless `restrict` keeps an owner who has any.
 *
 * @example
 * owner('users')
 * // { type: 'integer', minimum: 1, maximum: 9007199254740991, column: 'bigint', references: { on_delete: 'cascade', resource: 'users' }, owner: true, readOnly: true }
 */
export const owner = <N extends ResourceName>(
  resource: N,
  options: { on_delete?: Exclude<OnDelete, 'set null'> } = {}
): TUnsafe<number> & ReadOnly & Refers<N> =>
  annotate<TUnsafe<number>, ReadOnly & Refers<N>>(belongsTo(resource, { on_delete: 'cascade', ...options }), {
    owner: true,
    readOnly: true
  })

/**
 * The state of a state machine: the first is where a record begins.
 *
 * @example state('open', 'done') // { type: 'string', enum: ['open', 'done'], default: 'open', state: true }
 */
export const state = <const V extends readonly [string, ...string[]]>(...values: V) =>
  annotate<TUnsafe<V[number]>, Defaulted & Stateful<V[number]>>(oneOf(...values), {
    default: values[0],
    state: true
  })
