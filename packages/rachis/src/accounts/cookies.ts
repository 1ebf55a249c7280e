import type { IncomingMessage } from 'http'
import type { Context } from 'koa'

interface Attributes {
  /** Seconds. */
  readonly maxAge: number
  readonly sameSite: 'lax' | 'strict'
  /** False for what scripts of the page have to read. */
  readonly httpOnly?: boolean
}

/**
 * Secure always, also where TLS ends at a proxy that does not say so. Browsers take the prefix `__Host-` from us alone, for this
 * host and every path, and never from a subdomain. RFC 6265bis, section 4.1.3.2.
 */
const jarOf = ({ cookies }: Context) => Object.assign(cookies, { secure: true })
const COMMON = { secure: true, path: '/', signed: false } as const

export const putCookie = (
  ctx: Context,
  name: `__Host-${string}`,
  value: string,
  { maxAge, sameSite, httpOnly = true }: Attributes
) => void jarOf(ctx).set(name, value, { ...COMMON, maxAge: maxAge * 1000, sameSite, httpOnly })

export const dropCookie = (ctx: Context, name: `__Host-${string}`) => void jarOf(ctx).set(name, null, COMMON)

/** Undefined where there is none, and where there are several: then somebody has planted one. */
export const readCookie = ({ headers: { cookie = '' } }: Pick<IncomingMessage, 'headers'>, name: string) => {
  const found = cookie
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))

  return found.length === 1 ? found[0]!.slice(name.length + 1) : undefined
}
