import type { Context } from 'koa'
import { messageLimits } from '../model/message-limits'
import type { Model } from '../model/model'
import { isInherited, routerOf } from '../model/routes'

/** The bytes that the body of a REST call may have, known before it is read. */
export const bodyLimits = (models: readonly Model[], fallback: number) => {
  const router = routerOf(models)
  const paths = new Map(models.map(({ name, path }) => [name, path]))
  const limitOf = messageLimits(models, fallback)

  return (ctx: Context): number => {
    const routes = isInherited(ctx.path) ? undefined : router.lookup(ctx.path)?.data
    const [first] = routes?.values() ?? []
    const override = ctx.method === 'POST' ? ctx.get('X-Service-Method') : ''
    if (!routes || !first) return limitOf(ctx.path, override)

    return limitOf(paths.get(first.resource)!, override || (routes.get(ctx.method)?.name ?? ''))
  }
}
