import type { Middleware } from 'koa'
import type { Application } from '../declarations'
import { ApiError } from '../errors'

/** `/health`: the process lives. `/health/ready`: it can serve, that is, its database answers. */
export const health =
  (app: Application): Middleware =>
  async (ctx, next) => {
    if (ctx.path === '/health') ctx.body = { status: 'ok' }
    else if (ctx.path === '/health/ready') ctx.body = await readiness(app)
    else await next()
  }

const readiness = async (app: Application) => {
  await app
    .get('postgresqlClient')
    .raw('select 1')
    .catch((cause: unknown) => {
      throw new ApiError('UNAVAILABLE', { headers: { 'Retry-After': '2' }, cause })
    })

  return { status: 'ready', database: 'ok' }
}
