import { Router } from '@feathersjs/transport-commons/lib/routing'
import { ApiError } from '../errors/errors'
import { onceFor } from '../util/once-for'
import { formsOf } from './forms'
import type { Model } from './model'
import type { Operation } from './operations'

/** What the path names: `__id`, and the parameters of a report such as `/users/role/{role}`. */
export type Named = Readonly<Record<string, string>>

/** HTTP method → operation. */
export type Routes = Map<string, Operation>

/** `/users/role/{role}` as the router writes it; `__id` is Feathers' own name for the id. */
const pattern = (path: string) => path.replace('{id}', ':__id').replace(/\{(\w+)\}/g, ':$1')

/** Path → HTTP method → operation. */
const routerOf = (models: readonly Model[]): Router<Routes> => {
  const router = new Router<Routes>()
  const byPath = new Map<string, Routes>()
  const operations = models.flatMap((model) => model.operations)
  for (const operation of [...operations, ...operations.flatMap(formsOf)]) {
    const path = pattern(operation.http.path)
    const routes: Routes = byPath.get(path) ?? new Map<string, Operation>()
    if (!byPath.has(path)) router.insert(path, routes)
    byPath.set(path, routes.set(operation.http.method, operation))
  }

  return router
}

/** Feathers' router keeps its nodes in plain objects: a path like /constructor would find what every object inherits. */
export const isInherited = (path: string) => path.split('/').some((segment) => segment in Object.prototype)

/** What a path has, as it is written; null where there is nothing. */
export type LookUpRoutes = (path: string) => { readonly routes: Routes; readonly named: Named } | null

/**
 * Finds the operations of paths.
 *
 * @example lookUpRoutes(models)('/tasks/7')?.named // { __id: '7' }
 */
export const lookUpRoutes = onceFor((models: readonly Model[]): LookUpRoutes => {
  const router = routerOf(models)

  return (path) => {
    const found = isInherited(path) ? null : router.lookup(path)

    return found && { routes: found.data!, named: found.params as Named }
  }
})

/** @throws BAD_REQUEST for a path that cannot be decoded */
export const decoded = (named: Named): Named => {
  try {
    return Object.fromEntries(Object.entries(named).map(([name, value]) => [name, decodeURIComponent(value)]))
  } catch {
    throw new ApiError('BAD_REQUEST', { message: 'The path is not encoded as RFC 3986 says' })
  }
}
