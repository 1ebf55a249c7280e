import { Router } from '@feathersjs/transport-commons/lib/routing'
import { formsOf } from './forms'
import type { Model } from './model'
import type { Operation } from './operations'

/** HTTP method → operation. */
export type Routes = Map<string, Operation>

/** `/users/role/{role}` as the router writes it; `__id` is Feathers' own name for the id. */
const pattern = (path: string) => path.replace('{id}', ':__id').replace(/\{(\w+)\}/g, ':$1')

/** Path → HTTP method → operation. */
export const routerOf = (models: readonly Model[]): Router<Routes> => {
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
