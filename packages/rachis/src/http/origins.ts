/** Which pages a browser may let read what is answered. */
export interface OriginPolicy {
  /** Whether every origin may: then none may send credentials that browsers add by themselves. */
  readonly isOpen: boolean
  /** @param host of the request, whose own pages need no permission */
  allows(origin: string | undefined, host: string | undefined): boolean
}
interface PolicyOptions {
  readonly allowed: readonly string[]
  readonly isDevelopment: boolean
  /** Told of each origin once that is refused. */
  readonly onRefused: (origin: string) => void
}

/** Of pages that are being written, on whatever port their tool serves them. */
const LOCAL = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/
/** Origins are texts that anybody may send: no more of them are remembered, or logged. */
const MOST_REFUSED = 100

const isOwn = (origin: string, host: string | undefined) =>
  host !== undefined && origin.replace(/^https?:\/\//, '') === host.toLowerCase()

/**
 * One policy for REST and sockets. `*` allows every origin; while developing, pages on ports of this machine are allowed as well.
 *
 * @example originPolicy({ allowed: ['https://app.example'], isDevelopment: false, onRefused }).allows('https://evil.example', 'api.example') // false
 */
export const originPolicy = ({ allowed, isDevelopment, onRefused }: PolicyOptions): OriginPolicy => {
  const isOpen = allowed.includes('*')
  const known = new Set(allowed)
  const refused = new Set<string>()
  const refuse = (origin: string) => {
    if (refused.has(origin) || refused.size >= MOST_REFUSED) return
    refused.add(origin)
    onRefused(origin.slice(0, 200))
  }

  return {
    isOpen,
    allows(origin, host) {
      if (!origin) return false
      const isAllowed = isOpen || known.has(origin) || (isDevelopment && LOCAL.test(origin))
      if (!isAllowed && !isOwn(origin, host)) refuse(origin)

      return isAllowed
    }
  }
}
