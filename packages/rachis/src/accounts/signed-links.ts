import { createHmac } from 'crypto'
import type { Context, Middleware } from 'koa'
import type { Model } from '../model/model'
import { networkOf } from '../util/network'
import { lookUpRoutes } from '../model/routes'
import type { Application } from '../declare/declarations'
import { ApiError } from '../errors/errors'
import { sameBytes } from '../util/same-bytes'
import { deriveKey } from './secrets'
import { throttleByKey } from '../util/throttle-by-key'
import { callerOf, recordSecurity } from './security'
import { PREFIX } from '../model/prefix'

/** What is signed. */
export interface Link {
  readonly method: 'GET'
  /** As it stands in the URL, encoded, with `/api/v1`. */
  readonly path: string
  /** Without the parameters of the link itself. */
  readonly query: URLSearchParams
  /** Whoever has the link reads as this user. */
  readonly user: string
  /** Seconds since 1970. */
  readonly expires: number
}
const PARAMETERS = ['user', 'expires', 'signature'] as const
const FORMS = [/^\d{1,15}$/, /^\d{1,12}$/, /^[\w-]{43}$/]
type Parameter = (typeof PARAMETERS)[number]

/** In the order of their names and, where one has several, of their values: `a=1&b=2` and `b=2&a=1` ask the same. */
const canonical = (query: URLSearchParams): string =>
  [...query]
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .sort()
    .join('&')

const signatureOf = (secret: string, { method, path, query, user, expires }: Link): Buffer =>
  createHmac('sha256', deriveKey(secret, 'signed link'))
    .update(JSON.stringify([method, path, canonical(query), user, expires]))
    .digest()

/**
 * Signs a read: the path and query of its URL, with the parameters of the link.
 *
 * @example
 * sign(secret, { method: 'GET', path: '/api/v1/notes/7', query: new URLSearchParams(), user: '3', expires: 1767225600 })
 * // '/api/v1/notes/7?user=3&expires=1767225600&signature=…'
 */
export const sign = (secret: string, link: Link): string => {
  const { path, query, user, expires } = link
  const signature = signatureOf(secret, link).toString('base64url')
  const own = new URLSearchParams({ user, expires: String(expires), signature })

  return `${path}?${[query.toString(), own.toString()].filter(Boolean).join('&')}`
}

const only = (query: URLSearchParams, name: Parameter): string | undefined => {
  const values = query.getAll(name)
  return values.length === 1 ? values[0] : undefined
}

/**
 * The user as whom a request reads by its link; undefined where the link is not one of ours, was changed, or is over. In a time
 * that does not tell how much of a signature was right.
 */
export const verify = (
  secret: string,
  { method, path, search }: { method: string; path: string; search: string },
  now = Date.now()
): string | undefined => {
  const query = new URLSearchParams(search)
  const [user = '', expires = '', signature = ''] = PARAMETERS.map((name) => only(query, name))
  for (const name of PARAMETERS) query.delete(name)
  const isForm = FORMS.every((form, index) => form.test([user, expires, signature][index]!))
  if (!isForm || !['GET', 'HEAD'].includes(method)) return undefined
  const link = { method: 'GET', path, query, user, expires: Number(expires) } as const
  const isRight = sameBytes(signatureOf(secret, link), Buffer.from(signature, 'base64url'))

  return isRight && link.expires * 1000 > now ? user : undefined
}

/** Whether a request was let in by a link. */
export const isLinked = ({ feathers }: Context): boolean => feathers?.link === true

/** Whether a request comes by a link: all of its parameters are there, so that a field `user` can still be filtered by. */
export const isLink = (query: Readonly<Record<string, unknown>>) =>
  PARAMETERS.every((name) => query[name] !== undefined)

/**
 * Takes a signed link in place of a token. Which operations may be linked is asked where their rules are: `links` of a
 * declaration. A link beside a token or a key is refused, since whose rights hold would be a guess; cookies come along by
 * themselves and do not count.
 */
export const signedLinks = (app: Application): Middleware => {
  const mayTell = throttleByKey(60_000)

  const refuse = async (params: object) => {
    const caller = callerOf(params)
    if (mayTell(networkOf(caller.address ?? ''))) await recordSecurity(app, 'signed_link_refused', caller)
    throw new ApiError('INVALID_LINK')
  }

  return async (ctx, next) => {
    const { user: _user, expires: _expires, signature: _signature, ...query } = ctx.request.query as Record<string, unknown> // prettier-ignore
    if (!isLink(ctx.request.query)) return next()
    if (ctx.get('Authorization') || ctx.get('X-API-Key'))
      throw new ApiError('BAD_REQUEST', { message: 'Open a link without Authorization and X-API-Key' })
    const [path = '', search = ''] = ctx.originalUrl.split(/\?(.*)/s)
    const user = verify(app.get('secret_key'), { method: ctx.method, path, search })
    if (user === undefined) return refuse(ctx.feathers ?? {})
    Object.assign(ctx.request, { query })
    const authentication = { strategy: 'signed_link', user_id: Number(user) }
    ctx.feathers = { ...ctx.feathers, authentication, link: true }
    // What one reader may see is for no cache that others share.
    ctx.set('Cache-Control', 'private, no-store')
    await next()
  }
}

const LINKABLE = new RegExp(`^${PREFIX}/[\\w.~%!$&'()*+,;=:@/-]+$`)

/** Path and query of a read that links can be made for; undefined for anything else. */
export const linkableAt = (
  models: readonly Model[],
  url: string
): Pick<Link, 'path' | 'query'> | undefined => {
  const [path = '', search = ''] = url.split(/\?(.*)/s)
  const query = new URLSearchParams(search)
  if (!LINKABLE.test(path) || PARAMETERS.some((name) => query.has(name))) return undefined
  const found = lookUpRoutes(models)(path.slice(PREFIX.length))

  return found?.routes.get('GET')?.linkable ? { path, query } : undefined
}
