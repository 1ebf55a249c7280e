import type { Context, Middleware } from 'koa'
import { ApiError } from '../errors/errors'
import type { Chunk, Poll } from '../feed/polls'
import { prefixOf } from '../model/prefix'
import { badQuery, textIn } from '../model/query-parameter'
import { RATE_HEADERS } from '../util/allowance'
import type { EventStreamOptions } from './event-streams'
import { isToRead } from './read-only'

/** The path of the form that caches may keep, below the prefix of the API. */
const POLL_PATH = '/events/poll'

/** A chunk that ends before the present is the same for ever; rules may change by a deployment. */
const PAST = 'public, max-age=60, stale-while-revalidate=300'
const PRESENT = 'public, max-age=5, stale-while-revalidate=5'

/** Milliseconds of one number of `live`: an answer that said nothing new must not be found in a cache by who asks again. */
const BUCKET = 20_000
const NUMBER = /^\d{1,12}$/

type Query = Readonly<Record<string, unknown>>
type Connection = Parameters<EventStreamOptions['asks']>[1]

export interface EventPollOptions extends Pick<EventStreamOptions, 'asks' | 'admit'> {
  readonly poll: (poll: Poll) => Promise<Chunk>
}

const liveIn = (query: Query): number | undefined => {
  const text = textIn(query, 'live')
  if (text === undefined) return undefined
  if (NUMBER.test(text)) return Number(text)
  throw badQuery('live', 'live is a number, which the last answer said')
}

/** The address of what follows, with its parameters in one order: caches know an answer by it. */
const nextOf = (ctx: Context, { position, isUpToDate }: Chunk, live: number | undefined): string => {
  const query = new URLSearchParams(ctx.querystring)
  for (const name of ['after', 'live']) query.delete(name)
  query.sort()
  query.append('after', position)
  if (isUpToDate) query.append('live', String(Math.max(Math.floor(Date.now() / BUCKET), (live ?? -1) + 1)))

  return `${prefixOf(ctx.state.version as number)}${POLL_PATH}?${query.toString()}`
}

const bodyOf = ({ packets, position, isUpToDate }: Chunk, next: string) => ({
  events: packets.map(({ path, event, data, tx }) => ({
    event: `${path} ${event}`,
    data,
    ...(tx === undefined ? {} : { tx })
  })),
  position,
  next,
  up_to_date: isUpToDate
})

/** What is said of one request must not be told to others who get its answer from a cache. */
const share = (ctx: Context, cacheControl: string) => {
  ctx.state.isShared = true
  for (const name of [...RATE_HEADERS, 'X-Request-Id']) ctx.remove(name)
  ctx.set('Cache-Control', cacheControl)
  ctx.vary('Accept-Encoding')
}

const assertAccept = (ctx: Context) => {
  if (!ctx.accepts('application/json'))
    throw new ApiError('NOT_ACCEPTABLE', { hint: 'Accept application/json' })
}

/**
 * `GET /api/v1/events/poll`: what happened to what anybody may read, in chunks that a cache in front of the server may give to all who ask
 * from the same place, so that it need not know how many they are. It knows no credentials: whoever asks is told what anybody is.
 *
 * @throws METHOD_NOT_ALLOWED, NOT_ACCEPTABLE, BAD_QUERY, NOT_AUTHENTICATED for what not anybody may read, NOT_SUBSCRIBABLE, TOO_MANY_REQUESTS
 */
export const eventPolls = ({ poll, asks, admit }: EventPollOptions): Middleware => {
  const pollOf = (query: Query, connection: Connection): Poll => {
    const { after: _after, live: _live, ...question } = query
    if (question.resources === undefined) throw badQuery('resources', 'Name resources: resources=notes')
    if ('last_event_id' in question) throw badQuery('last_event_id', 'Say after in place of last_event_id')
    const { asked } = asks(question, connection)!

    return {
      asked,
      after: textIn(query, 'after'),
      waits: liveIn(query) !== undefined,
      version: connection.version
    }
  }

  return async (ctx, next) => {
    if (ctx.path !== POLL_PATH) return next()
    ctx.set('Cache-Control', 'no-store')
    if (!isToRead(ctx, ['GET'])) return
    assertAccept(ctx)
    const query = ctx.request.query as Query
    const connection: Connection = { provider: 'sse', headers: ctx.headers, version: ctx.feathers?.version }
    const asked = pollOf(query, connection)
    const leave = admit(ctx.req, connection)
    try {
      const chunk = await poll(asked)
      share(ctx, chunk.isUpToDate ? PRESENT : PAST)
      ctx.body = bodyOf(chunk, nextOf(ctx, chunk, liveIn(query)))
    } finally {
      leave()
    }
  }
}
