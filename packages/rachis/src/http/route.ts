import { defaultServiceMethods, getServiceOptions } from '@feathersjs/feathers'
import type { Context, Middleware } from 'koa'
import type { Application } from '../declare/declarations'
import { ApiError } from '../errors/errors'
import { messageLimits } from '../model/message-limits'
import type { Model } from '../model/model'
import type { Operation } from '../model/operations'
import type { LookUpRoutes, Named, Routes } from '../model/routes'
import { decoded, isInherited, lookUpRoutes } from '../model/routes'
import type { ServedPath } from '../rules/module-facts'
import { rootPaths } from '../rules/module-facts'
import type { StreamedRoute } from '../rules/streamed-route'
import { streamedRoute } from '../rules/streamed-route'
import { answerOptions } from '../util/answer-options'
import { withoutSlashes } from '../util/trim'

/** What a request is for, known before its body is read. `limit` are the bytes that the body may have. */
export interface OperationRoute {
  readonly kind: 'operation'
  readonly operation: Operation
  readonly named: Named
  readonly limit: number
}
export type Route =
  | OperationRoute
  /** A service that is not declared, which Feathers' own transport answers. */
  | { readonly kind: 'service'; readonly limit: number }
  /** A path at the root of the host, which a module answers. */
  | ({ readonly kind: 'served'; readonly limit: number } & NonNullable<ServedPath['at_root']>)
  /** A request that a module answers by reading its body as it comes. */
  | { readonly kind: 'streamed'; readonly limit: number; readonly route: StreamedRoute }
  /** A path that does not take the method. Invalid credentials are reported before that. */
  | { readonly kind: 'refused'; readonly error: ApiError; readonly limit: number }
  /** A service that offers nothing under this path. */
  | { readonly kind: 'nothing'; readonly limit: number }

/** Undefined where neither a path of a declaration nor a service was found. */
export const routeOf = (ctx: Context): Route | undefined => ctx.state.route as Route | undefined

const notAllowed = (Allow: string) =>
  new ApiError('METHOD_NOT_ALLOWED', { headers: { Allow }, hint: `Use one of ${Allow}` })

const withImplied = (methods: readonly string[]): string =>
  [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ')

/** HEAD is a GET whose body Koa leaves out. */
const methodOf = ({ method }: Context) => (method === 'HEAD' ? 'GET' : method)

/** The method of a service that a POST may name by Feathers' header, as its REST client does. */
const named = (ctx: Context): string => (ctx.method === 'POST' ? ctx.get('X-Service-Method') : '')

const answerAllowed = (ctx: Context, allow: string): 'answered' => {
  answerOptions(ctx, allow)

  return 'answered'
}

/** Feathers' own methods have HTTP methods of their own, which a proxy in front may rely on. */
const isCustom = (method: string) => !defaultServiceMethods.includes(method)

const custom = (model: Model | undefined, method: string): Operation | undefined =>
  isCustom(method) ? model?.operations.find(({ name }) => name === method) : undefined

type LimitOf = ReturnType<typeof messageLimits>
type Find = (ctx: Context) => Route | 'answered' | undefined

/** The operations of all paths, as far as the path and the method alone say which one is meant. */
export interface OperationRoutes {
  readonly lookup: LookUpRoutes
  /** @throws BAD_REQUEST for a path that cannot be decoded */
  routeTo(operation: Operation, named: Named): OperationRoute
}

export const operationRoutes = (models: readonly Model[], body_limit: number): OperationRoutes => ({
  lookup: lookUpRoutes(models),
  routeTo(operation, named) {
    const { bodyLimit = body_limit } = operation

    return { kind: 'operation', operation, named: decoded(named), limit: Math.min(body_limit, bodyLimit) }
  }
})

/** Methods of a path whose bodies a module reads as they come. */
const streamedMethods = (streamed: readonly StreamedRoute[], { req: { headers }, path }: Context) =>
  ['POST', 'PUT', 'PATCH', 'DELETE'].filter((method) =>
    streamed.some((route) => route.takes({ method, headers, path }))
  )

const declared = (models: readonly Model[], { operations, streamed }: Found, limitOf: LimitOf): Find => {
  const byName = new Map(models.map((model) => [model.name, model]))
  const byPath = new Map(models.map((model) => [model.path, model]))
  const modelOf = (routes: Routes) => byName.get([...routes.values()][0]!.resource)!
  /** A resource without records, such as `auth`, has no address of its own; Feathers' client posts to its path all the same. */
  const byHeader = (ctx: Context): Route | undefined => {
    const method = named(ctx)
    const operation = method ? custom(byPath.get(withoutSlashes(ctx.path)), method) : undefined

    return operation && operations.routeTo(operation, {})
  }
  const chosen = (ctx: Context, routes: Routes): Operation | undefined => {
    const override = named(ctx)

    return override ? custom(modelOf(routes), override) : routes.get(methodOf(ctx))
  }

  return (ctx) => {
    const found = operations.lookup(ctx.path)
    if (!found) return byHeader(ctx)
    const { routes } = found
    const allow = () => withImplied([...new Set([...routes.keys(), ...streamedMethods(streamed, ctx)])])
    if (ctx.method === 'OPTIONS') return answerAllowed(ctx, allow())
    const operation = chosen(ctx, routes)
    if (!operation)
      return { kind: 'refused', error: notAllowed(allow()), limit: limitOf(ctx.path, named(ctx)) }

    return operations.routeTo(operation, found.named)
  }
}

/** Feathers would create, and call methods of other names, under the path of any record; here those have one address each. */
const SERVICE_METHODS = (hasId: boolean): [string, string][] => [
  ...(hasId ? [['GET', 'get']] : [['GET', 'find'], ['POST', 'create']]) as [string, string][],
  ['PUT', 'update'], ['PATCH', 'patch'], ['DELETE', 'remove']
] // prettier-ignore

/** A service that is not declared. Feathers' own REST transport knows neither OPTIONS nor Allow, and answers 405 where nothing is offered. */
const undeclared =
  (app: Application, limitOf: LimitOf): Find =>
  (ctx) => {
    const found = app.lookup(ctx.path)
    if (!found) return undefined
    const { methods } = getServiceOptions(found.service as never)
    const method = named(ctx)
    const limit = limitOf(ctx.path, method)
    const hasId = '__id' in (found.params ?? {})
    if (!hasId && methods!.includes(method) && isCustom(method)) return { kind: 'service', limit }
    const offered = SERVICE_METHODS(hasId).flatMap(([http, name]) => (methods!.includes(name) ? [http] : []))
    if (offered.length === 0) return { kind: 'nothing', limit }
    if (ctx.method === 'OPTIONS') return answerAllowed(ctx, withImplied(offered))
    const isOffered = !method && offered.includes(methodOf(ctx))

    return isOffered
      ? { kind: 'service', limit }
      : { kind: 'refused', error: notAllowed(withImplied(offered)), limit }
  }

/** A path behind the prefix has a version; one at the root has none. */
const served = (app: Application): Find => {
  const atRoot = rootPaths(app.get('facts'))
  const limit = app.get('body_limit')

  return (ctx) => {
    const found = ctx.state.version === undefined ? atRoot.get(ctx.path) : undefined
    return found && { kind: 'served', limit: Math.min(limit, found.body_limit ?? limit), ...found.at_root! }
  }
}

/** Has modules answer what is theirs: paths at the root of the host, and requests whose bodies they read as they come. */
export const answerServed =
  (handlers: Readonly<Record<string, Middleware>>): Middleware =>
  (ctx, next) => {
    const route = routeOf(ctx)
    if (route?.kind === 'streamed') return route.route.answer(ctx, next)

    return route?.kind === 'served' ? handlers[ctx.path.slice(1)]!(ctx, next) : next()
  }

const streamedIn =
  (routes: readonly StreamedRoute[]): Find =>
  (ctx) => {
    const route = streamedRoute(routes, ctx.req, ctx.path)
    return route && { kind: 'streamed', limit: Infinity, route }
  }

/** What there is to find. */
export interface Found {
  readonly operations: OperationRoutes
  readonly streamed: readonly StreamedRoute[]
}

/**
 * Finds what a request is for, before types are negotiated and the body is read: those are the business of an operation. A path that is
 * not there goes on without a route.
 *
 * @throws BAD_REQUEST for a path that cannot be decoded
 */
export const findRoute = (app: Application, models: readonly Model[], found: Found): Middleware => {
  const limitOf = messageLimits(models, app.get('facts').paths, app.get('body_limit'))
  const [find, findUndeclared] = [declared(models, found, limitOf), undeclared(app, limitOf)]
  const [findServed, findStreamed] = [served(app), streamedIn(found.streamed)]

  return (ctx, next) => {
    const route = findStreamed(ctx) ?? findServed(ctx) ?? find(ctx) ?? findUndeclared(ctx)
    if (route === 'answered') return undefined
    ctx.state.route = route

    return next()
  }
}

export const guardLookup = (app: Application) => {
  const { lookup } = app
  app.lookup = function (path) {
    // Feathers answers null for an unknown path, though its type does not say so.
    return typeof path !== 'string' || isInherited(path) ? (null as never) : lookup.call(this, path)
  }
}
