import type { IncomingMessage } from 'http'
import type { GraphQLError } from 'graphql'
import type { Application } from '../declare/declarations'
import type { Caller, Given } from '../service/call'
import type { Completion } from './completions'

/** Who asks, and how their document reaches the one call path: the context of its resolvers. */
export interface GraphqlContext {
  readonly app: Application
  readonly caller: Caller
  /** The request of HTTP, or the one that opened the socket. */
  readonly request: IncomingMessage
  /** Of the request, or of what opened the connection. */
  readonly headers: Given['headers'] & object
  /** The key of idempotency of a field that is called under this name; undefined where the request has none. */
  readonly keyFor: (name: string) => string | undefined
  /** Completes what a field of the execution schema answers. */
  readonly completion: Completion
  /** The errors of values that it made null. */
  readonly faults: GraphQLError[]
}

/** Headers that are about the request as a whole, or about answers that HTTP knows: no single call of a document is meant by them. */
const OF_REQUEST = ['if-match', 'if-none-match', 'if-modified-since', 'idempotency-key', 'prefer', 'accept', 'content-type', 'content-length'] // prettier-ignore

/** The headers of a request that its calls are given. */
export const callHeaders = (headers: Given['headers'] & object): Given['headers'] & object =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_REQUEST.includes(name)))

/**
 * The keys of a document's mutations. The only one has the key of the request, so that it is the same call as on REST; of several each has
 * one of its own, by the name that it is answered under.
 */
export const keysOf =
  (key: string | undefined, mutations: number): GraphqlContext['keyFor'] =>
  (name) =>
    key === undefined || mutations <= 1 ? key : `${key}.${name}`
