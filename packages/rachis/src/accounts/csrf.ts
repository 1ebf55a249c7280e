import { createHmac, randomBytes } from 'crypto'
import type { IncomingHttpHeaders } from 'http'
import { ApiError } from '../errors/errors'
import { errors } from './errors'
import { sameBytes } from '../util/same-bytes'
import { deriveKey } from './secrets'

/** Where a call comes from, as far as a browser tells: its own page or a listed one, another, or nothing is told. */
export type Site = 'own' | 'foreign' | 'unknown'

const hostOf = (origin: string): string | undefined =>
  URL.canParse(origin) ? new URL(origin).host : undefined

/**
 * By what browsers say and scripts cannot: `Origin`, sent with every call that changes something and every websocket, else
 * `Sec-Fetch-Site`. OWASP CSRF Prevention Cheat Sheet: Verifying Origin With Standard Headers, Fetch Metadata.
 *
 * @example siteOf({ origin: 'https://app.example.com', host: 'api.example.com' }, ['https://app.example.com']) // 'own'
 */
export const siteOf = (headers: IncomingHttpHeaders, origins: readonly string[], own?: string): Site => {
  const { origin, host } = headers
  if (origin !== undefined) {
    const isOwn = own ? origin === own : host !== undefined && hostOf(origin) === host
    return isOwn || origins.includes(origin) ? 'own' : 'foreign'
  }
  const site = headers['sec-fetch-site']

  return site === undefined ? 'unknown' : site === 'same-origin' ? 'own' : 'foreign'
}

export const csrfRefused = (reason: string) => Object.assign(new ApiError(errors.CSRF_REFUSED), { reason })

const macOf = (secret: string, sid: string, nonce: string) =>
  createHmac('sha256', deriveKey(secret, 'csrf')).update(`${sid}.${nonce}`).digest()

/** A token for the pages of one session: of no use in another, also where somebody plants a cookie. */
export const csrfTokenFor = (secret: string, sid: string): string => {
  const nonce = randomBytes(16).toString('base64url')
  return `${nonce}.${macOf(secret, sid, nonce).toString('base64url')}`
}

/** OWASP CSRF Prevention Cheat Sheet: Signed Double-Submit Cookie, bound to the session. */
export const isCsrfToken = (secret: string, sid: string, token: unknown): boolean => {
  if (typeof token !== 'string' || token.length > 200) return false
  const [nonce = '', mac = ''] = token.split('.')

  return sameBytes(Buffer.from(mac, 'base64url'), macOf(secret, sid, nonce))
}
