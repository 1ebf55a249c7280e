import type { IncomingMessage } from 'http'
import { request as requestHttp } from 'http'
import { request as requestHttps } from 'https'
import type { Resolve } from './lookup'
import { checkedLookup } from './lookup'
import type { Reach } from './target'
import { targetProblem } from './target'

/** Bytes of an answer that are read. */
const MAX_ANSWER = 4096
/** Bytes of the headers of an answer. */
const MAX_HEADERS = 16_384

export interface Request {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly reach: Reach
  /** Ends the request, whatever it waits for. */
  readonly signal: AbortSignal
  readonly resolve?: Resolve
}

export interface Response {
  readonly status: number
  /** The beginning of the answer, without NUL, which PostgreSQL does not keep in a text. */
  readonly body: string
  /** Seconds after which the receiver asks to be called again. */
  readonly retry_after?: number
}

/** Reads the beginning of an answer. What comes behind it is not waited for. */
const beginningOf = async (response: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    size += chunk.length
    if (size >= MAX_ANSWER) break
  }

  return Buffer.concat(chunks).subarray(0, MAX_ANSWER).toString('utf8').replaceAll('\0', '\ufffd')
}

const retryAfterOf = ({
  headers: { 'retry-after': text = '' }
}: IncomingMessage): { retry_after?: number } => {
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000

  return seconds > 0 ? { retry_after: seconds } : {}
}

const assertTarget = (url: string, reach: Reach) => {
  const problem = targetProblem(url, reach)
  // An address in place of a name is not looked up, so `lookup` is not asked about it.
  if (problem) throw new Error(`The URL ${problem}`)
}

/**
 * Sends a body by POST over a connection of its own, to an address that was checked. No redirect is followed and no proxy is used.
 *
 * @throws {Error} where there is no answer: forbidden, unreachable, not trusted, broken off, or too slow
 * @example (await post({ url: 'https://example.com/hooks', headers, body, reach, signal })).status // 204
 */
export const post = async ({ url, headers, body, reach, signal, resolve }: Request): Promise<Response> => {
  assertTarget(url, reach)
  const target = new URL(url)
  const begin = target.protocol === 'https:' ? requestHttps : requestHttp
  const lookup = checkedLookup(reach.allowed, resolve)
  const sent = begin(target, { method: 'POST', headers, agent: false, lookup, signal, maxHeaderSize: MAX_HEADERS }) // prettier-ignore
  try {
    const response = await new Promise<IncomingMessage>((fulfil, reject) => {
      sent.once('response', fulfil)
      // Without a listener of its own, an answer that changes the protocol would be waited for until the end.
      sent.once('upgrade', () => reject(new Error('The receiver answers in another protocol')))
      sent.on('error', reject)
      sent.once('close', () => reject(new Error('The connection was closed without an answer')))
      sent.end(body)
    })

    return { status: response.statusCode!, body: await beginningOf(response), ...retryAfterOf(response) }
  } finally {
    sent.destroy()
  }
}
