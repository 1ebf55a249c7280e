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
 * @example
 * // GET /
 * // { name: 'Rachis', links: { docs: '/docs', openapi: '/openapi.json', … }, resources: { tasks: '/api/v1/tasks', … } }
 */
export const root = (models: readonly Model[]): Middleware => {
  const body = {
    name: 'Rachis',
    links: {
      api: PREFIX,
      docs: '/docs',
      openapi: '/openapi.json',
      login: `${PREFIX}/auth/login`,
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
