/** A method of a service, with what it is given. */
export interface Call {
  readonly path: string
  readonly method: string
  readonly id?: number | string
  readonly data?: unknown
  readonly query?: object
  /** What the record must be for a write to be made: its version, or its `ETag`. */
  readonly ifMatch?: number | string
  /** A write that is sent again with the same key is made once. */
  readonly idempotencyKey?: string
}
/** An answer. `tx` names the transaction of a write; undefined where nothing was written, or where the transport does not say. */
export interface Answered<R = unknown> {
  readonly result: R
  readonly tx?: string
  /** A place in the feed at which the result is true. */
  readonly position?: string
}

/** What a method takes besides id and data, as the params of Feathers' clients. */
export interface Params extends Pick<Call, 'query' | 'ifMatch' | 'idempotencyKey'> {}

/** Which of the six methods of Feathers take an id, and which data. Every other method takes data. */
const TAKES: Readonly<Record<string, { readonly id?: true; readonly data?: true }>> = {
  find: {},
  get: { id: true },
  create: { data: true },
  update: { id: true, data: true },
  patch: { id: true, data: true },
  remove: { id: true }
}
export const STANDARD = Object.keys(TAKES)

const takenBy = (method: string) => TAKES[method] ?? { data: true }

/**
 * Reads the arguments of a service's method, in the order of Feathers' clients.
 *
 * @example toCall('tasks', 'patch', [7, { title: 'x' }, { query: { $select: ['id'] } }])
 * // { path: 'tasks', method: 'patch', id: 7, data: { title: 'x' }, query: { $select: ['id'] } }
 */
export const toCall = (path: string, method: string, args: readonly unknown[]): Call => {
  const rest = [...args]
  const takes = takenBy(method)
  const given = {
    ...(takes.id ? { id: rest.shift() as number } : {}),
    ...(takes.data ? { data: rest.shift() ?? {} } : {})
  }
  const { query, ifMatch, idempotencyKey } = (rest.shift() as Params | undefined) ?? {}

  return { path, method, ...given, query, ...(ifMatch === undefined ? {} : { ifMatch }), ...(idempotencyKey === undefined ? {} : { idempotencyKey }) }
} // prettier-ignore

/** What a request says in a header, a packet says in its query. */
const askedBy = ({ query, ifMatch, idempotencyKey }: Call): object => ({
  ...query,
  ...(ifMatch === undefined ? {} : { $if_match: ifMatch }),
  ...(idempotencyKey === undefined ? {} : { $idempotency_key: idempotencyKey })
})

/**
 * The arguments of a packet that calls it.
 *
 * @example packetOf({ path: 'tasks', method: 'get', id: 7 }) // ['get', 'tasks', 7, {}]
 */
export const packetOf = (call: Call): unknown[] => {
  const { path, method, id, data } = call
  const takes = takenBy(method)
  return [method, path, ...(takes.id ? [id] : []), ...(takes.data ? [data] : []), askedBy(call)]
}
