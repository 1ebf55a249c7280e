import type { Context, Middleware } from 'koa'
import type { RestRequest } from '../model/request'
import { inputOfRequest, takesAnyQuery } from '../model/request'
import type { Application } from '../declare/declarations'
import type { Caller, Given } from '../service/call'
import { credentialHeaders } from '../rules/module-facts'
import { ByteSource } from '../util/byte-source'
import { checkAnswer, writeAnswer } from './answer'
import { readOf } from './body'
import { sendBytes } from './bytes'
import type { PlainRequest } from './plain-request'
import type { OperationRoute } from './route'
import { preferred } from './prefer'
import { routeOf } from './route'
import { validated } from './validators'

/** A request with its query and its body read. */
export interface RestCall extends RestRequest, Pick<Given, 'headers' | 'search'> {}

/** A request whose query is read when somebody asks for it. */
export class UnreadCall implements RestCall {
  readonly method: string
  readonly headers: RestCall['headers']
  readonly search: string
  readonly body: unknown
  readonly fault: RestCall['fault']
  private readonly read: () => RestCall['query']

  constructor(ctx: Context, { query, search }: Pick<PlainRequest, 'query' | 'search'>) {
    const { body, fault } = readOf(ctx)
    this.method = ctx.method
    this.headers = ctx.headers
    this.search = search
    this.body = body
    this.fault = fault
    this.read = query
  }

  get query() {
    return this.read()
  }
}

/** A request for an operation → what the operation is called with. */
export const givenOf = ({ operation, named }: OperationRoute, request: RestCall): Given => ({
  ...inputOfRequest(operation, request, named),
  search: request.search,
  headers: request.headers
})

/** What a read is called with whose query is read when somebody asks for it: of a list that is kept nobody does. A copy has no query. */
class UnreadGiven implements Given {
  readonly search: string
  readonly headers: RestCall['headers']

  constructor(
    readonly id: unknown,
    private readonly request: UnreadCall
  ) {
    this.search = request.search
    this.headers = request.headers
  }

  // Of the class: V8 makes a slow object, with a shape of its own, of each literal that has a getter.
  get query() {
    return this.request.query
  }
}

/** The same for a request whose query was not read. */
export const unreadGivenOf = (route: OperationRoute, request: UnreadCall): Given =>
  takesAnyQuery(route.operation) && request.body === undefined && !request.fault
    ? new UnreadGiven(route.named.__id, request)
    : givenOf(route, request)

/** The headers that credentials are sent in; known once the modules have said who calls. */
export const credentialsOf = (app: Application): (() => string) => {
  let known: string | undefined

  return () => (known ??= credentialHeaders(app.get('facts'), app.get('identity').usesCookies))
}

/**
 * REST for declared resources: calls the operation of the route with what the request holds, and writes its answer. Other services
 * go on to Feathers' own REST transport.
 *
 * @throws METHOD_NOT_ALLOWED with `Allow`
 */
export const rest = (app: Application): Middleware => {
  const threshold = app.get('http').compress_from
  const credentials = credentialsOf(app)

  return async (ctx, next) => {
    const route = routeOf(ctx)
    if (route?.kind === 'refused') throw route.error
    if (route?.kind === 'nothing') return
    if (route?.kind !== 'operation') return next()
    const { operation } = route
    const { method, query, headers } = ctx.request
    const given = givenOf(route, { method, query, headers, ...readOf(ctx) })
    const caller: Caller = ctx.feathers ?? {}
    const answered = await app.get('call')(operation, given, caller)
    if (answered.body instanceof ByteSource) return sendBytes(ctx, answered.body)
    const answer = checkAnswer(answered)
    const read = {
      operation,
      request: ctx.req,
      threshold,
      isAnonymous: caller.authentication === undefined && !caller.link,
      credentials: credentials(),
      isCacheSet: ctx.res.hasHeader('Cache-Control')
    }
    writeAnswer(ctx, preferred(ctx.req, operation, validated(read, answer)))
  }
}
