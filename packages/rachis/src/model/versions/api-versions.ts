import { ApiError } from '../../errors/errors'
import { prefixOf } from '../prefix'

/** An older version of the API that is served beside the present one. Times are ISO 8601. */
export interface OlderVersion {
  /** From when on it is deprecated, which its answers say in `Deprecation` (RFC 9745). */
  readonly deprecated?: string
  /** When it is expected to end, which its answers say in `Sunset` (RFC 8594). */
  readonly sunset?: string
  /** The address of a page about it, for people. */
  readonly documentation?: string
}

/**
 * The versions of an API: the present one, and what is to be said of older ones. All from 1 to the present one are served.
 *
 * @example const versions: DeclaredVersions = { current: 2, older: { 1: { deprecated: '2026-11-01', sunset: '2027-11-01' } } }
 */
export interface DeclaredVersions {
  readonly current: number
  readonly older?: Readonly<Record<number, OlderVersion>>
}

/** The same, complete. */
export interface ApiVersions {
  readonly current: number
  /** All that are served, the oldest first. */
  readonly served: readonly number[]
  readonly older: ReadonlyMap<number, OlderVersion>
}

/** What an address is answered whose version is not served. */
export const notServed = ({ served }: ApiVersions): ApiError =>
  new ApiError('NO_SUCH_PATH', { hint: `Versions of this API: ${served.map(prefixOf).join(', ')}` })

const MOST = 100
const isTime = (text: string) => !Number.isNaN(Date.parse(text))

const assertOlder = (version: number, current: number, { deprecated, sunset }: OlderVersion) => {
  const at = `versions.older[${version}]`
  if (!(version >= 1 && version < current)) throw new Error(`${at} is no version before ${current}`)
  for (const [name, time] of Object.entries({ deprecated, sunset }))
    if (time !== undefined && !isTime(time)) throw new Error(`${at}.${name} is ${time}: write a time such as 2027-11-01`) // prettier-ignore
  if (deprecated !== undefined && sunset !== undefined && Date.parse(sunset) < Date.parse(deprecated))
    throw new Error(`${at} ends before it is deprecated: RFC 9745, section 4, wants it the other way round`)
}

/**
 * What an application says of its versions, checked. An application that says nothing has version 1.
 *
 * @throws Error for a version or a time that is none
 */
export const apiVersions = ({ current, older = {} }: DeclaredVersions = { current: 1 }): ApiVersions => {
  if (!Number.isInteger(current) || current < 1 || current > MOST)
    throw new Error(`versions.current is ${current}: write a whole number from 1 to ${MOST}`)
  for (const [version, said] of Object.entries(older)) assertOlder(Number(version), current, said)

  return {
    current,
    served: Array.from({ length: current }, (_, index) => index + 1),
    older: new Map(Object.entries(older).map(([version, said]) => [Number(version), said]))
  }
}

/** What a client says of the version that it wants, on a transport without addresses: a number, or the text of one. */
export const readVersion = ({ served }: ApiVersions, given: unknown): number | undefined => {
  if (given === undefined || given === null) return undefined
  const version = typeof given === 'string' && /^\d{1,3}$/.test(given) ? Number(given) : given
  if (served.includes(version as number)) return version as number
  const hint = `Versions of this API: ${served.join(', ')}`
  throw new ApiError('NOT_ACCEPTABLE', { field: 'version', message: 'This version is not served', hint })
}

declare module '../../declare/declarations' {
  interface Configuration {
    versions: ApiVersions
  }
}
