import type { ConnectionEvent } from '../model/events'
import type { User } from '../rules/policy'
import type { Filter, Packet } from './subscriber'

/** What a subscription asks for of one resource, by who asks. */
export type Matcher = (user: User) => Filter

/** What a transport does for a stream of events. */
export interface StreamEndpoint {
  /** By the names of resources; undefined for all that the subscriber may read. */
  readonly asks?: ReadonlyMap<string, Matcher>
  send(packet: Packet): void
  tell(event: ConnectionEvent, data: object): void
  /** Ends the connection in a way that its client comes back from. */
  close(): void
  /** Resolves once the client has taken what it was sent. */
  drained(): Promise<void>
}

/** A connection that hears of changes from a place in the feed on. */
export interface Stream {
  /** The token of the place at which it was opened. */
  readonly begun: string
  /**
   * The token with which a client goes on that has everything up to the change of this id. Where an earlier change is still to be sent, the
   * token is that of the place before it.
   */
  token(id: number): string
  /** The token of everything that was sent up to now; undefined while the stream is held. */
  synced(): string | undefined
  /** Resolves once the stream has been sent what it had missed, or was closed. */
  readonly caughtUp: Promise<void>
  leave(): void
}

/**
 * @param connection who is connected, as Feathers keeps it for a connection
 * @param after the token that the client has; undefined for one that begins now
 */
export type OpenStream = (connection: object, endpoint: StreamEndpoint, after?: string) => Stream
