import { Type } from '@feathersjs/typebox'
import type {
  SchemaOptions,
  Static,
  StringOptions,
  TNull,
  TSchema,
  TString,
  TUnion,
  TUnsafe
} from '@feathersjs/typebox'
import type { ColumnType } from './column-types'
import { BIGINT, INTEGER, JSONB, NUMERIC } from './column-types'
import type { ServiceTypes } from './declarations'

export { Type }
export { COLUMN_TYPES } from './column-types'
export type { ColumnType }

declare const kDefault: unique symbol
declare const kReadOnly: unique symbol
declare const kWriteOnly: unique symbol
declare const kImmutable: unique symbol
declare const kState: unique symbol

/** Traits that the types of create, patch and read data are made from. They exist in the type system only. */
export type Defaulted = { readonly [kDefault]?: true }
export type ReadOnly = { readonly [kReadOnly]?: true }
export type WriteOnly = { readonly [kWriteOnly]?: true }
export type Immutable = { readonly [kImmutable]?: true }
export type Stateful<V> = { readonly [kState]?: V }

type Snake<S> = S extends `${infer A}-${infer B}` ? `${A}_${Snake<B>}` : S
/** Services are known by their paths: the resource `order_items` is served as `order-items`. */
export type ResourceName = Snake<keyof ServiceTypes & string>
export type OnDelete = 'cascade' | 'restrict' | 'set null'

/** What our helpers write beside the JSON schema's own keywords, and the lowering reads. */
export interface Annotations {
  column?: ColumnType
  unique?: boolean
  immutable?: boolean
  readOnly?: boolean
  writeOnly?: boolean
  computed?: string
  normalize?: 'lower' | 'upper'
  hash?: 'password'
  references?: { resource: string; on_delete: OnDelete; allow_unreadable?: boolean }
  owner?: boolean
  state?: boolean
}

/** Values that documents show for the field, the first of them in the example of a record. */
interface Exemplified<T> {
  examples?: readonly T[]
}

const annotate = <T extends TSchema, M>(schema: T, annotations: Annotations & { default?: unknown }): T & M =>
  ({ ...schema, ...annotations }) as T & M

/** Text. `Type.String` by another name, so that a declaration reads as one language. */
export const text = (options: StringOptions<string> = {}): TString =>
  Type.String({ maxLength: 10_000, ...options })

/** One of these words: a text column with a check. */
export const oneOf = <const V extends readonly string[]>(...values: V): TUnsafe<V[number]> =>
  Type.Unsafe<V[number]>({ type: 'string', enum: [...values] })

/** A whole number from -2³¹ to 2³¹-1. */
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

/** An instant, RFC 3339 with a Z on the wire, `timestamptz(3)` in the database: JavaScript keeps no microseconds. */
export const timestamp = (options: SchemaOptions = {}) => Type.String({ format: 'date-time', ...options })

export const boolean = (options: SchemaOptions = {}) => Type.Boolean(options)

/** Any JSON object. */
export const json = (
  options: { minProperties?: number; maxProperties?: number } & Exemplified<object> = {}
) => Type.Record(Type.String(), Type.Unknown(), { ...options, column: JSONB.name })

interface TextArrayOptions extends Exemplified<readonly string[]> {
  minItems?: number
  maxItems?: number
  maxLength?: number
}
/** A list of short words, such as tags: `text[]`. */
export const textArray = ({ maxLength = 100, ...options }: TextArrayOptions = {}) =>
  Type.Array(Type.String({ minLength: 1, maxLength }), { maxItems: 100, ...options })

/** A password: checked as text, stored as a hash, never read. bcrypt reads 72 bytes, so longer ones are refused. */
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
): TUnsafe<number> & { readonly resource?: N } =>
  Type.Unsafe<number>({
    ...BIGINT.id.schema,
    // Unknown options are passed on, so that the verifiers refuse them.
    references: { on_delete: 'restrict', ...options, resource }
  })

/**
 * The column that names the record's owner: set to the caller at creation, never writable. The records go with their owner,
 * unless `restrict` keeps an owner who has any.
 */
export const owner = <N extends ResourceName>(
  resource: N,
  options: { on_delete?: Exclude<OnDelete, 'set null'> } = {}
): TUnsafe<number> & ReadOnly =>
  annotate<TUnsafe<number>, ReadOnly>(belongsTo(resource, { on_delete: 'cascade', ...options }), {
    owner: true,
    readOnly: true
  })

/** May be null, which is also its default. */
export const nullable = <T extends TSchema>(schema: T): TUnion<[T, TNull]> & Defaulted => {
  const { column, unique, immutable, readOnly, writeOnly, computed, normalize, references, owner, ...inner } =
    schema
  const annotations = {
    column,
    unique,
    immutable,
    readOnly,
    writeOnly,
    computed,
    normalize,
    references,
    owner
  }
  const present = Object.fromEntries(Object.entries(annotations).filter(([, value]) => value !== undefined))

  return Type.Union([inner as T, Type.Null()], { ...present, default: null }) as TUnion<[T, TNull]> &
    Defaulted
}

/** Filled in where a creation leaves it out. */
export const withDefault = <T extends TSchema>(schema: T, value: Static<T>) =>
  annotate<T, Defaulted>(schema, { default: value })
/** No two records share a value. */
export const unique = <T extends TSchema>(schema: T): T => annotate<T, unknown>(schema, { unique: true }) as T
/** Given at creation, never changed. */
export const immutable = <T extends TSchema>(schema: T) => annotate<T, Immutable>(schema, { immutable: true })
/** Set by the server only. */
export const readOnly = <T extends TSchema>(schema: T) => annotate<T, ReadOnly>(schema, { readOnly: true })
/** Written, never read. */
export const writeOnly = <T extends TSchema>(schema: T) => annotate<T, WriteOnly>(schema, { writeOnly: true })
/** Kept in lower case, so that two spellings are one value. */
export const lower = (schema: TString): TString =>
  annotate<TString, unknown>(schema, { normalize: 'lower' }) as TString
/** Kept in upper case. */
export const upper = (schema: TString): TString =>
  annotate<TString, unknown>(schema, { normalize: 'upper' }) as TString
/**
 * A stored generated column: the database computes it from the record's other columns, so that events carry it as well.
 *
 * @example computed(boolean(), 'stock_quantity <= reorder_level')
 */
export const computed = <T extends TSchema>(schema: T, sql: string) =>
  annotate<T, ReadOnly>(schema, { computed: sql, readOnly: true })
/** The state of a state machine: the first is where a record begins. */
export const state = <const V extends readonly [string, ...string[]]>(...values: V) =>
  annotate<TUnsafe<V[number]>, Defaulted & Stateful<V[number]>>(oneOf(...values), {
    default: values[0],
    state: true
  })
