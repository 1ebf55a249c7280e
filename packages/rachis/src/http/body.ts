import { text as readText } from 'co-body'
import type { Context, Middleware } from 'koa'
import { jsonProblem } from '../model/json-bounds'
import { ApiError, tooLarge } from '../errors/errors'

const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE']
const TYPES = ['json', '+json']
/** JSON is UTF-8 (RFC 8259, section 8.1): in another charset letters would be kept as U+FFFD. */
const CHARSET = /^(utf-?8|us-ascii)?$/i
const OBJECT_OR_LIST = /^[ \t\r\n]*[[{]/

const malformed = (message: string) => new ApiError('MALFORMED_BODY', { message })

/** Whatever fails here fails on the client's bytes; only what unpacks them gives its errors no status. */
const readError = (thrown: unknown, limit: number) => {
  const { status } = thrown as { status?: number }
  if (status === undefined) return malformed('The body is not encoded as Content-Encoding says')
  if (status === 413) return tooLarge(limit)
  if (status !== 415) return malformed('The body ended before it was complete')

  return new ApiError('UNSUPPORTED_MEDIA_TYPE', {
    headers: { 'Accept-Encoding': 'gzip, deflate, br' },
    hint: 'Send Content-Encoding: gzip, deflate or br, or leave it out'
  })
}

const parsed = (text: string): unknown => {
  if (text === '') return {}
  const problem = jsonProblem(text)
  if (problem) throw new ApiError(problem.code, { message: `The data of the body ${problem.reason}` })
  if (!OBJECT_OR_LIST.test(text)) throw malformed('The body is not valid JSON: send an object or a list')
  try {
    return JSON.parse(text)
  } catch (error) {
    throw malformed(`The body is not valid JSON: ${(error as Error).message.slice(0, 200)}`)
  }
}

/** Codings have no letter case, and `x-gzip` is `gzip` (RFC 9110, section 8.4.1); what unpacks bodies knows one spelling. */
const normalizeEncoding = ({ req: { headers } }: Context) => {
  const encoding = headers['content-encoding']?.trim().toLowerCase()
  if (encoding !== undefined) headers['content-encoding'] = encoding === 'x-gzip' ? 'gzip' : encoding
}

const hasLength = (ctx: Context) => Number(ctx.get('Content-Length')) > 0

const hasBody = (ctx: Context) =>
  METHODS.includes(ctx.method) && (hasLength(ctx) || ctx.get('Transfer-Encoding') !== '')

/** Whether a body of which no length is told ends before its first byte. Of one that does not, a part is read. */
const endsAtOnce = ({ req }: Context): Promise<boolean> =>
  new Promise((resolve, reject) => {
    req.once('readable', () => resolve(req.read() === null))
    req.once('end', () => resolve(true))
    req.once('error', () => reject(malformed('The body ended before it was complete')))
  })

/** What was sent and what to send; a header of a client is repeated up to a length. */
const unsupported = (ctx: Context) => {
  const given = ctx.get('Content-Type').slice(0, 100)
  const sent = given ? `, not ${given}` : ''

  return new ApiError('UNSUPPORTED_MEDIA_TYPE', {
    hint: `Send Content-Type: application/json in UTF-8${sent}`
  })
}

const closing = (ctx: Context, error: ApiError) => {
  ctx.set('Connection', 'close')
  return error
}

/**
 * JSON bodies up to a limit in bytes, which is looked at in `Content-Length` before a byte is read, and while bytes are read and
 * unpacked. Another type of body is refused rather than ignored; a body without a byte needs no type.
 *
 * @param limitOf bytes that the operation of a call takes
 */
export const readBody =
  (limitOf: (ctx: Context) => number): Middleware =>
  async (ctx, next) => {
    if (!hasBody(ctx)) return next()
    if (!(ctx.is(TYPES) && CHARSET.test(ctx.request.charset))) {
      if (!hasLength(ctx) && (await endsAtOnce(ctx))) return next()
      throw unsupported(ctx)
    }
    const limit = limitOf(ctx)
    // Node would read the rest of a body that is not read, however long, to use the connection again.
    if (Number(ctx.get('Content-Length')) > limit) throw closing(ctx, tooLarge(limit))
    normalizeEncoding(ctx)
    const text = (await readText(ctx.req, { limit }).catch((error: unknown) => {
      throw closing(ctx, readError(error, limit))
    })) as string
    Object.assign(ctx.request, { body: parsed(text) })

    return next()
  }
