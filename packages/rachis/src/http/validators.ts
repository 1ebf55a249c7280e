import type { IncomingMessage } from 'http'
import { ApiError } from '../errors/errors'
import type { Operation } from '../model/operations'
import { EncodedText } from '../util/encoded-text'
import { isNamed, isNamedStrongly, opaqueTag } from '../util/entity-tags'
import type { CheckedAnswer } from './answer'
import { codingOf } from './compression'
import { isUnmodified, recordFacts } from './record-facts'

/** A call and its request, with the bytes from which answers are packed (0 for none). */
export interface ValidatedCall {
  readonly operation: Operation
  readonly request: IncomingMessage
  readonly threshold: number
  /** Whether its caller sent no credentials. */
  readonly isAnonymous: boolean
  /** The headers that credentials are sent in, for `Vary`. */
  readonly credentials: string
  /** Whether `Cache-Control` is set already, as for what came by a signed link: it stays. */
  readonly isCacheSet?: boolean
}

/**
 * Caches keep an answer and ask before they use it: whoever signs in next in the same browser must not be shown what somebody else was
 * answered, and a proxy must not keep what was answered to a cookie.
 */
const REVALIDATE = 'private, no-cache'

/** What is declared, by who asked. A cache that many share gives a public answer to nobody who sends credentials: `Vary` names them. */
const cacheControl = ({ operation: { cache }, isAnonymous }: ValidatedCall): string => {
  const seconds = isAnonymous ? cache?.public : cache?.private
  if (seconds === undefined) return REVALIDATE

  return `${isAnonymous ? 'public' : 'private'}, max-age=${seconds}`
}

/** Of a declared read each answer varies, whoever asked: a cache asks before it knows which of them it has. */
const varied = ({ operation: { cache }, credentials }: ValidatedCall) =>
  credentials && (cache?.public !== undefined || cache?.private !== undefined) ? { vary: credentials } : {}

const isRead = ({ operation: { effect }, request: { method } }: ValidatedCall) =>
  effect === 'read' && (method === 'GET' || method === 'HEAD')

/**
 * The record as it was written. A PUT has none: its validator would say that the body of the request was stored as it was sent (RFC 9110,
 * 9.3.4), and the server adds times and defaults to it.
 */
const isWritten = ({ operation, request: { method } }: ValidatedCall) =>
  operation.effect === 'write' && operation.answers === 'record' && (method === 'POST' || method === 'PATCH')

/** JSON that is sent as it is; a hook may have answered anything else, or its own validator. */
const isPlain = ({ status, headers, body }: CheckedAnswer): boolean =>
  (status === 200 || status === 201) &&
  typeof body === 'object' &&
  body !== null &&
  [Object.prototype, Array.prototype, null].includes(Object.getPrototypeOf(body) as null) &&
  headers.every(([name]) => name.toLowerCase() !== 'etag')

/** Of an answer: what stands between the quotes, and the whole tag. */
interface Tag {
  readonly quoted: string
  readonly etag: string
}

/** Strong for one record, and weak for a list, whose records may come in another order the next time. */
const tagOf = (
  { operation, request, threshold }: ValidatedCall,
  { text, digest }: EncodedText,
  version?: string
): Tag => {
  const isStrong = operation.answers === 'record'
  const coding = isStrong ? codingOf(request, text, threshold) : undefined
  const quoted = `"${opaqueTag({ digest, version, coding })}"`

  return { quoted, etag: isStrong ? quoted : `W/${quoted}` }
}

/** @throws PRECONDITION_FAILED where the client asks for a representation that this is not: RFC 9110, 13.1.1 */
const assertMatch = ({ request: { headers } }: ValidatedCall, { etag }: Tag): void => {
  const given = headers['if-match']
  if (given !== undefined && !isNamedStrongly(given, etag)) throw new ApiError('PRECONDITION_FAILED')
}

/**
 * `If-Modified-Since` is asked only where there is no `If-None-Match`: RFC 9110, 13.2.2. A read with one that is no list of tags is answered
 * in full, where a write would be refused.
 */
const isNotModified = (
  { request: { headers } }: ValidatedCall,
  { quoted }: Tag,
  modified?: Date
): boolean => {
  const given = headers['if-none-match']
  if (given !== undefined) return isNamed(given, quoted)

  return modified !== undefined && isUnmodified(modified, headers['if-modified-since'])
}

/**
 * An answer to a read whose JSON is `text`, with its validators. It is made from the text before it is packed, which holds what this
 * caller may read and nothing else, and of a record that counts its changes from their number. A client that has the answer already is told
 * so (304), with the headers that it would have had.
 *
 * @example
 * const read = { operation: getTask, request, threshold: 2048, isAnonymous: false, credentials: 'Authorization' }
 * validatedText(read, { status: 200, headers: [], body: undefined, text: '{"id":7}' }).headers
 * // [['ETag', ['"u1…"']], ['Cache-Control', ['private, no-cache']]]
 * @param encoded the text, where its bytes are needed elsewhere as well
 * @throws PRECONDITION_FAILED
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-13
 */
export const validatedText = (
  read: ValidatedCall,
  answer: CheckedAnswer & { readonly text: string },
  encoded = new EncodedText(answer.text)
): CheckedAnswer => {
  const { version, modified } = recordFacts(read.operation, answer)
  const tag = tagOf(read, encoded, version)
  assertMatch(read, tag)
  const isCached = read.isCacheSet || answer.headers.some(([name]) => name.toLowerCase() === 'cache-control')
  const headers: CheckedAnswer['headers'] = [
    ...answer.headers,
    ['ETag', [tag.etag]],
    ...(modified === undefined ? [] : [['Last-Modified', [modified.toUTCString()]] as const]),
    ...(isCached ? [] : [['Cache-Control', [cacheControl(read)]] as const])
  ]

  return isNotModified(read, tag, modified)
    ? { status: 304, headers, body: null, ...varied(read) }
    : { ...answer, headers, ...varied(read) }
} // prettier-ignore

/** The answer of a write with the validator that a read of the record would have. */
const validatedWrite = (call: ValidatedCall, answer: CheckedAnswer): CheckedAnswer => {
  const text = JSON.stringify(answer.body)
  const { version } = recordFacts(call.operation, answer)
  const { etag } = tagOf(call, new EncodedText(text), version)

  return { ...answer, text, headers: [...answer.headers, ['ETag', [etag]]] }
}

/**
 * The answer of a call with its validators, as `validatedText` gives them; what is no record and no read, no JSON or has a validator of a
 * hook as it is.
 *
 * @example validated({ operation: removeTask, request, threshold: 2048 }, answer) // the same answer: there is no record any more
 * @throws PRECONDITION_FAILED
 */
export const validated = (call: ValidatedCall, answer: CheckedAnswer): CheckedAnswer => {
  if (!isPlain(answer)) return answer
  if (isRead(call)) return validatedText(call, { ...answer, text: JSON.stringify(answer.body) })

  return isWritten(call) && !Array.isArray(answer.body) ? validatedWrite(call, answer) : answer
}
