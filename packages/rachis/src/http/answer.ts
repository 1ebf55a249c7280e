import { validateHeaderName, validateHeaderValue } from 'http'
import type { Context } from 'koa'
import type { Answer } from '../service/call'

type Header = readonly [name: string, values: readonly string[]]

/**
 * Headers that say how the bytes of the message are delimited. Only the server knows them: a second value would let a proxy in
 * front end the message elsewhere than the client does.
 */
const FRAMING = new Set([
  'connection', 'content-encoding', 'content-length', 'keep-alive', 'trailer', 'transfer-encoding', 'upgrade'
]) // prettier-ignore

const isText = (value: unknown): value is string | number =>
  typeof value === 'string' || typeof value === 'number'

const mistake = (what: string, cause?: unknown) =>
  new Error(`The answer's context.http has ${what}`, cause === undefined ? {} : { cause })

/** @throws Error for a name or a value that HTTP does not allow, and for a header that only the server may write */
const checkedHeader = ([name, given]: [string, unknown]): Header => {
  const values: unknown[] = Array.isArray(given) ? given : [given]
  if (FRAMING.has(name.toLowerCase())) throw mistake(`the header ${name}, which the server writes`)
  if (!values.every(isText)) throw mistake(`the header ${name}, whose value is no text`)
  const texts = values.map(String)
  try {
    validateHeaderName(name)
    for (const text of texts) validateHeaderValue(name, text)
  } catch (error) {
    throw mistake(`the header ${JSON.stringify(name)}, which HTTP does not allow`, error)
  }

  return [name, texts]
}

/** A status below 200 announces another answer, which would never come. */
const checkedStatus = (status: unknown): number => {
  if (Number.isInteger(status) && Number(status) >= 200 && Number(status) <= 599) return Number(status)
  throw mistake(`the status ${String(status)}: write a whole number from 200 to 599`)
}

const setHeader = (ctx: Context, [name, values]: Header) => {
  const lower = name.toLowerCase()
  // The server's own values of these headers stay beside those of a hook.
  if (lower === 'vary') ctx.vary(values.join(', '))
  else if (lower === 'link' && ctx.response.get(name))
    ctx.set(name, [ctx.response.get(name), ...values].join(', '))
  else if (lower === 'set-cookie') ctx.append(name, [...values])
  else ctx.set(name, values.length === 1 ? values[0]! : [...values])
}

/** An answer that HTTP allows. */
export interface CheckedAnswer {
  readonly status: number
  readonly headers: readonly Header[]
  readonly body: unknown
  /** What is to be added to `Vary`. */
  readonly vary?: string
  /** The body as JSON, where it was written already. */
  readonly text?: string
}

/** @throws {Error} for a status or a header that HTTP does not allow; the client receives a 500 with its trace id */
export const checkAnswer = ({ status, headers, body }: Answer): CheckedAnswer => ({
  status: checkedStatus(status),
  headers: Object.entries(headers)
    .filter(([, value]) => value !== undefined)
    .map(checkedHeader),
  body
})

/**
 * Writes an answer to a request. Everything is checked before anything is written, so that an error that follows carries no part
 * of an answer that was refused.
 *
 * @example writeAnswer(ctx, checkAnswer({ status: 206, headers: { ETag: '"7"' }, body: { id: 7 } }))
 */
export const writeAnswer = (ctx: Context, { status, headers, body, vary }: CheckedAnswer): void => {
  if (vary) ctx.vary(vary)
  for (const header of headers) setHeader(ctx, header)
  ctx.status = status
  ctx.body = body
  // Koa takes an empty text for a text.
  if (body === '') ctx.remove('Content-Type')
}
