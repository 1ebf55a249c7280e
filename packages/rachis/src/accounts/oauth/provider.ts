import { createRemoteJWKSet } from 'jose'
import type { JWTVerifyGetKey } from 'jose'
import { ApiError } from '../../errors/errors'
import type { ProviderSettings } from './settings'

const TIMEOUT = 10_000
const REMEMBERED = 3_600_000

/** What a discovery document tells, as far as it is used. OpenID Connect Discovery 1.0, section 3; RFC 9207, section 3. */
interface Discovered {
  issuer?: string
  authorization_endpoint?: string
  token_endpoint?: string
  userinfo_endpoint?: string
  jwks_uri?: string
  authorization_response_iss_parameter_supported?: boolean
}
export interface Endpoints {
  /** In grant's names. What is missing grant knows by itself. */
  readonly grant: { authorize_url?: string; access_url?: string; profile_url?: string }
  readonly keys?: JWTVerifyGetKey
  /** The provider says who it is in each of its answers, and one that does not is not its. */
  readonly tellsIssuer: boolean
}

export const unreachable = (cause: unknown) =>
  new ApiError('UNAVAILABLE', {
    message: 'The provider cannot be reached',
    headers: { 'Retry-After': '5' },
    cause
  })

/** JSON from a provider, soon or not at all. */
export const fetchJson = async (url: string, headers: Record<string, string> = {}): Promise<unknown> => {
  try {
    const response = await fetch(url, {
      headers: { Accept: 'application/json', 'User-Agent': 'rachis', ...headers },
      signal: AbortSignal.timeout(TIMEOUT),
      redirect: 'error'
    })
    if (!response.ok) throw new Error(`${url} answers ${response.status}`)

    return await response.json()
  } catch (error) {
    throw unreachable(error)
  }
}

/** Who never answers must not keep a caller forever; grant itself waits as long as it takes. */
export const withProviderTimeout = async <T>(work: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(unreachable(new Error('The provider took too long'))), TIMEOUT)
  })

  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

/** One way to sign in by somebody else's word. */
export class Provider {
  private known?: { endpoints: Promise<Endpoints>; until: number }

  constructor(
    readonly name: string,
    readonly settings: ProviderSettings
  ) {}

  get clientId(): string {
    return this.settings.client_id!
  }

  /** With an issuer there is an id_token, and what it says counts. */
  get issuer(): string | undefined {
    return this.settings.issuer
  }

  /** Asked of the provider at the first log-in, and again every hour; a provider that is down now may be up the next time. */
  endpoints(): Promise<Endpoints> {
    if (this.known && this.known.until > Date.now()) return this.known.endpoints
    const endpoints = this.look()
    this.known = { endpoints, until: Date.now() + REMEMBERED }
    endpoints.catch(() => (this.known = undefined))

    return endpoints
  }

  private async look(): Promise<Endpoints> {
    const { authorize_url, token_url, profile_url, jwks_url } = this.settings
    const found = await this.discover()
    const keys = jwks_url ?? found.jwks_uri

    return {
      grant: defined({
        authorize_url: authorize_url ?? found.authorization_endpoint,
        access_url: token_url ?? found.token_endpoint,
        profile_url: profile_url ?? found.userinfo_endpoint
      }),
      ...(keys ? { keys: createRemoteJWKSet(new URL(keys), { timeoutDuration: TIMEOUT }) } : {}),
      tellsIssuer: found.authorization_response_iss_parameter_supported === true
    }
  }

  private async discover(): Promise<Discovered> {
    const { issuer, authorize_url, token_url, jwks_url } = this.settings
    if (!issuer || (authorize_url && token_url && jwks_url)) return {}
    const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
    const found = (await fetchJson(url)) as Discovered
    // Section 4.3: a document of somebody else would name his endpoints.
    if (found.issuer !== issuer)
      throw unreachable(new Error(`${url} names the issuer ${String(found.issuer)}`))

    return found
  }
}

const defined = (endpoints: Record<string, string | undefined>) =>
  Object.fromEntries(Object.entries(endpoints).filter(([, url]) => url !== undefined))
