import type { IncomingMessage } from 'http'
import jwt from 'jsonwebtoken'
import type { Context, Middleware } from 'koa'
import { authenticationOf } from './authentication'
import type { Application } from '../declare/declarations'
import { ApiError } from '../errors/errors'
import { dropCookie, putCookie, readCookie } from './cookies'
import { csrfRefused, csrfTokenFor, isCsrfToken, siteOf } from './csrf'
import type { Site } from './csrf'
import { callerOf, recordSecurity } from './security'
import type { Claims } from './tokens'
import { withoutSlashes } from '../util/trim'

const ACCESS = '__Host-access_token'
const REFRESH = '__Host-refresh_token'
const CSRF = '__Host-csrf_token'

/** What a request and a socket's handshake have in common; a handshake has no method. */
export type CookieRequest = Pick<IncomingMessage, 'headers'> & { readonly method?: string }
interface Pair {
  readonly access_token: string
  readonly refresh_token: string
}

const SAFE = ['GET', 'HEAD', 'OPTIONS']
const ends = (token: string) =>
  ((jwt.decode(token) as { exp?: number } | null)?.exp ?? 0) - Math.floor(Date.now() / 1000)

/**
 * Sessions kept by cookies: the one place that knows them. Whoever sends an Authorization header or an API key is asked nothing of
 * this, since no browser adds those by itself.
 */
export class CookieSessions {
  private readonly ignored = new WeakSet<object>()
  private readonly secret: string
  private readonly origins: readonly string[]
  private readonly own: string | undefined
  private readonly sameSite: 'lax' | 'strict'

  constructor(private readonly app: Application) {
    this.secret = app.get('secret_key')
    this.origins = app.get('allowed_origins')
    this.own = app.get('public_url') ? new URL(app.get('public_url')).origin : undefined
    this.sameSite = app.get('auth').cookies.same_site
  }

  private get tokens() {
    return authenticationOf(this.app).tokens
  }

  siteOf({ headers }: CookieRequest): Site {
    return siteOf(headers, this.origins, this.own)
  }

  /** @throws {ApiError} CSRF_REFUSED when the call proves no page of the session, INVALID_TOKEN when the session is over */
  accessToken(asking: CookieRequest): string | undefined {
    const { headers, method } = asking
    if (this.ignored.has(asking)) return undefined
    if (headers.authorization !== undefined || headers['x-api-key'] !== undefined) return undefined
    const token = readCookie(asking, ACCESS)
    if (!token) return undefined
    const { sid } = this.tokens.verify(token, 'access')
    // A websocket is open to every page that can reach it, and what it asks later is asked by script: its origin decides.
    if (method === undefined) this.requireOwnSite(asking)
    else if (!SAFE.includes(method)) this.demand(asking, sid)

    return token
  }

  /** Whose session a call is to end that has no access token any more: it lasts less long than the session. */
  leaving(asking: CookieRequest): Claims | undefined {
    const { headers } = asking
    if (headers.authorization !== undefined || headers['x-api-key'] !== undefined) return undefined
    if (readCookie(asking, ACCESS)) return undefined
    const token = this.refreshToken(asking)

    return token ? this.tokens.verify(token, 'refresh') : undefined
  }

  /** The refresh token of a call to renew the session. It cannot be kept to a path: the prefix `__Host-` sends it everywhere. */
  refreshToken(asking: CookieRequest): string | undefined {
    const token = readCookie(asking, REFRESH)
    if (!token) return undefined
    this.demand(asking, this.tokens.verify(token, 'refresh').sid)

    return token
  }

  private requireOwnSite(asking: CookieRequest) {
    if (this.siteOf(asking) !== 'own') throw csrfRefused('foreign_origin')
  }

  private demand(asking: CookieRequest, sid: string) {
    this.requireOwnSite(asking)
    if (!isCsrfToken(this.secret, sid, asking.headers['x-csrf-token'])) throw csrfRefused('csrf_token')
  }

  /** Hands over a session; answers the token that the page has to send with what changes something. */
  put(ctx: Context, { access_token, refresh_token }: Pair): string {
    const csrf = csrfTokenFor(this.secret, this.tokens.verify(access_token, 'access').sid)
    const common = { sameSite: this.sameSite }
    putCookie(ctx, ACCESS, access_token, { ...common, maxAge: ends(access_token) })
    putCookie(ctx, REFRESH, refresh_token, { ...common, maxAge: ends(refresh_token) })
    putCookie(ctx, CSRF, csrf, { ...common, maxAge: ends(refresh_token), httpOnly: false })

    return csrf
  }

  ignore(asking: CookieRequest) {
    this.ignored.add(asking)
  }

  drop(ctx: Context) {
    for (const name of [ACCESS, REFRESH, CSRF] as const) dropCookie(ctx, name)
  }

  /** For pages of another origin than this, which cannot read the cookie: a token for the session that the call comes with. */
  tokenFor(asking: CookieRequest): string {
    const token = readCookie(asking, REFRESH)
    if (!token) throw new ApiError('NOT_AUTHENTICATED')

    return csrfTokenFor(this.secret, this.tokens.verify(token, 'refresh').sid)
  }
}

/** An operation of `auth`: its name, how it is called, and whether everybody may. */
export interface AuthCall {
  readonly name: string
  readonly call: string
  readonly isOpen: boolean
}
interface Options {
  readonly cookies: CookieSessions
  readonly calls: readonly AuthCall[]
}
type Body = { access_token?: string; accessToken?: string; refresh_token?: unknown } | undefined

const ENDS = ['POST /auth/logout', 'POST /auth/logout-all', 'DELETE /authentication']
const isSignIn = (call: string) => /^[A-Z]+ \/(auth|authentication)(\/|$)/.test(call)

/** As the router finds it: it forgives slashes around, and takes the name of a method from Feathers' own header. */
const callOf = ({ calls }: Options, ctx: Context): string => {
  const call = `${ctx.method} /${withoutSlashes(ctx.path)}`
  const named = call === 'POST /auth' ? ctx.get('X-Service-Method') : ''
  return calls.find(({ name }) => name === named)?.call ?? call
}

/**
 * A log-in from a foreign page would sign its visitor in as somebody else. Where everybody may call a cookie says nothing, and
 * an old one is not in the way.
 */
const enter = ({ cookies, calls }: Options, ctx: Context, call: string) => {
  if (SAFE.includes(ctx.method) || !isSignIn(call)) return
  const isOpen = call === 'POST /authentication' || calls.some((known) => known.isOpen && known.call === call)
  // A token says nothing where everybody may call: any text in its place would let a foreign page sign in.
  if (ctx.get('Authorization') !== '' && !isOpen) return
  if (cookies.siteOf(ctx.req) === 'foreign') throw csrfRefused('foreign_origin')
  if (isOpen) cookies.ignore(ctx.req)
}

const takeRefreshToken = ({ cookies }: Options, ctx: Context, call: string) => {
  const { request } = ctx as unknown as { request: { body?: Record<string, unknown> } }
  if (call !== 'POST /auth/refresh' || request.body?.refresh_token !== undefined) return
  const refresh_token = cookies.refreshToken(ctx.req)
  if (refresh_token) request.body = { ...request.body, refresh_token }
}

/** Logging out does not need what a refresh would bring: else a browser that was idle for a while stayed signed in. */
const leave = async (app: Application, { cookies }: Options, ctx: Context, call: string) => {
  const claims =
    ENDS.includes(call) && call !== 'POST /auth/logout-all' ? cookies.leaving(ctx.req) : undefined
  if (!claims) return false
  await authenticationOf(app).revoke(claims.sid)
  await recordSecurity(app, 'logged_out', { ...callerOf(ctx.feathers ?? {}), user_id: claims.sub })
  ctx.body = { success: true }

  return true
}

/** A session that is over must not stay in the way of what everybody may see: a page cannot drop its cookies by itself. */
const isOver = (error: unknown, call: string) =>
  (error as Partial<ApiError>).errorCode === 'INVALID_TOKEN' &&
  (call === 'POST /auth/refresh' || ENDS.includes(call))

/** Tokens that sign in go into cookies; the one that lasts is nothing for scripts. */
const handOver = ({ cookies }: Options, ctx: Context, call: string) => {
  const body = ctx.body as Body
  const access_token = body?.access_token ?? body?.accessToken
  if (!isSignIn(call) || cookies.siteOf(ctx.req) === 'foreign') return
  if (typeof body?.refresh_token !== 'string' || !access_token) return
  const { refresh_token, ...rest } = body
  ctx.set('Cache-Control', 'no-store')
  ctx.body = {
    ...rest,
    csrf_token: cookies.put(ctx, { access_token, refresh_token: refresh_token as string })
  }
}

/** What a cookie opens is for its owner: a cache in between knows that of `Authorization` by itself, of cookies it does not. */
const keepPrivate = (ctx: Context) => {
  ctx.vary('Cookie')
  if (!ctx.response.get('Cache-Control') && readCookie(ctx.req, ACCESS)) ctx.set('Cache-Control', 'private')
}

/** Records a call that was refused for want of a CSRF token, and no other failure. */
export const recordRefusal = async (
  app: Application,
  error: unknown,
  where: { readonly method?: string; readonly path: string },
  caller: ReturnType<typeof callerOf> = {}
) => {
  const { errorCode, reason = '' } = error as Partial<ApiError> & { reason?: string }
  if (errorCode !== 'CSRF_REFUSED') return
  const details = { reason, ...where, path: where.path.slice(0, 200) }
  await recordSecurity(app, 'csrf_refused', { ...caller, details })
}

/** Around every call where cookies are switched on. */
export const cookieSessions = (app: Application, options: Options): Middleware => {
  const { cookies } = options

  return async (ctx, next) => {
    const call = callOf(options, ctx)
    try {
      keepPrivate(ctx)
      if (call === 'GET /auth/csrf') {
        ctx.set('Cache-Control', 'no-store')
        ctx.body = { csrf_token: cookies.tokenFor(ctx.req) }
        return
      }
      enter(options, ctx, call)
      takeRefreshToken(options, ctx, call)
      if (!(await leave(app, options, ctx, call))) await next()
    } catch (error) {
      const { method, path } = ctx
      if (isOver(error, call)) cookies.drop(ctx)
      await recordRefusal(app, error, { method, path }, callerOf(ctx.feathers ?? {}))
      throw error
    }
    handOver(options, ctx, call)
    if (ENDS.includes(call)) cookies.drop(ctx)
  }
}

declare module '../declare/declarations' {
  interface Configuration {
    /** Where cookies are switched on. */
    cookieSessions?: CookieSessions
  }
}
