import type { Middleware } from 'koa'
import type { Application } from '../declarations'
import { ApiError, passing } from '../errors'

/** `/health`: the process lives. `/health/ready`: it can serve, that is, its database takes writes. */
export const health =
  (app: Application): Middleware =>
  async (ctx, next) => {
    if (ctx.path === '/health') ctx.body = { status: 'ok' }
    else if (ctx.path === '/health/ready') ctx.body = await readiness(app)
    else await next()
  }

/** Fails where nothing could be written: on a read-only server PostgreSQL refuses to lock rows, also where there are none. */
const WRITABLE = 'select from changes limit 0 for update'

const readiness = async (app: Application) => {
  await app
    .get('postgresqlClient')
    .raw(WRITABLE)
    .catch((cause: unknown) => {
      throw passing(cause) ?? new ApiError('UNAVAILABLE', { headers: { 'Retry-After': '2' }, cause })
    })

  const feed = app.get('engine').feed.status()
  if (feed.status === 'stuck')
    throw new ApiError('UNAVAILABLE', {
      message: `The change feed has not been read for ${feed.silent} seconds`,
      headers: { 'Retry-After': '2' }
    })

  return { status: 'ready', database: 'ok', feed }
}
