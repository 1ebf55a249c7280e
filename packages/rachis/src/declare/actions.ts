import type { Params } from '@feathersjs/feathers'
import type { Static, TSchema } from '@feathersjs/typebox'
import type { Knex } from 'knex'
import type { Application } from './declarations'
import type { ResourceName } from './fields'
import type { Principal } from './declarations'
import type { UserRef } from './principal'
import type { Rule, UserRule } from './rules'

/**
 * The moment of the transition, in a transition's `set`.
 *
 * @example now // { $now: true }
 */
export const now = { $now: true } as const
export type Now = typeof now

/**
 * What a `run` answers. TypeScript looks at the return type of a function only where another one than `any` is expected; were it looked
 * at, the type of a declaration would depend on the services that its own code calls, itself among them, and would be circular.
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- see above: `unknown` would be compared with
export type Answer = any

type Method = 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** One step of a state machine. */
export interface Transition<S extends string, R> {
  readonly from: S | readonly S[]
  readonly to: S
  readonly access: Rule<R>
  /** Columns that the step fills in: with a value, the moment (`now`), or what the caller is (`$user.id`). */
  readonly set?: { readonly [K in keyof R]?: R[K] | Now | UserRef<NonNullable<R[K]>> }
  /** The address that it is served at, if not `POST /things/{id}/{name}`. */
  readonly http?: { readonly method?: Method; readonly path?: string }
  readonly summary?: string
  /** What else the step does, in its transaction; `record` is the one before the step. */
  run?(context: ActionContext<R>): Answer
}

/** What an action or a report works with. */
export interface ActionContext<R> {
  readonly app: Application
  readonly user: Principal | null
  /** The record that the action was called on, locked until the transaction ends. */
  readonly record: R
  /** Knex, bound to the call's transaction where there is one. */
  readonly knex: Knex
  /** The resource's own table, bound likewise. */
  table(): Knex.QueryBuilder
  /** The parameters of the call. Pass them on in a nested service call to stay in the transaction. */
  readonly params: Params
  /** The same for a nested call on the caller's behalf: under the rules that hold for them, as if they had made it themselves. */
  readonly asCaller: Params
  /**
   * The records of a resource that the caller may read, as a table for SQL: a report shows no others.
   *
   * @example knex.raw('select count(*) from ? as notes', [readable('notes')])
   */
  readable(resource: ResourceName): Knex.Raw
}

/** A named operation with its own input. On a record unless `on` says otherwise. */
export interface Action<R, I extends TSchema> {
  readonly on?: 'record' | 'collection'
  readonly input: I
  readonly output?: TSchema
  readonly access: Rule<R>
  /** `false` where the work must not hold a database connection, such as hashing a password. Default true. */
  readonly transaction?: boolean
  readonly http?: { readonly method?: Method; readonly path?: string; readonly status?: number }
  readonly summary?: string
  /** What it returns is the answer; nothing returned means the record as it is afterwards. */
  run(input: Static<I>, context: ActionContext<R>): Answer
}

/** A creation that takes other data than the fields, such as an order made from a list of items. */
export interface Creation<I extends TSchema, R> {
  readonly input: I
  /** The schema of the answer where it is not the record, such as a secret that is shown once. */
  readonly output?: TSchema
  /** Runs in a transaction, and answers the id of the new record; or what `output` says, with the id in it. */
  run(input: Static<I>, context: Omit<ActionContext<R>, 'record'>): Promise<{ id: number | string }>
}

/** What a report works with: an action's context, without a record. */
export type ReportContext = Omit<ActionContext<never>, 'record'>

/** A named, read-only query. */
export interface Report<I extends TSchema> {
  readonly input: I
  /** Left out where it answers as the list does. */
  readonly output?: TSchema
  /**
   * Besides its own input it takes the parameters of the resource's own list, and answers as that does: the list is for `run` to ask, with
   * what is in the input. `without` are parameters that mean nothing here.
   */
  readonly as_list?: true | { readonly without: readonly string[] }
  /**
   * `run` answers a `ByteSource`: REST sends its bytes, of whatever type they are, and other transports tell what it is and where it can be
   * fetched, as `output` says.
   */
  readonly bytes?: true
  readonly access: UserRule
  readonly http?: { readonly path?: string }
  readonly summary?: string
  run(input: Static<I>, context: ReportContext): Answer
}
