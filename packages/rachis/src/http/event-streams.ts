import type { IncomingMessage } from 'http'
import type { Context, Middleware } from 'koa'
import type { Principal } from '../declare/declarations'
import { ApiError } from '../errors/errors'
import type { OpenStream, StreamEndpoint } from '../feed/stream'
import type { Identity } from '../rules/identity'
import type { User } from '../rules/policy'
import { EventStream } from './event-stream'

/** The path of the stream, below the prefix of the API. */
export const EVENTS_PATH = '/events'

type Query = Readonly<Record<string, unknown>>
interface Connection {
  readonly provider: 'sse'
  readonly headers: IncomingMessage['headers']
  readonly address?: string
  user?: Principal
}

export interface EventStreamOptions {
  readonly open: () => OpenStream
  readonly identity: () => Identity
  /** Reads which records a query asks for. @throws {ApiError} where it cannot be a subscription */
  readonly asks: (query: Query, user: User) => StreamEndpoint['asks']
  /** Counts a connection that is to be opened. @returns a function that counts it as closed @throws {ApiError} TOO_MANY_REQUESTS */
  readonly admit: (request: IncomingMessage, connection: Connection) => () => void
  /** Bytes that may wait for a client that does not read. */
  readonly limit: number
}

/** The header that EventSource sends when it comes back, or the parameter of a client that comes with a position of its own. */
const lastEventId = (ctx: Context): string | undefined => {
  const given = ctx.get('Last-Event-ID') || (ctx.request.query as Query).last_event_id || undefined
  if (given !== undefined && typeof given !== 'string')
    throw new ApiError('BAD_QUERY', {
      field: 'last_event_id',
      message: 'last_event_id stands in the query twice'
    })

  return given
}

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  // A cached stream would be replayed for ever, and a proxy that packs or collects it would hold events back.
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no'
}

/**
 * `GET /api/v1/events`: what happens, as server-sent events, for clients without sockets. The same events under the same rules as sockets
 * have. A client that comes back with `Last-Event-ID` is sent what it has missed.
 *
 * @throws METHOD_NOT_ALLOWED, NOT_ACCEPTABLE, BAD_QUERY, NOT_SUBSCRIBABLE, TOO_MANY_REQUESTS, and as signing in does
 */
export const eventStreams = (options: EventStreamOptions): Middleware => {
  const { open, identity, asks, admit, limit } = options

  const connect = async ({ req, feathers = {} }: Context): Promise<Connection> => {
    const { authentication, address } = feathers
    const connection: Connection = { provider: 'sse', headers: req.headers, address }
    if (authentication) await identity().connect(connection, authentication as object, feathers)

    return connection
  }

  return async (ctx, next) => {
    if (ctx.path !== EVENTS_PATH) return next()
    if (ctx.method !== 'GET') throw new ApiError('METHOD_NOT_ALLOWED', { headers: { Allow: 'GET' } })
    if (!ctx.accepts('text/event-stream'))
      throw new ApiError('NOT_ACCEPTABLE', { hint: 'Accept text/event-stream' })
    const connection = await connect(ctx)
    const after = lastEventId(ctx)
    const asked = asks(ctx.request.query as Query, connection.user ?? null)
    const leave = admit(ctx.req, connection)
    ctx.res.once('close', leave)
    ctx.status = 200
    ctx.set(HEADERS)
    ctx.respond = false
    ctx.res.flushHeaders()
    const stream = new EventStream(ctx.res, limit, asked)
    stream.begin(open()(connection, endpointOf(stream), after), after)
  }
}

/** The stream's methods bound to it, since real time copies the members of an endpoint. */
const endpointOf = (stream: EventStream): StreamEndpoint => ({
  asks: stream.asks,
  send: (packet) => stream.send(packet),
  tell: (event, data) => stream.tell(event, data),
  close: () => stream.close(),
  drained: () => stream.drained()
})
