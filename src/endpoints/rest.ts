import { createContext } from '@feathersjs/feathers'
import { Router } from '@feathersjs/transport-commons/lib/routing'
import type { Context, Middleware } from 'koa'
import type { Model } from '../compilers/model'
import type { Operation } from '../compilers/operations'
import type { Application } from '../declarations'
import { ApiError } from '../errors'
import { PREFIX } from './http'

type Routes = Map<string, Operation>
type Service = Record<string, (...args: unknown[]) => Promise<{ dispatch?: unknown; result?: unknown }>>
type Params = Record<string, unknown>

const pattern = (path: string) => path.replace('{id}', ':__id')

/** Path → HTTP method → operation. */
const routerOf = (models: readonly Model[]): Router<Routes> => {
  const router = new Router<Routes>()
  const byPath = new Map<string, Routes>()
  for (const operation of models.flatMap(({ operations }) => operations)) {
    const path = pattern(operation.http.path)
    const routes: Routes = byPath.get(path) ?? new Map<string, Operation>()
    if (!byPath.has(path)) router.insert(path, routes)
    byPath.set(path, routes.set(operation.http.method, operation))
  }

  return router
}

const decoded = (segment: string | undefined): string | undefined => {
  try {
    return segment === undefined ? undefined : decodeURIComponent(segment)
  } catch {
    throw new ApiError('BAD_REQUEST', { message: 'The path is not encoded as RFC 3986 says' })
  }
}

/** HEAD is a GET whose body Koa leaves out; a POST may name its operation by Feathers' header, as its REST client does. */
const chosen = (ctx: Context, routes: Routes, named: (name: string) => Operation | undefined): Operation => {
  const override = ctx.get('X-Service-Method')
  const operation =
    ctx.method === 'POST' && override
      ? named(override)
      : routes.get(ctx.method === 'HEAD' ? 'GET' : ctx.method)
  if (operation) return operation
  const headers = { Allow: allowed(routes) }
  throw new ApiError('METHOD_NOT_ALLOWED', { headers })
}

const allowed = (routes: Routes): string =>
  [...routes.keys(), ...(routes.has('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ')

const argumentsOf = (
  { kind }: Operation,
  ctx: Context,
  id: string | undefined,
  params: Params
): unknown[] => {
  const data = (ctx.request as { body?: unknown }).body
  switch (kind) {
    case 'find': return [params]
    case 'get':
    case 'remove': return [id, params]
    case 'create': return [data, params]
    case 'update':
    case 'patch': return [id, data, params]
    case 'report': return [params.query, { ...params, query: {} }]
    default: return [id === undefined ? (data ?? {}) : { ...(data as object), id }, params]
  } // prettier-ignore
}

const locationOf = ({ http }: Operation, result: unknown): string | undefined => {
  const { id } = (result ?? {}) as { id?: string | number }
  return http.status === 201 && id !== undefined ? `${PREFIX}${http.path}/${id}` : undefined
}

/**
 * REST for declared resources: finds the operation, calls its service method as any other transport does, and writes its
 * answer. Paths that are not declared go on to Feathers' own REST transport.
 */
export const rest = (app: Application, models: readonly Model[]): Middleware => {
  const router = routerOf(models)
  const operations = new Map(
    models
      .flatMap((model) => model.operations)
      .map((operation) => [`${operation.resource}.${operation.name}`, operation])
  )
  const paths = new Map(models.map(({ name, path }) => [name, path]))

  const answer = async (ctx: Context, operation: Operation, id: string | undefined) => {
    const service = app.service(paths.get(operation.resource) as never) as unknown as Service
    const { query, headers } = ctx.request
    const params = { query, headers, ...ctx.feathers }
    const base = createContext(service as never, operation.name, { http: {} })
    const { dispatch, result } = await service[operation.name]!(
      ...argumentsOf(operation, ctx, id, params),
      base
    )
    const location = locationOf(operation, result)
    if (location) ctx.set('Location', location)
    ctx.status = operation.http.status
    ctx.body = dispatch ?? result
  }

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
    await answer(ctx, operation, decoded((found.params as { __id?: string }).__id))
  }
}

/** Feathers' router keeps its nodes in plain objects: a path like /constructor would find what every object inherits. */
const isInherited = (path: string) => path.split('/').some((segment) => segment in Object.prototype)

export const guardLookup = (app: Application) => {
  const { lookup } = app
  app.lookup = function (path) {
    // Feathers answers null for an unknown path, though its type does not say so.
    return typeof path !== 'string' || isInherited(path) ? (null as never) : lookup.call(this, path)
  }
}
