import type { Context, Middleware } from 'koa'
import { ApiError } from '../errors/errors'
import type { RawRoute, RawRoutes } from '../rules/raw-route'
import { answerOptions } from '../util/answer-options'
import { readBytes } from './body'

const Allow = 'POST, OPTIONS'

const answer = async (ctx: Context, route: RawRoute): Promise<void> => {
  const body = await readBytes(ctx, route.limit)
  const { headers } = ctx.req
  const answered = await route.answer({ headers, body, trace_id: ctx.feathers!.trace_id as string })
  ctx.status = answered.status
  ctx.set('Cache-Control', 'no-store')
  ctx.body = answered.body
}

/**
 * Answers the paths of modules that take the bytes of a body. They stand before types are negotiated: whoever sends to them, such as the
 * server of another company, cannot be told what to accept.
 *
 * @throws METHOD_NOT_ALLOWED, PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE for a body that is compressed, MALFORMED_BODY
 */
export const rawRoutes = (routes: RawRoutes): Middleware => {
  const byPath = new Map(Object.entries(routes))

  return async (ctx, next) => {
    const route = byPath.get(ctx.path.replace(/\/$/, ''))
    if (!route) return next()
    if (ctx.method === 'OPTIONS') answerOptions(ctx, Allow)
    else if (ctx.method === 'POST') await answer(ctx, route)
    else throw new ApiError('METHOD_NOT_ALLOWED', { headers: { Allow }, hint: 'Send it by POST' })
  }
}
