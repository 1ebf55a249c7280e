import type { ServiceTypes } from '../declare/declarations'
import type { Included, RelationPath, ServiceOf } from '../declare'

/* eslint-disable @typescript-eslint/no-explicit-any -- stands for "some type" in constraints and conditional types. */
interface Declaration {
  readonly name: string
  readonly spec: object
}
type ByName<D extends readonly Declaration[]> = { [R in D[number] as R['name']]: R }

/**
 * What a client is typed from: `ServiceTypes`, which each declaration adds its service to; an object of declarations by path; or a tuple of
 * them, whose names are their paths.
 *
 * @example createClient<ServiceTypes>(url)
 * @example createClient<{ tasks: typeof tasks; 'time-sheets': typeof timeSheets }>(url)
 * @example createClient<[typeof tasks, typeof notes]>(url)
 */
export type ServicesOf<D> = D extends readonly Declaration[] ? ByName<D> : D

/** The service's type, as on the server. */
type Served<T> = T extends Declaration ? ServiceOf<T> : T

type ServedAll<D> = { [K in keyof ServicesOf<D>]: Served<ServicesOf<D>[K]> }

type Method = (...args: any[]) => any
type Standard = 'find' | 'get' | 'create' | 'update' | 'patch' | 'remove' | 'hooks'
type MethodsOf<S> = Exclude<keyof S, Standard>
type ParametersOf<M> = M extends Method ? Parameters<M> : never
type AnswerOf<M> = M extends Method ? Awaited<ReturnType<M>> : never

/** A record of a service as it comes over the wire. */
export type RowOf<T> = Served<T> extends { get: infer M } ? AnswerOf<M> : never
export type IdOf<T> = Served<T> extends { get: infer M } ? ParametersOf<M>[0] : never
/** What a record is created from. The last one of the signatures of `create` takes a list. */
export type CreateOf<T> = Served<T> extends { create: infer M } ? ItemOf<ParametersOf<M>[0]> : never
type ItemOf<L> = L extends readonly (infer I)[] ? I : L
export type UpdateOf<T> = Served<T> extends { update: infer M } ? ParametersOf<M>[1] : never
export type PatchOf<T> = Served<T> extends { patch: infer M } ? ParametersOf<M>[1] : never

/** What every resource tells of its records; each action and step has an event of its own name besides. */
export type RecordEvent = 'created' | 'updated' | 'patched' | 'removed'
export type EventOf<T> = RecordEvent | (MethodsOf<Served<T>> & string)

interface Tests<V> {
  readonly $ne?: V
  readonly $in?: readonly V[]
  readonly $nin?: readonly V[]
  readonly $gt?: NonNullable<V>
  readonly $gte?: NonNullable<V>
  readonly $lt?: NonNullable<V>
  readonly $lte?: NonNullable<V>
  readonly $null?: boolean
  readonly $contains?: V extends readonly (infer I)[] ? I : never
}
type FieldTests<R> = { readonly [K in keyof R]?: R[K] | Tests<R[K]> }
/** A filter that has a reading in memory, which a list can be subscribed to by. */
export type Filter<R> = FieldTests<R> & {
  readonly $or?: readonly Filter<R>[]
  readonly $and?: readonly Filter<R>[]
}
type Order<R> = { readonly [K in keyof R]?: 1 | -1 }
/** What a live list shows. */
export type LiveQuery<R> = Filter<R> & {
  readonly $sort?: Order<R>
  /** Left out: all records, up to 10,000. */
  readonly $limit?: number
}
/** What a find asks for: texts may be looked for by patterns, objects by paths, and related records sorted by and included. */
export type FindQuery<R, I extends string = string> = Filter<R> & {
  readonly $sort?: Order<R> & { readonly [path: `${string}.${string}`]: 1 | -1 }
  readonly $limit?: number
  readonly $skip?: number
  readonly $select?: readonly (keyof R & string)[]
  readonly $include?: readonly I[]
  readonly $search?: string
  readonly [asked: string]: unknown
}
export interface Page<R> {
  readonly total: number
  readonly limit: number
  readonly skip: number
  readonly data: R[]
}

export interface CallOptions<Q = object> {
  readonly query?: Q
}
/** How a write may be sent: on a condition, and again. */
export interface SafeOptions extends CallOptions {
  /** The write is refused with `PRECONDITION_FAILED` where the record is another one: the `version` of a versioned record, or an `ETag`. */
  readonly ifMatch?: number | string
  /** The same call with the same key is made once, and answered as it was the first time. Take a new UUID for each call. */
  readonly idempotencyKey?: string
}
export interface WriteOptions<R> extends SafeOptions {
  /**
   * Shows the write before the server has answered; it is taken back where it fails. For an action, whose effect is not known here, the fields
   * that it will change.
   */
  readonly optimistic?: true | Partial<R>
  /** When the promise resolves: with the answer (default), or once all live lists show the write. */
  readonly until?: 'answered' | 'applied'
}

/** A record, with what is answered along with it. */
type Answered<T, I extends string, D> = [I] extends [never] ? RowOf<T> : Included<ServedAll<D>, Served<T>, I>
interface IncludeQuery<I> {
  readonly $include?: readonly I[]
  readonly [asked: string]: unknown
}

interface StandardMethods<T, D> {
  find<I extends RelationPath<Served<T>> = never>(
    options?: CallOptions<FindQuery<RowOf<T>, I>>
  ): Promise<Page<Answered<T, I, D>>>
  get<I extends RelationPath<Served<T>> = never>(
    id: IdOf<T>,
    options?: CallOptions<IncludeQuery<I>>
  ): Promise<Answered<T, I, D>>
  create(data: CreateOf<T>, options?: WriteOptions<RowOf<T>>): Promise<RowOf<T>>
  create(data: CreateOf<T>[], options?: SafeOptions): Promise<RowOf<T>[]>
  update(id: IdOf<T>, data: UpdateOf<T>, options?: WriteOptions<RowOf<T>>): Promise<RowOf<T>>
  patch(id: IdOf<T>, data: PatchOf<T>, options?: WriteOptions<RowOf<T>>): Promise<RowOf<T>>
  remove(id: IdOf<T>, options?: WriteOptions<RowOf<T>>): Promise<RowOf<T>>
}
/** A service as a client calls it: the methods of Feathers, and each action, step and report by its name. */
export type ClientService<T, D = ServiceTypes> = StandardMethods<T, D> & {
  [K in MethodsOf<Served<T>> & string]: (
    data: ParametersOf<Served<T>[K]>[0],
    options?: WriteOptions<RowOf<T>>
  ) => Promise<AnswerOf<Served<T>[K]>>
}
