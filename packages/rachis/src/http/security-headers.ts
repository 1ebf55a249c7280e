import type { Context, Middleware } from 'koa'
import helmet from 'koa-helmet'

export type HeaderList = readonly (readonly [name: string, value: string])[]

/** What a middleware sets of an answer whatever the request is. */
const headersOf = (middleware: Middleware): HeaderList => {
  const headers = new Map<string, string>()
  const res = {
    setHeader: (name: string, value: string) => void headers.set(name, value),
    removeHeader: (name: string) => void headers.delete(name)
  }
  void middleware({ req: { headers: {} }, res } as unknown as Context, async () => undefined)

  return [...headers]
}

/**
 * Helmet's headers, the same in every answer: computed once and not for each request.
 * Whoever serves this over TLS may add the upgrade; without TLS it would break the pages.
 */
export const SECURITY_HEADERS = headersOf(
  helmet({ contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } })
)

export const securityHeaders: Middleware = (ctx, next) => {
  for (const [name, value] of SECURITY_HEADERS) ctx.set(name, value)

  return next()
}
