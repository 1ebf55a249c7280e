import type { Context } from 'koa'
import { ApiError } from '../errors/errors'
import { isNamed, isNamedStrongly } from '../util/entity-tags'
import type { ByteRange, ByteSource } from '../util/byte-source'

/**
 * What a page of the same host must not get hold of: a document that somebody sent runs no script, asks nothing of this host and is framed by
 * nobody, whatever a browser takes it for.
 */
const POLICY = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'" // prettier-ignore

/** Types that a browser may show in place. Everything else is saved: a document of HTML or SVG would be a page of this host. */
const SHOWN = /^(image\/(?!svg)[\w.+-]+|audio\/[\w.+-]+|video\/[\w.+-]+|text\/plain)$/

const charset = (type: string): string => (type.startsWith('text/') ? `${type}; charset=utf-8` : type)

const setHeaders = (ctx: Context, { name, type }: ByteSource, etag: string): void => {
  // Sets the type by the name's ending, which nobody has checked.
  ctx.attachment(name, { type: SHOWN.test(type) ? 'inline' : 'attachment' })
  ctx.set({
    ETag: etag,
    'Accept-Ranges': 'bytes',
    'Content-Type': charset(type),
    'Content-Security-Policy': POLICY,
    // What is shown by a cookie is shown to pages of this host: an <img> of another page brings the cookie along, too.
    'Cross-Origin-Resource-Policy': ctx.headers.cookie === undefined ? 'cross-origin' : 'same-origin'
  })
  if (!ctx.response.get('Cache-Control')) ctx.set('Cache-Control', 'private, no-cache')
}

const unsatisfiable = (size: number): ApiError =>
  new ApiError('RANGE_NOT_SATISFIABLE', {
    headers: { 'Content-Range': `bytes */${size}` },
    hint: `Ask for a range of the ${size} bytes that there are`
  })

const lastBytes = (count: number, size: number): ByteRange => {
  if (count === 0 || size === 0) throw unsatisfiable(size)
  return { first: Math.max(0, size - count), last: size - 1 }
}

/**
 * One range of `Range`; undefined where the whole is answered: several ranges, another unit, or what is no range (RFC 9110, 14.2).
 *
 * @throws RANGE_NOT_SATISFIABLE
 * @example rangeOf('bytes=-2', 10) // { first: 8, last: 9 }
 */
export const rangeOf = (header: string, size: number): ByteRange | undefined => {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/i.exec(header.trim()) ?? []
  if (from === '') return to === '' ? undefined : lastBytes(Number(to), size)
  const [first, last] = [Number(from), to === '' ? Infinity : Number(to)]
  if (last < first) return undefined
  if (first >= size) throw unsatisfiable(size)

  return { first, last: Math.min(last, size - 1) }
}

/** The range that is asked for, of these very bytes: `If-Range` names those of which the client has a part (RFC 9110, 13.1.5). */
const askedRange = (ctx: Context, size: number, etag: string): ByteRange | undefined => {
  const [range, condition] = [ctx.get('Range'), ctx.get('If-Range')]
  if (!range || ctx.method !== 'GET' || (condition && condition.trim() !== etag)) return undefined

  return rangeOf(range, size)
}

const sendPart = async (ctx: Context, source: ByteSource, range: ByteRange | undefined): Promise<void> => {
  const length = range ? range.last - range.first + 1 : source.size
  const type = ctx.response.get('Content-Type')
  ctx.status = range ? 206 : 200
  if (range) ctx.set('Content-Range', `bytes ${range.first}-${range.last}/${source.size}`)
  if (ctx.method === 'HEAD') ctx.body = ''
  else ctx.body = await source.open(range)
  ctx.set('Content-Type', type)
  ctx.length = length
}

/**
 * Sends bytes, or the range of them that is asked for, as they are read; 304 to who has them.
 *
 * @throws PRECONDITION_FAILED, RANGE_NOT_SATISFIABLE
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-14
 */
export const sendBytes = async (ctx: Context, source: ByteSource): Promise<void> => {
  const etag = `"${source.sha256}"`
  const [match, noneMatch] = [ctx.get('If-Match'), ctx.get('If-None-Match')]
  if (match && !isNamedStrongly(match, etag)) throw new ApiError('PRECONDITION_FAILED')
  const isKnown = noneMatch !== '' && isNamed(noneMatch, etag)
  const range = isKnown ? undefined : askedRange(ctx, source.size, etag)
  setHeaders(ctx, source, etag)
  if (!isKnown) return sendPart(ctx, source, range)
  ctx.remove('Content-Type')
  ctx.status = 304
}
