import { isUtf8 } from 'buffer'
import { text as readText } from 'co-body'
import type { Context, Middleware } from 'koa'
import { ApiError, closing, orFault, repeated, tooLarge } from '../errors/errors'
import { grownCache } from '../util/grown-cache'
import { onceFor } from '../util/once-for'
import { exchangeOf, malformed, MEDIA_TYPES, UTF_8_HINT } from './media-types'
import type { MediaType } from './media-types'
import type { Route } from './route'
import { routeOf } from './route'

const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE']

const CODED = 'Pack the body as Content-Encoding names it, or leave that header out'
const WHOLE = 'Send the whole body, as long as Content-Length says'

/** Every failure here is caused by the client's bytes. Only the decompressor's errors have no status. */
export const readError = (thrown: unknown, limit: number) => {
  const { status } = thrown as { status?: number }
  if (status === undefined) return malformed('The body is not encoded as Content-Encoding says', CODED)
  if (status === 413) return tooLarge(limit)
  if (status !== 415) return malformed('The body ended before it was complete', WHOLE)

  return new ApiError('UNSUPPORTED_MEDIA_TYPE', {
    headers: { 'Accept-Encoding': 'gzip, deflate, br' },
    hint: 'Send Content-Encoding: gzip, deflate or br, or leave it out'
  })
}

/** Codings have no letter case, and `x-gzip` is `gzip` (RFC 9110, section 8.4.1); what unpacks bodies knows one spelling. */
export const normalizeEncoding = ({ req: { headers } }: Context) => {
  const encoding = headers['content-encoding']?.trim().toLowerCase()
  if (encoding !== undefined) headers['content-encoding'] = encoding === 'x-gzip' ? 'gzip' : encoding
}

const hasLength = (ctx: Context) => Number(ctx.get('Content-Length')) > 0

const hasBody = (ctx: Context) =>
  METHODS.includes(ctx.method) && (hasLength(ctx) || ctx.get('Transfer-Encoding') !== '')

/** Whether a body without a declared length ends before its first byte. A part of one that does not is read. */
const endsAtOnce = ({ req }: Context): Promise<boolean> =>
  new Promise((resolve, reject) => {
    req.once('readable', () => resolve(req.read() === null))
    req.once('end', () => resolve(true))
    req.once('error', () => reject(malformed('The body ended before it was complete', WHOLE)))
  })

/** Says what was sent and what to send. A header of a client is repeated up to a length only. */
export const unsupported = (ctx: Context, types: readonly string[]) => {
  const given = repeated(ctx.get('Content-Type'))
  const sent = given ? `, not ${given}` : ''

  return new ApiError('UNSUPPORTED_MEDIA_TYPE', {
    hint: `Send Content-Type: ${types.join(' or ')} in UTF-8${sent}`
  })
}

/** `ctx.is` of an empty list would name whatever type there is. */
const isOneOf = (ctx: Context, types: readonly string[]): boolean =>
  types.length > 0 && Boolean(ctx.is([...types]))

/** Headers whose form is kept, for each list of types, and how long they may be: clients may write any. */
const MAX_KEPT = 100
const MAX_LENGTH = 100
const keptForms = onceFor((_types: readonly string[]) => grownCache<MediaType>(MAX_KEPT))

/** The form that a body is in, of those that the operation takes. It follows from one header, which is the same with most requests. */
const formOf = (ctx: Context, types: readonly string[]): MediaType | undefined => {
  const kept = keptForms(types)
  const header = ctx.get('Content-Type')
  const known = kept.get(header)
  if (known) return known
  const form = findForm(ctx, types)
  if (form && header.length <= MAX_LENGTH) kept.set(header, form)

  return form
}

const findForm = (ctx: Context, types: readonly string[]): MediaType | undefined =>
  types
    .map((name) => MEDIA_TYPES.get(name)!)
    .find(
      ({ sentAs, notSentAs = [], charset }) =>
        ctx.is([...sentAs]) && !isOneOf(ctx, notSentAs) && charset.test(ctx.request.charset)
    )

/** @throws {ApiError} PAYLOAD_TOO_LARGE where `Content-Length` says so; nothing has been read then */
export const assertLength = (ctx: Context, limit: number) => {
  if (Number(ctx.get('Content-Length')) > limit) throw closing(tooLarge(limit))
}

/** The bytes of a body, which are measured while they are read and unpacked. */
const readWithin = async (ctx: Context, limit: number): Promise<Buffer> => {
  normalizeEncoding(ctx)
  // Without an encoding they are no text.
  const bytes: unknown = await readText(ctx.req, { limit, encoding: '' }).catch((error: unknown) => {
    throw closing(readError(error, limit))
  })

  return bytes as Buffer
}

/** @throws {ApiError} MALFORMED_BODY for bytes that are no UTF-8: they would be kept as U+FFFD */
const textOf = (bytes: Buffer): string => {
  if (!isUtf8(bytes)) throw malformed('The body is not encoded in UTF-8', UTF_8_HINT)
  const text = bytes.toString()

  return text.startsWith('\uFEFF') ? text.slice(1) : text
}

/**
 * The bytes of a body as they were sent, of whatever type.
 *
 * @throws PAYLOAD_TOO_LARGE, MALFORMED_BODY; UNSUPPORTED_MEDIA_TYPE for a body that is compressed, which would be others when unpacked
 */
export const readBytes = async (ctx: Context, limit: number): Promise<Buffer> => {
  if (!['', 'identity'].includes(ctx.get('Content-Encoding').trim().toLowerCase()))
    throw closing(
      new ApiError('UNSUPPORTED_MEDIA_TYPE', {
        headers: { 'Accept-Encoding': 'identity' },
        hint: 'Send the body without Content-Encoding'
      })
    )
  assertLength(ctx, limit)

  return hasBody(ctx) ? readWithin(ctx, limit) : Buffer.alloc(0)
}

/** What was read of the body of a request. */
export interface ReadBody {
  readonly body?: unknown
  /** Why it has no meaning. */
  readonly fault?: ApiError
}

export const readOf = ({ request }: Context): ReadBody => {
  const { body, fault } = request as ReadBody

  return fault ? { body, fault } : { body }
}

/** A text that is not in its form is told to who may call the operation; other addresses have no operation, whose rule could be asked first. */
const parsed = ({ parse }: MediaType, bytes: Buffer, { kind }: Route): ReadBody => {
  const read = () => ({ body: parse!(textOf(bytes)) })

  return kind === 'operation' ? orFault(read, {}) : read()
}

const readInto = async (ctx: Context, route: Route): Promise<void> => {
  const types = exchangeOf(route)?.consumes
  const form = types && formOf(ctx, types)
  if (types && !form) {
    if (!hasLength(ctx) && (await endsAtOnce(ctx))) return
    throw unsupported(ctx, types)
  }
  // A file of records is left to who reads it as it comes, up to a limit of its own.
  if (form && !form.parse) return
  assertLength(ctx, route.limit)
  if (form) Object.assign(ctx.request, parsed(form, await readWithin(ctx, route.limit), route))
}

/**
 * Reads the body in the forms that the operation of the route takes, and up to its limit. Another type of body is refused rather than
 * ignored; a body without a byte needs no type. A body of a path that does not exist is not read.
 *
 * @returns undefined where there is nothing to read
 * @throws UNSUPPORTED_MEDIA_TYPE, PAYLOAD_TOO_LARGE, MALFORMED_BODY
 */
export const bodyOf = (ctx: Context, route: Route): Promise<void> | undefined =>
  hasBody(ctx) ? readInto(ctx, route) : undefined

/** Reads the body before the middleware behind this runs. */
export const readBody: Middleware = (ctx, next) => {
  const route = routeOf(ctx)
  const reading = route && route.kind !== 'streamed' ? bodyOf(ctx, route) : undefined

  return reading ? reading.then(next) : next()
}

/** Bytes that Node may read and drop after an answer to use the connection again. */
const DROPPED = 65_536

/** Closes the connection of a request whose body was not read and is long: Node would read it to its end, however long. */
export const closeUnread = (ctx: Context): void => {
  const isLong = !hasLength(ctx) || Number(ctx.get('Content-Length')) > DROPPED
  if (hasBody(ctx) && isLong && !ctx.req.readableEnded) ctx.set('Connection', 'close')
}
