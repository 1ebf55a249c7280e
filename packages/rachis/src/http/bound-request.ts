import type { Middleware } from 'koa'
import { ApiError } from '../errors/errors'

/** Characters of a path: no path that is served has ids that long. A query has the room that headers leave. */
const MAX_PATH = 8192
/** Its segments. Routers look for slashes around a path by expressions whose work grows with the square of a row of slashes. */
const MAX_SEGMENTS = 50
/** Characters of `Accept`. A browser sends some 150; each range is compared with each type that could be answered. */
const MAX_ACCEPT = 2000

/**
 * Refuses a path and an `Accept` that are far longer than any use of them, before anything reads them: routers, hints and the
 * negotiation of types split them into their parts, of which 80 KB have room for 40,000.
 *
 * @throws URI_TOO_LONG, HEADERS_TOO_LARGE
 */
export const boundRequest: Middleware = (ctx, next) => {
  const { headers } = ctx.req
  const isLong = (headers.accept?.length ?? 0) > MAX_ACCEPT
  // The error is written by the same header.
  if (isLong) headers.accept = '*/*'
  if (ctx.path.length > MAX_PATH || ctx.path.split('/').length > MAX_SEGMENTS)
    throw new ApiError('URI_TOO_LONG', {
      hint: `Send a path of at most ${MAX_PATH} characters and ${MAX_SEGMENTS} segments`
    })
  if (isLong)
    throw new ApiError('HEADERS_TOO_LARGE', {
      message: `The header Accept has more than ${MAX_ACCEPT} characters`,
      hint: 'Send Accept: application/json'
    })

  return next()
}
