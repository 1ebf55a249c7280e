import type { Answered, Call } from '../calls'
import type { RachisError } from '../errors'
import type { Row } from '../live/row'

/** What arrives. */
export interface Handlers {
  change(told: Told): void
  /** A resource, or one subscription of it, has to be found anew. */
  reset(told: { readonly path: string; readonly subscription?: string; readonly reason?: string }): void
  /** Everything up to here has arrived: of these subscriptions, or of all. */
  synced(position: string | undefined, subscriptions?: ReadonlySet<string>): void
  /** The feed has passed a transaction of this connection's own. */
  applied(tx: string): void
  /** A heartbeat. A connection that is not told of its own transactions concludes from it that they are over. */
  beat(): void
  /** The token is about to end: a new one is wanted. */
  expiring(): void
  expired(): void
  lost(error: RachisError): void
}
export interface Told {
  readonly path: string
  readonly event: string
  readonly data: Row
  readonly subscription?: string
  readonly tx?: string
}

export interface SubscribeRequest {
  readonly path: string
  /** Names the shape here, where the server gives no name. */
  readonly key: string
  readonly filter: object
  /** What concerns the answer only: `$sort`, `$limit`. */
  readonly page: object
  /** A token to go on from, in place of a list. */
  readonly after?: string
}
export interface Subscribed {
  readonly subscription: string
  readonly resumed?: boolean
  readonly position?: string
  /** Not where the transport has no lists: then it has to be found. */
  readonly data?: readonly Row[]
  readonly total?: number
  readonly limit?: number
}
/** Called in the same turn in which the answer arrives: the next packet may belong to it. */
export type OnSubscribed = (error: RachisError | undefined, answer?: Subscribed) => void

/** A way to the server on which events arrive. */
export interface Transport {
  readonly kind: 'websocket' | 'sse'
  /** Goes on with another token of the same user. */
  signIn(token: string): Promise<void>
  subscribe(request: SubscribeRequest, done: OnSubscribed): void
  unsubscribe(path: string, subscription: string): void
  /** Undefined where calls go over REST. */
  readonly call?: <R>(call: Call) => Promise<Answered<R>>
  close(): void
}
