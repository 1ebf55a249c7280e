import type { Middleware } from 'koa'
import type { RestRequest } from '../model/request'
import { inputOfRequest } from '../model/request'
import type { Application } from '../declare/declarations'
import type { Caller, Given } from '../service/call'
import { credentialHeaders } from '../rules/module-facts'
import { ByteSource } from '../util/byte-source'
import { checkAnswer, writeAnswer } from './answer'
import { readOf } from './body'
import { sendBytes } from './bytes'
import type { OperationRoute } from './route'
import { preferred } from './prefer'
import { routeOf } from './route'
import { validated } from './validators'

/** A request with its query and its body read. */
interface RestCall extends RestRequest, Pick<Given, 'headers' | 'search'> {}

/** A request for an operation → what the operation is called with. */
export const givenOf = ({ operation, named }: OperationRoute, request: RestCall): Given => ({
  ...inputOfRequest(operation, request, named),
  search: request.search,
  headers: request.headers
})

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
