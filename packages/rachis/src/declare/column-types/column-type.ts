import type { TSchema } from '@feathersjs/typebox'
import type { Finding } from '../finding'

/**
 * How far values of a type have an order:
 * - `none`: a query cannot sort by them,
 * - `sort-only`: it can, and bounds such as `$gte` mean nothing,
 * - `collation`: they have bounds, which the database alone knows, since its collation decides,
 * - `everywhere`: they have bounds, and PostgreSQL and JavaScript agree on them.
 */
export type Order = 'none' | 'sort-only' | 'collation' | 'everywhere'

/** The parts of the calendar that records can be grouped by. */
export const UNITS = ['hour', 'day', 'week', 'month', 'quarter', 'year'] as const
export type Unit = (typeof UNITS)[number]

/** How values that lie in time fall into parts of the calendar. */
export interface Buckets {
  readonly units: readonly Unit[]
  /**
   * SQL of the beginning of the part that a value lies in, as a value of the same type.
   *
   * @param zone gives SQL of the name of the time zone whose calendar it is
   */
  readonly begin: (value: string, unit: Unit, zone: () => string) => string
}

/** Bounds of a whole number. */
export interface Range {
  readonly minimum: number
  readonly maximum: number
}

/** What a type may ask of the field that it stands in. */
export interface FieldTraits {
  /** JSON schema of a value that is not null. */
  readonly value: TSchema
  readonly enum?: readonly string[]
  readonly normalize?: 'lower' | 'upper'
}

/** How a value comes out of a query, where everything may be a text. */
export interface QueryValue {
  /** What a value is, for errors. */
  readonly words: string
  /** The value as rows have it, undefined where it is none of this type. */
  readonly read: (value: unknown, field: FieldTraits) => unknown
}

/** A value that a declaration writes: a default, an example, or one that a rule compares with. */
export interface DeclaredValue {
  /** What to write, for hints. */
  readonly words: string
  readonly accepts: (value: unknown, field: FieldTraits) => boolean
}

/** How the driver's text of a value becomes what clients read. */
export interface DriverValue {
  /** The number of the type in PostgreSQL's catalogue `pg_type`, by which the driver knows it. */
  readonly oid: number
  readonly parse: (text: string) => unknown
}

/** How the database gives out ids of a type: by a sequence of the table, or by a default. */
export interface GeneratedId {
  /** The JSON schema of such an id. */
  readonly schema: object
  /** SQL of the default; a sequence counts where there is none. */
  readonly default?: string
}

/**
 * A column type with all that the rest of the engine knows of it. No other file asks for a type by its name: what one type does and
 * another does not is a property here.
 */
export interface ColumnTypeInfo<Name extends string = string> {
  /** What PostgreSQL calls the type, and what declarations name it by. */
  readonly name: Name
  /**
   * The SQL type that operands are cast to, where it is another one: cast to the column's own type, 10.005 would be rounded before
   * it is compared, and a number beyond 32 bits refused.
   */
  readonly operandCast?: string
  /** The scalar of GraphQL that carries its values. */
  readonly graphql: string

  /** The format of a JSON schema that chooses this type, before what `describes` says. */
  readonly format?: string
  /** Whether a JSON schema without such a format is one of this type. Several `type`s of a schema come as one text. */
  readonly describes?: (schema: {
    readonly type: string
    readonly items?: { readonly type?: unknown }
  }) => boolean
  /** The JSON schema of a value that a filter compares with. */
  readonly operand: { readonly type: string; readonly format?: string }
  /** A format that documents add to the schema of a field, for generators of clients; no validator knows it. */
  readonly documentedFormat?: string

  /** What one value is: only scalars are equal to a value of a query; lists are asked for what they have, objects by their paths. */
  readonly shape: 'scalar' | 'list' | 'object'
  readonly order: Order
  /** The method of an index that finds a value; `none` where an index cannot find one by its parts. */
  readonly index: 'btree' | 'none'
  /** What the column holds, where a field says nothing narrower: beyond it JSON's numbers are not exact, or PostgreSQL refuses them. */
  readonly range?: Range
  /** Whether SQL and JavaScript compare its values with those of every other number. */
  readonly isNumber?: boolean
  /**
   * SQL of a number as a decimal, where PostgreSQL would add its values up with errors that depend on their order. A sum of such is rounded
   * to the nearest number of the type; every other sum is exact.
   */
  readonly decimal?: (value: string) => string
  /** Left out where values do not lie in time. */
  readonly buckets?: Buckets
  /** Whether a free text is one: it is searched, has an upper and a lower case and patterns, and may hold a comma or be `null`. */
  readonly isText?: boolean
  /** Whether it is a moment, which may be set to the time of a call. */
  readonly isInstant?: boolean
  /** Whether its bounds are asked so often that documents give each a parameter: those of texts and ids few ask for. */
  readonly isMeasure?: boolean
  /** Whether it has but two values: there is nothing to list in a filter, and an index would read half of the table. */
  readonly isBinary?: boolean
  /** How ids of this type are made, where a resource can have such. */
  readonly id?: GeneratedId

  /** Left out where no query compares with such a value as a whole. */
  readonly query?: QueryValue
  readonly declared: DeclaredValue
  /** What is wrong with a field that is declared of this type, beyond what is wrong with one of any type. */
  readonly misdeclared?: (field: FieldTraits & { readonly name: string }) => Finding | undefined
  /** Whether the column would keep another number than this one. */
  readonly rounds?: (value: number) => boolean

  /** SQL of a default, where it is neither a text nor what JavaScript prints. */
  readonly defaultSql?: (value: unknown) => string
  /** What a check of the table asks of a quoted column, so that SQL by hand keeps what SQL can say of the field. */
  readonly conditions?: (column: string, field: FieldTraits) => string[]

  /** A value that a client sent, in the one spelling that rows have. */
  readonly canonical?: (value: unknown, field: FieldTraits) => unknown
  /** A value that is not null as the driver must be given it, where it would make something else of it. */
  readonly encode?: (value: unknown) => unknown
  /** Left out where the driver makes of it what clients read. */
  readonly driver?: DriverValue
  /**
   * SQL of a value of a quoted column that is not null, as the text of JSON in the spelling that `JSON.stringify` has for what the driver
   * reads. Left out where `to_json` writes the same.
   */
  readonly jsonText?: (column: string) => string
  /** A value out of PostgreSQL's JSON, which the change feed holds, as a read gives it. */
  readonly fromJson?: (value: unknown) => unknown
}
