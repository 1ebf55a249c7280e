import type { Context } from 'koa'
import type { Caller, TextAnswer } from '../service/call'
import { RATE_HEADERS } from '../util/allowance'
import { EncodedText } from '../util/encoded-text'
import type { CheckedAnswer } from './answer'
import { packed } from './compression'
import { setRates } from './rates'
import type { HeaderList } from './security-headers'
import { SECURITY_HEADERS } from './security-headers'
import type { ValidatedCall } from './validators'
import { validatedText } from './validators'

export type TracedCaller = Caller & { readonly trace_id: string }

export type Exchange = Pick<Context, 'req' | 'res'>

/** What the stages of the whole chain set of every answer to a plain request, in their order, behind the trace id. */
const VARY = 'Origin, Accept, Accept-Encoding'
const COMMON: HeaderList = [...SECURITY_HEADERS, ['Vary', VARY]]
const FLAT: readonly string[] = COMMON.flat()
const FLAT_SECURITY: readonly string[] = SECURITY_HEADERS.flat()
/** A header of these from a hook has to be joined with, or put in place of, one that is there. */
const OWN = new Set(
  [
    ...COMMON.map(([name]) => name),
    ...RATE_HEADERS,
    'X-Request-Id',
    'Content-Type',
    'Content-Length',
    'Set-Cookie'
  ].map((name) => name.toLowerCase())
)
const EMPTY = [204, 205, 304]
const NONE: readonly string[] = []

const isPlainObject = (body: unknown): boolean => {
  if (typeof body !== 'object' || body === null) return false
  const prototype: unknown = Object.getPrototypeOf(body)

  return prototype === Object.prototype || prototype === null || Array.isArray(body)
}

/** JSON with headers that stand beside the common ones. */
const isPlainAnswer = ({ status, headers, body }: CheckedAnswer): boolean =>
  isPlainObject(body) &&
  !EMPTY.includes(status) &&
  headers.every(([name, values]) => values.length === 1 && !OWN.has(name.toLowerCase()))

/** All headers at once, and the text behind them: Koa would set one header after the other. */
const writeText = (
  { res }: Exchange,
  { trace_id, allowance }: TracedCaller,
  { status, headers, vary }: CheckedAnswer,
  body: string | Buffer,
  coding?: string
) => {
  const own = headers.flatMap(([name, [value]]) => [name, value!])
  const length = String(Buffer.byteLength(body))
  const type = 'application/json; charset=utf-8'
  const rates = allowance?.headers() ?? NONE
  const packing = coding === undefined ? NONE : ['Content-Encoding', coding]
  const common = vary ? [...FLAT_SECURITY, 'Vary', `${VARY}, ${vary}`] : FLAT
  res.writeHead(status, [
    ...['X-Request-Id', trace_id, ...common, ...rates, ...own, ...packing, 'Content-Type', type, 'Content-Length', length]
  ]) // prettier-ignore
  res.end(body)
}

/** An answer whose body is JSON already. */
const writePacked = (
  exchange: Exchange,
  caller: TracedCaller,
  answer: CheckedAnswer,
  encoded: EncodedText,
  threshold: number
) => {
  const etag = answer.headers.find(([name]) => name === 'ETag')?.[1][0]
  const packing = packed(exchange.req, encoded.text, { etag, threshold })
  if (!packing) return writeText(exchange, caller, answer, encoded.body)

  return packing.then(({ bytes, coding }) => writeText(exchange, caller, answer, bytes, coding))
}

const writeJson = (exchange: Exchange, caller: TracedCaller, answer: CheckedAnswer, threshold: number) =>
  writePacked(
    exchange,
    caller,
    answer,
    new EncodedText(answer.text ?? JSON.stringify(answer.body)),
    threshold
  )

/** As the whole chain has set them when an answer is written, or an error. */
export const setCommon = (ctx: Context, { trace_id, allowance }: TracedCaller) => {
  ctx.set('X-Request-Id', trace_id)
  for (const [name, value] of COMMON) ctx.set(name, value)
  setRates(ctx, allowance)
}

/**
 * Writes an answer.
 *
 * @returns the answer where Koa has to write it: one that is no JSON, or has a header of which there is another value already
 */
export const write = (
  exchange: Exchange,
  caller: TracedCaller,
  answer: CheckedAnswer,
  threshold: number
): Promise<void> | void | CheckedAnswer =>
  isPlainAnswer(answer) ? writeJson(exchange, caller, answer, threshold) : answer

export const writeRead = (
  exchange: Exchange,
  caller: TracedCaller,
  { position, text, link, cacheStatus, encoded = new EncodedText(text) }: TextAnswer,
  request: ValidatedCall
) => {
  const known: (readonly [string, readonly string[]])[] = [['X-Rachis-Position', [position]]]
  if (link !== undefined) known.push(['Link', [link]])
  if (cacheStatus !== undefined) known.push(['Cache-Status', [cacheStatus]])
  const answer = validatedText(request, { status: 200, headers: known, body: undefined, text }, encoded)
  if (answer.status === 304) return write(exchange, caller, answer, request.threshold)

  return writePacked(exchange, caller, answer, encoded, request.threshold)
}
