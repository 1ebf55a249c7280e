import { randomUUID } from 'crypto'
import type { IncomingMessage } from 'http'
import type { Context, Middleware } from 'koa'
import qs from 'qs'
import { QUERY_BOUNDS } from '../util/query-bounds'
import { ApiError, toApiError } from '../errors/errors'
import type { FailureLog } from '../util/failure-log'
import { writeError } from './accept'
import { closeUnread } from './body'
import { addressOf } from '../util/address'

const TRACE_ID = /^[\w.:-]{1,128}$/

const TRACEPARENT = /^[\da-f]{2}-(?!0{32})([\da-f]{32})-[\da-f]{16}-[\da-f]{2}/

/**
 * The client's own trace id where it is harmless, else that of the trace which its request is a part of, else a new one.
 *
 * @see https://www.w3.org/TR/trace-context/
 */
export const traceIdOf = ({ headers }: IncomingMessage): string => {
  const given = headers['x-request-id']
  if (typeof given === 'string' && TRACE_ID.test(given)) return given
  const { traceparent } = headers

  return (typeof traceparent === 'string' && TRACEPARENT.exec(traceparent)?.[1]) || randomUUID()
}

/** Answers with the error object; logs nothing. */
export const sendError = (ctx: Context, error: ApiError): void => {
  error.trace_id ??= ctx.feathers?.trace_id
  ctx.status = error.code
  // Some caches keep a 404 by themselves, and would give it to who may read what is there.
  ctx.set({ 'Cache-Control': 'no-store', ...error.payload.headers })
  closeUnread(ctx)
  writeError(ctx, error)
}

/** The path as it was sent: the middlewares below take its prefix off. */
const pathOf = ({ originalUrl }: Context) => originalUrl.split('?', 1)[0]!

/** Answers a request whose handling threw something. */
export type AnswerFailure = (ctx: Context, thrown: unknown) => void

/** An unforeseen failure is logged with its trace id, and its message is not sent. */
export const answerFailure =
  (
    logFailure: FailureLog,
    pathHint: (path: string) => string | undefined,
    advise: (error: ApiError) => ApiError
  ): AnswerFailure =>
  (ctx, thrown) => {
    const error = toApiError(thrown)
    const hint = () => pathHint(pathOf(ctx))
    // `/tasks/serch` names a record for the router; a misspelt report was meant.
    if (['NOT_FOUND', 'NO_SUCH_PATH'].includes(error.errorCode)) error.payload.hint ??= hint()
    if (error.code >= 500) logFailure(error, { trace_id: ctx.feathers?.trace_id, path: ctx.path })
    sendError(ctx, advise(error))
  }

/** Outermost: every failure below becomes the error object. */
export const answerErrors =
  (answer: AnswerFailure): Middleware =>
  async (ctx, next) => {
    const trace_id = traceIdOf(ctx.req)
    ctx.set('X-Request-Id', trace_id)
    ctx.feathers = { ...ctx.feathers, trace_id }
    try {
      await next()
      if (ctx.status === 404 && (ctx.body === undefined || ctx.body === null))
        throw new ApiError('NO_SUCH_PATH')
    } catch (thrown) {
      answer(ctx, thrown)
    }
  }

const UNRESERVED = /[\w.~-]/

/**
 * Decodes the letters, digits and `-._~` of a path that are percent-encoded: RFC 3986 (section 6.2.2.2) calls both spellings
 * one address, so both have to find the same route, under the same rules. What is encoded for a reason, such as `%2F`, stays.
 *
 * @example // /api/v1/%74asks → /api/v1/tasks
 */
export const normalizePath: Middleware = (ctx, next) => {
  ctx.path = ctx.path.replace(/%[\da-f]{2}/gi, (encoded) => {
    const character = String.fromCharCode(parseInt(encoded.slice(1), 16))
    return UNRESERVED.test(character) ? character : encoded
  })

  return next()
}

/** `params.address`: where the call came from. */
export const setAddress =
  (proxies: number): Middleware =>
  (ctx, next) => {
    ctx.feathers = { ...ctx.feathers, address: addressOf(ctx.req, proxies) }

    return next()
  }

const QUERY_OPTIONS: qs.IParseOptions = {
  arrayLimit: QUERY_BOUNDS.parameters, depth: QUERY_BOUNDS.depth, parameterLimit: QUERY_BOUNDS.parameters, strictDepth: true, throwOnLimitExceeded: true, plainObjects: true
} as qs.IParseOptions // prettier-ignore

/** qs takes what cannot be decoded as it stands; then `%ff` would be looked for, and not what was meant. */
const decodedQuery = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new ApiError('BAD_QUERY', { message: 'The query is not encoded as RFC 3986 says' })
  }
}

/** Where qs ends the key of a parameter: `a[b=c]=d` has the key `a[b=c]`. */
const keyOf = (parameter: string): string => {
  const bracket = parameter.indexOf(']=')
  const end = bracket === -1 ? parameter.indexOf('=') : bracket + 1

  return end === -1 ? parameter : parameter.slice(0, end)
}

/** As a value it is a text like any other, which somebody may search for; as a key qs would drop it without a word. */
const namesPrototype = (text: string) =>
  text
    .split('&')
    .some((parameter) => decodedQuery(keyOf(parameter.replace(/%5D=/gi, ']='))).includes('__proto__'))

/** qs would drop its value without a word: a list that was meant to be filtered would be the whole one. */
const hasNameless = (text: string) => text.split('&').some((parameter) => parameter.startsWith('='))

/**
 * The query string of a URL, without its `?`, as nested objects.
 *
 * @throws BAD_QUERY
 */
export const parseQueryString = (text: string): Record<string, unknown> => {
  if (text === '') return {}
  decodedQuery(text)
  if (namesPrototype(text)) throw new ApiError('BAD_QUERY', { field: '__proto__' })
  if (hasNameless(text)) throw new ApiError('BAD_QUERY', { message: 'A parameter of the query has no name' })
  try {
    return { ...qs.parse(text, QUERY_OPTIONS) }
  } catch (error) {
    if (error instanceof RangeError)
      throw new ApiError('BAD_QUERY', { message: 'The query has too many parameters or nests too deep' })
    throw error
  }
}

/** The query string by one grammar. Koa's own cuts lists of more than twenty values, silently. */
export const readQuery: Middleware = (ctx, next) => {
  const query = parseQueryString(ctx.querystring)
  Object.defineProperty(ctx.request, 'query', { value: query, configurable: true, writable: true })

  return next()
}
