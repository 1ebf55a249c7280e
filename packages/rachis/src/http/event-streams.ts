import type { IncomingMessage } from 'http'
import type { Context, Middleware } from 'koa'
import type { Principal } from '../declare/declarations'
import { ApiError } from '../errors/errors'
import type { StreamEndpoint, StreamEntrance } from '../feed/stream'
import { textIn } from '../model/query-parameter'
import type { Credential, Identity } from '../rules/identity'
import { EVENT_STREAM_HEADERS } from '../util/server-sent-events'
import { EventStream } from './event-stream'
import { isToRead } from './read-only'

/** The path of the stream, below the prefix of the API. */
const EVENTS_PATH = '/events'

type Query = Readonly<Record<string, unknown>>
interface Connection {
  readonly provider: 'sse'
  readonly headers: IncomingMessage['headers']
  readonly address?: string
  user?: Principal
  /** The version of the API that the stream is of; undefined where there is one only. */
  readonly version?: number
}

export interface EventStreamOptions extends StreamEntrance {
  readonly identity: () => Identity
  /** Reads which records a query asks for. @throws {ApiError} where it cannot be a subscription */
  readonly asks: (query: Query, connection: Connection) => StreamEndpoint['asks']
}

/** An empty parameter says nothing. */
const givenIn = (ctx: Context, name: string): string | undefined =>
  textIn(ctx.request.query as Query, name) || undefined

/** The header that EventSource sends when it comes back, or the parameter of a client that comes with a position of its own. */
const lastEventId = (ctx: Context): string | undefined =>
  ctx.get('Last-Event-ID') || givenIn(ctx, 'last_event_id')

/** The credential of a ticket, which is used up; undefined where the request has none. @throws as redeeming does */
const redeemed = async (ctx: Context, identity: Identity): Promise<Credential | undefined> => {
  const ticket = identity.redeemTicket && givenIn(ctx, 'ticket')

  return ticket === undefined ? undefined : identity.redeemTicket!(ticket, ctx.req)
}

/** What the query asks for. Without a module that redeems tickets one is as unknown as any other parameter. */
const questionOf = (ctx: Context, identity: Identity): Query => {
  const { ticket: _ticket, ...rest } = ctx.request.query as Query

  return identity.redeemTicket ? rest : (ctx.request.query as Query)
}

/**
 * `GET /api/v1/events`: what happens, as server-sent events, for clients without sockets. The same events under the same rules as sockets
 * have. A client that comes back with `Last-Event-ID` is sent what it has missed.
 *
 * @throws METHOD_NOT_ALLOWED, NOT_ACCEPTABLE, BAD_QUERY, NOT_SUBSCRIBABLE, TOO_MANY_REQUESTS, and as signing in does
 */
export const eventStreams = (options: EventStreamOptions): Middleware => {
  const { open, identity, asks, backlogs } = options

  const connect = async (ctx: Context): Promise<Connection> => {
    const { req, feathers = {} } = ctx
    const credential =
      (await redeemed(ctx, identity())) ?? (feathers.authentication as Credential | undefined)
    const connection: Connection = {
      provider: 'sse',
      headers: req.headers,
      address: feathers.address,
      version: feathers.version
    }
    if (credential) await identity().connect(connection, credential, feathers)

    return connection
  }

  return async (ctx, next) => {
    if (ctx.path !== EVENTS_PATH) return next()
    if (!isToRead(ctx, ['GET'])) return
    if (!ctx.accepts('text/event-stream'))
      throw new ApiError('NOT_ACCEPTABLE', { hint: 'Accept text/event-stream' })
    const connection = await connect(ctx)
    const after = lastEventId(ctx)
    const asked = asks(questionOf(ctx, identity()), connection)
    // A client that has gone meanwhile closes its response no more: it would be counted, and told of changes, for ever.
    if (ctx.res.destroyed) return void (ctx.respond = false)
    const leave = options.admit(ctx.req, connection)
    ctx.res.once('close', leave)
    ctx.status = 200
    ctx.set(EVENT_STREAM_HEADERS)
    ctx.respond = false
    ctx.res.flushHeaders()
    const stream = new EventStream(ctx.res, backlogs, asked)
    stream.begin(open()(connection, endpointOf(stream), after), after)
  }
}

/** The stream's methods bound to it, since real time copies the members of an endpoint. */
const endpointOf = (stream: EventStream): StreamEndpoint => ({
  asks: stream.asks,
  keepsPlace: 'by-ids',
  send: (packet) => stream.send(packet),
  tell: (event, data) => stream.tell(event, data),
  close: () => stream.close(),
  drained: () => stream.drained()
})
