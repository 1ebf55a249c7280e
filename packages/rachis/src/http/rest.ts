import { defaultServiceMethods, getServiceOptions } from '@feathersjs/feathers'
import type { Context, Middleware } from 'koa'
import { bodyOfForm, queryOfForm } from '../model/forms'
import type { Model } from '../model/model'
import type { Operation } from '../model/operations'
import type { Routes } from '../model/routes'
import { isInherited, routerOf } from '../model/routes'
import type { Application } from '../declare/declarations'
import { ApiError } from '../errors/errors'
import type { Call, Caller } from '../service/call'
import { writeAnswer } from './answer'

type Query = Readonly<Record<string, unknown>>

/** What the path names: `__id`, and the parameters of a report such as `/users/role/{role}`. */
type Named = Readonly<Record<string, string>>

const decoded = (named: Named): Named => {
  try {
    return Object.fromEntries(Object.entries(named).map(([name, value]) => [name, decodeURIComponent(value)]))
  } catch {
    throw new ApiError('BAD_REQUEST', { message: 'The path is not encoded as RFC 3986 says' })
  }
}

/** HEAD is a GET whose body Koa leaves out; a POST may name its operation by Feathers' header, as its REST client does. */
const chosen = (ctx: Context, routes: Routes, named: (name: string) => Operation | undefined): Operation => {
  const override = ctx.get('X-Service-Method')
  const operation =
    ctx.method === 'POST' && override
      ? custom(named(override))
      : routes.get(ctx.method === 'HEAD' ? 'GET' : ctx.method)
  if (operation) return operation
  throw notAllowed(allowed(routes))
}

/** Feathers' own methods have HTTP methods of their own, which a proxy in front may rely on. */
const custom = (operation: Operation | undefined) =>
  operation && defaultServiceMethods.includes(operation.name) ? undefined : operation

const notAllowed = (Allow: string) =>
  new ApiError('METHOD_NOT_ALLOWED', { headers: { Allow }, hint: `Use one of ${Allow}` })

const withImplied = (methods: readonly string[]): string =>
  [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ')

const allowed = (routes: Routes): string => withImplied([...routes.keys()])

/** What the path names is no longer the body's or the query's to say. A list is no input: it goes on to be refused as such. */
const joined = (given: unknown, inPath: Named): unknown => {
  if (Array.isArray(given)) return given
  const input = (given ?? {}) as Record<string, unknown>
  const twice = Object.keys(inPath).find(
    (name) => input[name] !== undefined && String(input[name]) !== inPath[name]
  )
  if (twice)
    throw new ApiError('BAD_REQUEST', { field: twice, message: `${twice} is another one in the path` })

  return { ...input, ...inPath }
}

/** Feathers' client POSTs every method that it does not know, reports as well: their input is the body then. */
const asked = (method: string, given: Sent, inPath: Named) =>
  method === 'POST'
    ? { data: joined(given.data, inPath), query: given.query }
    : { data: joined(given.query, inPath), query: {} }

/** What a request sends besides its path. */
interface Sent {
  readonly data: unknown
  readonly query: Query
}

/** What of a request is the record, what the data and what the query. */
const givenOf = (operation: Operation, ctx: Context, { __id: id, ...named }: Named) => {
  const { body } = ctx.request as { body?: unknown }
  const data = bodyOfForm(operation, body)
  const query = queryOfForm(operation, ctx.request.query)
  if (operation.data !== 'input') return { id, data, query }
  const inPath: Named = id === undefined ? {} : { id }
  if (operation.effect === 'read') return asked(ctx.method, { data, query }, { ...named, ...inPath })

  return { data: joined(data, inPath), query }
}

/**
 * REST for declared resources: finds the operation of method and path, calls it with what the request holds, and writes its answer.
 * Paths that are not declared go on to Feathers' own REST transport.
 */
export const rest = (models: readonly Model[], call: Call): Middleware => {
  const router = routerOf(models)
  const operations = new Map(
    models
      .flatMap((model) => model.operations)
      .map((operation) => [`${operation.resource}.${operation.name}`, operation])
  )

  return async (ctx, next) => {
    const found = isInherited(ctx.path) ? null : router.lookup(ctx.path)
    if (!found) return next()
    const routes = found.data!
    if (ctx.method === 'OPTIONS') {
      ctx.set('Allow', allowed(routes))
      ctx.status = 204
      return
    }
    const [first] = routes.values()
    const operation = chosen(ctx, routes, (name) => operations.get(`${first!.resource}.${name}`))
    const given = { ...givenOf(operation, ctx, decoded(found.params as Named)), headers: ctx.request.headers }
    writeAnswer(ctx, await call(operation, given, (ctx.feathers ?? {}) as Caller))
  }
}

/** Feathers would create, and call methods of other names, under the path of any record; here those have one address each. */
const SERVICE_METHODS = (hasId: boolean): [string, string][] => [
  ...(hasId ? [['GET', 'get']] : [['GET', 'find'], ['POST', 'create']]) as [string, string][],
  ['PUT', 'update'], ['PATCH', 'patch'], ['DELETE', 'remove']
] // prettier-ignore

/**
 * Before Feathers' own REST transport, which knows neither OPTIONS nor Allow, and answers 405 even where nothing is offered.
 */
export const guardServices =
  (app: Application): Middleware =>
  async (ctx, next) => {
    const found = app.lookup(ctx.path)
    if (!found) return next()
    const { methods } = getServiceOptions(found.service as never)
    const named = ctx.method === 'POST' ? ctx.get('X-Service-Method') : ''
    const hasId = '__id' in (found.params ?? {})
    if (!hasId && methods!.includes(named) && !defaultServiceMethods.includes(named)) return next()
    const offered = SERVICE_METHODS(hasId).flatMap(([http, method]) => methods!.includes(method) ? [http] : []) // prettier-ignore
    if (offered.length === 0) return
    const headers = { Allow: withImplied(offered) }
    if (ctx.method === 'OPTIONS') {
      ctx.set(headers)
      ctx.status = 204
    } else if (named || !offered.includes(ctx.method === 'HEAD' ? 'GET' : ctx.method))
      throw notAllowed(headers.Allow)
    else await next()
  }

export const guardLookup = (app: Application) => {
  const { lookup } = app
  app.lookup = function (path) {
    // Feathers answers null for an unknown path, though its type does not say so.
    return typeof path !== 'string' || isInherited(path) ? (null as never) : lookup.call(this, path)
  }
}
