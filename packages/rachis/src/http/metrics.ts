import type { Middleware } from 'koa'
import { ApiError } from '../errors/errors'
import { isToRead } from './read-only'

export interface MetricsOptions {
  readonly expose: () => Promise<{ readonly type: string; readonly text: string }>
  /** Whether this request may read them. */
  readonly mayRead: (authorization: string) => boolean
}

/** `GET /metrics`, for whoever may read it; for others there is no such path. */
export const metrics =
  (options: MetricsOptions | undefined): Middleware =>
  async (ctx, next) => {
    if (!options || ctx.path !== '/metrics') return next()
    if (!options.mayRead(ctx.get('Authorization'))) throw new ApiError('NO_SUCH_PATH')
    if (!isToRead(ctx)) return
    const { type, text } = await options.expose()
    ctx.type = type
    ctx.set('Cache-Control', 'no-store')
    ctx.body = text
  }
