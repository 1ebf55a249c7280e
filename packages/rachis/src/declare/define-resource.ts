import { notePlace } from './places'
import type { HookOptions } from '@feathersjs/feathers'
import type { TProperties, TSchema } from '@feathersjs/typebox'
import type { Action, Creation, Report, Transition } from './actions'
import type { DeclaredCache } from './caching'
import type { Check } from './checks'
import type { IdType } from './column-types'
import type { ResourceName } from './fields'
import type { Defaulted, Immutable, ReadOnly, Stateful, WriteOnly } from './traits'
import type { MembershipSpec } from './memberships'
import type { DeclaredRate } from './rates'
import type { FieldAccess, Rule } from './rules'
import type { DeclaredShapes } from './versions'

/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-empty-object-type --
   `any` and `{}` below only stand for "some type parameter" in constraints and conditional types. */
export type Simplify<T> = { [K in keyof T]: T[K] } & {}
type KeysWith<F, Trait> = { [K in keyof F]: keyof Trait extends keyof F[K] ? K : never }[keyof F]
type KeysWithout<F, Trait> = { [K in keyof F]: keyof Trait extends keyof F[K] ? never : K }[keyof F]

/** The switches that decide which columns a record has besides its fields. */
export interface Switches {
  readonly id: IdType
  readonly timestamps: boolean
  readonly versioned: boolean | 'required'
}
type Default = { id: 'bigint'; timestamps: true; versioned: false }
export type IdOf<X> = X extends { id: 'uuid' } ? string : number
type Implicit<X> = { id: IdOf<X> } & (X extends { timestamps: false }
  ? {}
  : { created_at: string; updated_at: string }) &
  (X extends { versioned: true | 'required' } ? { version: number } : {})

/**
 * A record as clients read it. No field is optional by itself, as the verifiers refuse `Type.Optional`: so its value is the `static` of its schema, without
 * the types by which TypeBox sorts the properties of an object.
 */
export type Row<F extends TProperties, X = Default> = Simplify<
  Implicit<X> & { -readonly [K in KeysWithout<F, WriteOnly>]: F[K]['static'] }
>
type WritableKeys<F> = KeysWithout<F, ReadOnly>
type OptionalKeys<F> = Exclude<KeysWith<F, Defaulted>, KeysWith<F, ReadOnly>>

/** What a client sends to create a record. */
export type CreateData<F extends TProperties> = Simplify<
  { [K in Exclude<WritableKeys<F>, OptionalKeys<F>>]: F[K]['static'] } & {
    [K in OptionalKeys<F>]?: F[K]['static']
  }
>
/** What a client sends to change one. */
export type PatchData<F extends TProperties> = {
  [K in Exclude<WritableKeys<F>, KeysWith<F, Immutable>>]?: F[K]['static']
}

type StateField<F> = { [K in keyof F]: keyof Stateful<any> extends keyof F[K] ? K : never }[keyof F] & string
type StateOf<F> = {
  [K in keyof F]: F[K] extends Stateful<infer V> ? (string extends V ? never : V & string) : never
}[keyof F]

type Columns<F, X> = (keyof F | keyof Implicit<X>) & string
/**
 * Follows a foreign key of this resource (`one`), or is found by a foreign key of the other (`many`), or through a join resource, of which
 * `by` refers to this resource and `to` to the other.
 */
export type Relation<F> =
  | { readonly one: keyof F & string }
  | { readonly many: ResourceName; readonly by: string }
  | { readonly through: ResourceName; readonly by: string; readonly to: string }

type Relations<F> = Readonly<Record<string, Relation<F>>>

type Inputs = Record<string, TSchema>

export interface ResourceSpec<
  F extends TProperties,
  X extends Switches,
  T,
  A extends Inputs,
  P extends Inputs,
  C extends TSchema,
  R = Relations<F>
> {
  readonly description?: string
  /** `bigint` counts; `uuid` is version 7. Default `bigint`. */
  readonly id?: X['id']
  /** `created_at` and `updated_at`. Default true. */
  readonly timestamps?: X['timestamps']
  /**
   * A column `version` that counts the changes of what every reader sees, by which `If-Match` is asked in the statement that writes. With
   * `'required'` no record is written without `If-Match` (428). Default false.
   */
  readonly versioned?: X['versioned']
  /** Removing keeps the row, hidden, and `restore` brings it back. Default false. */
  readonly soft_delete?: boolean
  /** The name in URLs and on sockets, where it differs from the table's. */
  readonly path?: string
  /** The name before it was renamed: its table is renamed, and keeps its records. */
  readonly was?: string
  /** `false`: only actions and reports, no records. */
  readonly table?: boolean
  readonly fields: F
  readonly access: {
    readonly read?: Rule<Row<F, X>>
    readonly create?: Rule<Row<F, X>>
    readonly update?: Rule<Row<F, X>>
    readonly remove?: Rule<Row<F, X>>
    readonly fields?: { readonly [K in keyof F]?: FieldAccess<Row<F, X>> }
  }
  readonly relations?: R
  /** Also `deleted_at`, where what was removed softly is looked for by its time. */
  readonly indexes?: readonly (Columns<F, X> | 'deleted_at' | readonly Columns<F, X>[])[]
  readonly unique?: readonly (readonly Columns<F, X>[])[]
  /**
   * Conditions between columns, in SQL, that every record keeps: `{ in_bounds: 'current_stock <= max_stock' }`. Breaking one is a
   * 422 for each field in it; `{ sql, message }` says by which sentence.
   */
  readonly checks?: Readonly<Record<string, Check>>
  readonly search?: readonly (keyof F & string)[]
  /** Keeps who changed what for so many days, and offers it as `GET /things/{id}/history`. */
  readonly audited?: { readonly days: number }
  /**
   * Removes records by itself once they are so many days old; with `after`, so many days after the time in that column. `deleted_at` is the time at
   * which a record was removed softly: until then it can be restored.
   */
  readonly retention?: { readonly days: number; readonly after?: (keyof F & string) | 'deleted_at' }
  /** An existing table that the records are read from; nothing is made or recorded for it. */
  readonly source?: string
  /**
   * Properties of users that rules refer to as `$user.team_ids`: `{ team_ids: 'lead_id' }` lists the records whose `lead_id` they are,
   * `{ team_ids: { by: 'user_id', value: 'team_id' } }` of a join table the teams that it joins them to, and
   * `where: { role: 'lead' }` leaves out the records that do not count.
   */
  readonly members?: Readonly<Record<string, (keyof F & string) | MembershipSpec<Columns<F, X>, Row<F, X>>>>
  /** Expected to grow past what a scan can bear: every filterable column needs an index. */
  readonly large?: boolean
  readonly states?: {
    readonly field: StateField<F>
    /** States that a record may be created in. Default: the first of the field only. */
    readonly initial?: readonly StateOf<F>[]
    readonly transitions: { readonly [K in keyof T]: Transition<StateOf<F>, Row<F, X>> }
  }
  readonly create?: Creation<C, Row<F, X>>
  readonly actions?: { readonly [K in keyof A]: Action<Row<F, X>, A[K]> }
  readonly reports?: { readonly [K in keyof P]: Report<P[K]> }
  /** Whether `GET /things/aggregate` counts and sums the records that its caller may read. Default true. */
  readonly aggregates?: boolean
  /** How many records one PATCH or DELETE over filters may change or remove. Without it each call is for one record. */
  readonly bulk?: { readonly update?: number; readonly remove?: number }
  readonly limits?: {
    readonly page?: { default?: number; max?: number }
    /** Records of one bulk creation. With 1 a creation takes no list, and no file of records. */
    readonly batch?: number
    /** Bytes of a body or of a socket's message. Default: derived from an operation's input, else the setting `body_limit`. */
    readonly body?: number
    /** How many requests of one caller, who is signed in or an address, are answered within a window. */
    readonly rate?: DeclaredRate
  }
  /** For how many seconds answers to its reads may be used again, by whom. Without it caches ask before each use. */
  readonly cache?: DeclaredCache
  /** What its shape was in older versions of the API, each seen from the next one. */
  readonly versions?: DeclaredShapes
  /** Reads that a signed-in user may make a link for. Anybody who has the link reads as that user until it expires. */
  readonly signed_links?: readonly string[]
  /** Operations that no API key can be allowed, such as those that change an account: all of them, or those named. */
  readonly interactive_only?: true | readonly string[]
  readonly hooks?: HookOptions<any, any>
}

export interface Resource<
  N extends string,
  F extends TProperties,
  X extends Switches,
  T,
  A extends Inputs,
  P extends Inputs,
  C extends TSchema,
  R = Relations<F>
> {
  readonly name: N
  readonly spec: ResourceSpec<F, X, T, A, P, C, R>
}
/**
 * Declares a resource. It does nothing by itself: verifiers check it and compilers derive everything from it.
 *
 * @example
 * export const notes = defineResource('notes', {
 *   fields: { title: text({ minLength: 1 }), user_id: owner('users') },
 *   access: { read: { user_id: $user.id }, create: authenticated }
 * })
 */
export function defineResource<
  const N extends string,
  F extends TProperties,
  I extends Switches['id'] = 'bigint',
  S extends boolean = true,
  V extends boolean | 'required' = false,
  const T = {},
  A extends Inputs = {},
  P extends Inputs = {},
  C extends TSchema = never,
  const R extends Relations<F> = {}
>(
  name: N,
  spec: ResourceSpec<F, { id: I; timestamps: S; versioned: V }, T, A, P, C, R>
): Resource<N, F, { id: I; timestamps: S; versioned: V }, T, A, P, C, R> {
  notePlace(name, defineResource)

  return Object.freeze({ name, spec })
}
