import type { IncomingMessage } from 'http'
import { promisify } from 'util'
import type { Transform } from 'stream'
import { brotliCompress, constants, createBrotliCompress, createGzip, gzip } from 'zlib'
import type { Context, Middleware } from 'koa'

// More than this costs several times as much and saves a few percent.
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }
const GZIP = { level: 6 }

const CODINGS = {
  br: (text: string | Buffer) => promisify(brotliCompress)(text, BROTLI),
  gzip: (text: string | Buffer) => promisify(gzip)(text, GZIP)
}

/** Packs what is sent again and again, such as a file of a page. */
export const packBytes = (coding: Coding, bytes: Buffer): Promise<Buffer> => CODINGS[coding](bytes)

/** Packs what passes through. */
export const packer = (coding: Coding): Transform =>
  coding === 'br' ? createBrotliCompress(BROTLI) : createGzip(GZIP)

export type Coding = keyof typeof CODINGS

/** The weight that a client gives to a coding (RFC 9110, section 12.5.3); 0 where it takes none of it. */
const weightOf = (header: string, coding: Coding): number => {
  const ranges = header
    .toLowerCase()
    .split(',')
    .map((range) => range.split(';').map((part) => part.trim()))
  const range = ranges.find(([name]) => name === coding) ?? ranges.find(([name]) => name === '*')
  if (!range) return 0
  const weight = range.find((part) => part.startsWith('q='))?.slice(2)

  return weight === undefined ? 1 : Number(weight) || 0
}

/**
 * The coding that an answer is to be packed by; undefined for none. A request that brings cookies is answered as it is: a page of
 * another origin can have browsers send such requests, with texts of its own in them, and guess at what else is in the answer by its
 * length (BREACH).
 */
export const codingFor = ({ headers }: IncomingMessage): Coding | undefined => {
  const accepted = headers['accept-encoding']
  if (accepted === undefined || headers.cookie !== undefined) return undefined
  const [br, gz] = [weightOf(accepted, 'br'), weightOf(accepted, 'gzip')]
  if (br === 0 && gz === 0) return undefined

  return br >= gz ? 'br' : 'gzip'
}

/** Two codings of one answer have two strong validators. One that a hook has set names the answer as it is. */
const namesAnother = (etag: unknown, coding: Coding) =>
  typeof etag === 'string' && !etag.startsWith('W/') && !etag.endsWith(`.${coding}"`)

/** The coding by which `packed` packs an answer; undefined where it is sent as it is. */
export const codingOf = (request: IncomingMessage, text: string, threshold: number): Coding | undefined =>
  threshold !== 0 && text.length >= threshold ? codingFor(request) : undefined

/**
 * Packs the text of an answer where its client takes that and it is long enough to be worth it.
 *
 * @param etag the validator of the answer
 * @param threshold the bytes from which answers are packed; 0 for none
 * @returns undefined where it is sent as it is
 */
export const packed = (
  request: IncomingMessage,
  text: string,
  { etag, threshold }: { etag?: unknown; threshold: number }
): Promise<{ coding: Coding; bytes: Buffer }> | undefined => {
  const coding = codingOf(request, text, threshold)
  if (coding === undefined || namesAnother(etag, coding)) return undefined

  return CODINGS[coding](text).then((bytes) => ({ coding, bytes }))
}

const isData = (body: unknown): body is object =>
  typeof body === 'object' && body !== null && [Object.prototype, Array.prototype, null].includes(Object.getPrototypeOf(body) as object | null) // prettier-ignore

/** The text of an answer of data, also where a module has written it already as JSON; undefined for any other answer. */
const textOf = (ctx: Context): string | undefined => {
  if (isData(ctx.body)) return JSON.stringify(ctx.body)

  return typeof ctx.body === 'string' && /\bjson$/.test(ctx.response.type) ? ctx.body : undefined
}

/**
 * Packs answers of data, also those to HEAD, whose headers are those of GET (RFC 9110, section 9.3.2). Streams of events are not touched: what is
 * collected for packing would arrive late.
 */
export const packAnswers =
  (threshold: number): Middleware =>
  async (ctx: Context, next) => {
    await next()
    if (ctx.respond === false) return
    const text = textOf(ctx)
    if (text === undefined) return
    const { etag } = ctx.response.headers
    const result = await packed(ctx.req, text, { etag, threshold })
    if (!result) return
    const { type } = ctx.response
    ctx.body = result.bytes
    ctx.type = type
    ctx.set('Content-Encoding', result.coding)
  }
