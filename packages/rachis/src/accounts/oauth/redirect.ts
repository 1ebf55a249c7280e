import { validationError } from '../../errors/errors'

const refused = (message: string, origins: readonly string[]) =>
  validationError([{ field: 'redirect', message, rule: 'origin', expected: [...origins] }])

/**
 * A path or an address, in printable ASCII without the backslash, which browsers read as a slash. A host in other letters is
 * written in Punycode.
 */
const PLAIN = /^(\/|https?:\/\/)[\x21-\x5b\x5d-\x7e]*$/i

/**
 * Where a browser is sent at the end: an address on one of the listed origins or on that of this server, whose pages sign in as well, compared
 * as a browser would read it, or a path on the first listed one. What is answered is the address as it was read, never the text that was sent. OWASP: Unvalidated
 * Redirects; RFC 9700, section 4.11.
 *
 * @param own the origin of this server
 * @throws {ApiError} VALIDATION_ERROR when it is any other target
 * @example redirectTarget('/home', ['https://app.example.com'], 'https://api.example.com') // 'https://app.example.com/home'
 */
export const redirectTarget = (
  value: string | undefined,
  origins: readonly string[],
  own: string
): string | undefined => {
  if (value === undefined) return origins[0]
  const [base = own] = origins
  const url = PLAIN.test(value) && URL.canParse(value, base) ? new URL(value, base) : undefined
  if (!url || ![...origins, own].includes(url.origin) || url.username || url.password)
    throw refused('is not on an allowed origin', origins)
  // What is handed over is put there.
  if (value.includes('#')) throw refused('must not have a fragment', origins)

  return url.href
}

/** The target with what is handed over in its fragment, which browsers send to no server. */
export const withFragment = (target: string, facts: Readonly<Record<string, string>>): string => {
  const parts = Object.entries(facts).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)

  return parts.length === 0 ? target : `${target}#${parts.join('&')}`
}
