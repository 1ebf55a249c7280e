import type { Middleware } from 'koa'
import type { Model } from '../model/model'
import { PREFIX } from '../model/prefix'

/** Addresses without the prefix, as somebody types them who has only the name of the host. */
const ROOTS = ['/', '/api', '/api/', PREFIX, `${PREFIX}/`]

/** Whether somebody who opens its address is answered a list. */
const isListed = ({ path, operations }: Model) =>
  operations.some(({ answers, http }) => answers === 'page' && http.path === `/${path}`)

const resourcesOf = (models: readonly Model[]) =>
  Object.fromEntries(models.filter(isListed).map(({ path }) => [path, `${PREFIX}/${path}`]))

/**
 * `GET /` and `GET /api/v1`: where the documentation is, and which resources are served.
 *
 * @param more further links, by their names, to paths behind the API's prefix
 * @example
 * // GET /
 * // { name: 'Rachis', links: { docs: '/docs', openapi: '/openapi.json', … }, resources: { tasks: '/api/v1/tasks', … } }
 */
export const root = (models: readonly Model[], more: Readonly<Record<string, string>>): Middleware => {
  const body = {
    name: 'Rachis',
    links: {
      api: PREFIX,
      docs: '/docs',
      openapi: '/openapi.json',
      ...Object.fromEntries(Object.entries(more).map(([name, path]) => [name, `${PREFIX}${path}`])),
      health: '/health'
    },
    resources: resourcesOf(models)
  }

  return async (ctx, next) => {
    const isRead = ctx.method === 'GET' || ctx.method === 'HEAD'
    if (!isRead || !ROOTS.includes(ctx.path)) return next()
    ctx.body = body
  }
}
