import type { IncomingMessage } from 'http'
import { createHandler, parseRequestParams } from 'graphql-http'
import type { Request, Response } from 'graphql-http'
import type { ExecutionResult } from 'graphql'
import type { Context, Middleware } from 'koa'
import { ApiError, toApiError } from '../errors/errors'
import type { ErrorCode } from '../errors/errors'
import { isObject } from '../util/is-object'
import type { Caller } from '../service/call'
import type { GraphqlCaller, GraphqlEngine } from './engine'
import { errors } from './errors'

export const callerOf = ({ feathers, req }: Context): GraphqlCaller => ({
  caller: { ...(feathers as Caller), provider: 'graphql' },
  request: req
})

type Sent = Request<IncomingMessage, undefined>

/** The query string or the body, as an object. @throws ApiError for extensions that are no JSON */
const sentIn = ({ method, url, body }: Sent): Record<string, unknown> => {
  if (method !== 'GET') return isObject(body) ? body : {}
  const given = Object.fromEntries(new URLSearchParams(url.split('?')[1]))
  try {
    return { ...given, ...(given.extensions ? { extensions: JSON.parse(given.extensions) as unknown } : {}) }
  } catch {
    throw new ApiError(errors.INVALID_DOCUMENT, { message: 'extensions is not valid JSON' })
  }
}

/** The same request with its document written out. */
const withText = (request: Sent, text: string): Sent => {
  if (request.method !== 'GET') return { ...request, body: { ...(request.body as object), query: text } }
  const [path, search] = request.url.split('?')
  const parameters = new URLSearchParams(search)
  parameters.set('query', text)

  return { ...request, url: `${path}?${parameters}` }
}

const READ = ['GET', 'POST']
/** The methods of `/graphql`. */
export const ALLOWED = 'GET, POST, OPTIONS'

/** What an error says of a request by a method that is not in `allow`. */
export const notAllowed = (allow: string) => ({
  message: allow === 'POST' ? 'A mutation is sent by POST' : 'Requests of GraphQL are sent by GET or POST',
  headers: { Allow: allow }
})

/** Some clients send several requests in one body. */
const LISTED = {
  message: 'The body is one request: lists of requests are not taken',
  hint: 'Send each request by itself, or ask for several fields in one document'
}

/** A request of Koa as the handlers of the protocol take it, with its document written out where it names a persisted one. */
export const requestOf = (ctx: Context, engine: GraphqlEngine): Sent => {
  const { body = null } = ctx.request as Context['request'] & { body?: Record<string, unknown> }
  const { method, req } = ctx
  if (Array.isArray(body)) throw new ApiError(errors.INVALID_DOCUMENT, LISTED)
  const request: Sent = { method, url: req.url!, headers: req.headers as Record<string, string>, body, raw: req, context: undefined } // prettier-ignore

  return READ.includes(method) ? withText(request, engine.textOf(sentIn(request))) : request
}

/** What the handler of the protocol refuses by itself, by its status. */
const REFUSED: Readonly<Record<number, ErrorCode>> = {
  405: 'METHOD_NOT_ALLOWED',
  406: 'NOT_ACCEPTABLE',
  415: 'UNSUPPORTED_MEDIA_TYPE'
}

/** @throws ApiError for what the handler refuses without an error object */
const checked = (response: Response): Response => {
  const [, { status, headers = {} }] = response
  const code = REFUSED[status]
  const { allow } = headers
  if (code) throw new ApiError(code, allow ? notAllowed(allow === 'POST' ? allow : ALLOWED) : {})

  return response
}

const answer = (ctx: Context, [body, { status, headers = {} }]: Response) => {
  ctx.status = status
  ctx.set(headers as Record<string, string>)
  // A query by GET is answered for its caller alone, and an error is of now.
  ctx.set('Cache-Control', 'no-store')
  ctx.body = body ?? ''
}

/** What a request says of its operation. @throws ApiError for a request that is none */
export const parametersOf = async (ctx: Context, engine: GraphqlEngine) => {
  const request = requestOf(ctx, engine)
  try {
    return await parseRequestParams(request)
  } catch (error) {
    throw new ApiError(errors.INVALID_DOCUMENT, { message: (error as Error).message })
  }
}

/**
 * What the handler of the protocol is given in place of a result: it chooses the status and the type by the request, whatever the result is, and
 * would write each value of it through a function of JavaScript, which takes several times as long as JSON.stringify by itself.
 */
const WITHOUT_VALUES: ExecutionResult = { data: null }

/**
 * `/graphql` over HTTP, as the specification "GraphQL over HTTP" says: queries by GET and POST, mutations by POST alone and as JSON alone,
 * which no form of another site can send.
 *
 * @see https://graphql.github.io/graphql-over-http/draft/
 */
export const graphqlOverHttp =
  (engine: GraphqlEngine): Middleware =>
  async (ctx) => {
    const from = callerOf(ctx)
    let result: ExecutionResult | undefined
    const handler = createHandler<IncomingMessage>({
      parseRequestParams: () => parametersOf(ctx, engine) as never,
      onSubscribe: (_request, params) => engine.prepare(params.query, params, from) as never,
      execute: async (args) => {
        result = (await engine.run(args)) as ExecutionResult

        return WITHOUT_VALUES
      },
      formatError: (error) => engine.format(error as Error, from) as never
    })
    const { method, req } = ctx
    const response = checked(await handler({ method, url: req.url!, headers: req.headers as Record<string, string>, body: null, raw: req, context: undefined })) // prettier-ignore
    answer(ctx, result ? [JSON.stringify(engine.formatResult(result, from)), response[1]] : response)
  }

const TYPES = ['application/graphql-response+json', 'application/json']

/** Answers what is refused before a document is run in the form of errors of GraphQL, as what its fields are refused. */
export const withErrors =
  (engine: GraphqlEngine, answering: Middleware): Middleware =>
  async (ctx, next) => {
    try {
      await answering(ctx, next)
    } catch (error) {
      const cause = toApiError(error)
      ctx.status = cause.code
      ctx.set({ 'Cache-Control': 'no-store', ...cause.payload.headers })
      ctx.type = ctx.accepts(TYPES) || 'application/json'
      ctx.body = { errors: [engine.format(error as Error, callerOf(ctx))] }
    }
  }
