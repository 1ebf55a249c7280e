import type { Context, Middleware } from 'koa'
import type { Application } from '../declare/declarations'
import type { Allowance } from '../util/allowance'

/** Tells a client by the headers of its answer what it may still ask. */
export const setRates = (ctx: Context, allowance: Allowance | undefined): void => {
  const headers = allowance?.headers() ?? []
  for (let index = 0; index < headers.length; index += 2) ctx.set(headers[index]!, headers[index + 1]!)
}

/**
 * Counts a request for its address, before its credentials are checked and its body is read. What is not counted stands before: health,
 * the documents, and the preflights of browsers.
 *
 * @throws TOO_MANY_REQUESTS with `Retry-After`
 */
export const countRequests =
  (app: Application): Middleware =>
  async (ctx, next) => {
    const allowance = await app.get('rates')?.admit(ctx.feathers?.address as string)
    if (!allowance) return next()
    ctx.feathers = { ...ctx.feathers, allowance }
    setRates(ctx, allowance)
    try {
      await next()
    } finally {
      // The call may have been counted for more. An event stream has begun its answer, and caches keep some answers for others.
      if (!ctx.headerSent && ctx.state.isShared !== true) setRates(ctx, allowance)
    }
  }
