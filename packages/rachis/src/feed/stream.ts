import type { IncomingMessage } from 'http'
import type { ConnectionEvent } from '../model/events'
import type { Asked } from '../rules/shape'
import type { Backlogs } from './backlog'
import type { Packet } from './subscriber'
import type { Find } from './subscribing'

/** What a transport does for a stream of events. */
export interface StreamEndpoint {
  /** What its client asks for; undefined for all that it may read. */
  readonly asks?: StreamAsks
  /**
   * How its client keeps a place: it is told `synced` whenever it has everything, as one that subscribes always is; or events have ids, and
   * `synced` comes only before and behind what other rights bring and take. A client that is cut in the middle of that has to read anew.
   */
  readonly keepsPlace?: 'by-synced' | 'by-ids'
  /** Whether its client signs in with its first messages: what it missed is sent by the rights that it has then. */
  readonly signsIn?: boolean
  /** Called by itself, as a function. */
  readonly send: (packet: Packet) => void
  tell(event: ConnectionEvent, data: object): void
  /** Ends the connection in a way that its client comes back from. */
  close(): void
  /** Resolves once the client has taken what it was sent. */
  drained(): Promise<void>
}

/** What a client asks for as soon as its stream opens. */
export interface StreamAsks {
  readonly asked: readonly Asked[]
  /** Whether it is told of all records of the resources that nothing is asked of. */
  readonly others: boolean
}

/** A connection that hears of changes from a place in the feed on. */
export interface Stream {
  /** The token of the place at which it was opened; undefined where the client came with a text that is no token. */
  readonly begun: string | undefined
  /**
   * The token with which a client goes on that has everything up to the change of this id. Where an earlier change is still to be sent, the
   * token is that of the place before it. Without an id it is that of the present.
   */
  token(id?: number): string
  /** The token of everything that was sent up to now; undefined while the stream is held. */
  synced(): string | undefined
  /** Resolves once the stream has been sent what it had missed, or was closed. */
  readonly caughtUp: Promise<void>
  /** Sends nothing more until `goOn`, and keeps nothing but the place: its client does not read. */
  pause(): void
  /** Sends what was missed since `pause`, from the table of changes. Resolves once all is sent, or the stream was left. */
  goOn(): Promise<void>
  /** The number of its subscriptions. */
  subscriptions(): number
  /**
   * Asks for more, with a list that is read in between: what `find` does not include is told of after `answer` was called, and nothing else.
   * Answers whether that could be done, which it cannot while the rights of the connection keep changing.
   */
  subscribe<T>(asked: Asked, find: Find<T>, answer: (found: T) => void): Promise<boolean>
  /**
   * Asks for more, of which it is sent first what was missed since a token. `answer` is called before that, with whether that follows, or
   * else `reset` of the subscription. Answers false as above.
   */
  subscribeAfter(asked: Asked, after: string, answer: (resumed: boolean) => void): Promise<boolean>
  /** Ends a subscription by its name. Records of its resource are told of by subscriptions only, until the connection ends. */
  unsubscribe(name: string): void
  leave(): void
}

/** What a transport needs to open streams of its own. */
export interface StreamEntrance {
  readonly open: () => OpenStream
  /**
   * Counts a connection that is to be opened among the sockets.
   *
   * @param connection its `user` is who is signed in
   * @returns a function that counts it as closed
   * @throws {ApiError} TOO_MANY_REQUESTS where its address or its user has too many open, UNAVAILABLE while the server starts or stops
   */
  admit(request: IncomingMessage, connection: object): () => void
  /** Bound what waits for clients that do not read. */
  readonly backlogs: Backlogs
}

/**
 * @param connection who is connected, as Feathers keeps it for a connection
 * @param after the token that the client has; undefined for one that begins now
 */
export type OpenStream = (connection: object, endpoint: StreamEndpoint, after?: string) => Stream
