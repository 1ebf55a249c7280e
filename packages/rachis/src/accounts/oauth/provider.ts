import {
  authorizationCodeGrant, buildAuthorizationUrl, calculatePKCECodeChallenge, fetchUserInfo, randomNonce,
  randomPKCECodeVerifier, randomState
} from 'openid-client' // prettier-ignore
import type { Configuration, IDToken } from 'openid-client'
import { oauthRefused, refusalOf } from './refused'
import { providerClient, TIMEOUT, unreachable } from './provider-client'
import type { ProviderSettings } from './settings'

/** Milliseconds. */
const REMEMBERED = 3_600_000

/** What the end of a flow is checked by. */
export interface Checks {
  readonly state: string
  readonly nonce?: string
  readonly code_verifier: string
}

/** What a provider answered at the end of a flow, verified. */
export interface ProviderAnswer {
  readonly access_token: string
  /** Of the id_token, where the provider speaks OpenID Connect. */
  readonly claims?: IDToken
  /** Who the provider's API says that it is. */
  readonly profile?: Readonly<Record<string, unknown>>
}

/** JSON from a provider, soon or not at all. */
export const fetchJson = async (url: string, access_token: string): Promise<unknown> => {
  try {
    const response = await fetch(url, {
      headers: {
        Accept: 'application/json',
        'User-Agent': 'rachis',
        Authorization: `Bearer ${access_token}`
      },
      signal: AbortSignal.timeout(TIMEOUT * 1000),
      redirect: 'error'
    })
    if (!response.ok) throw new Error(`${url} answers ${response.status}`)

    return await response.json()
  } catch (error) {
    throw unreachable(error)
  }
}

/** One way to sign in by somebody else's word: the flow of RFC 6749, section 4.1, with PKCE, state and nonce. */
export class Provider {
  private known?: { client: Promise<Configuration>; until: number }

  constructor(
    readonly name: string,
    readonly settings: ProviderSettings
  ) {}

  /** With an issuer there is an id_token, and what it says counts. */
  get isOpenId(): boolean {
    return this.settings.issuer !== undefined
  }

  /** Made at the first log-in, and again every hour; a provider that is down now may be up the next time. */
  private client(): Promise<Configuration> {
    if (this.known && this.known.until > Date.now()) return this.known.client
    const client = providerClient(this.settings)
    this.known = { client, until: Date.now() + REMEMBERED }
    client.catch(() => (this.known = undefined))

    return client
  }

  /** Whether an answer that names this issuer, or none, may be the provider's. RFC 9207, section 2.4. */
  async isIssuer(iss: string | undefined): Promise<boolean> {
    if (!this.isOpenId) return true
    const { issuer, authorization_response_iss_parameter_supported } = (await this.client()).serverMetadata()

    return iss === undefined ? !authorization_response_iss_parameter_supported : iss === issuer
  }

  /** Where the browser goes, and what its answer is checked by. */
  async begin(redirect_uri: string): Promise<{ location: string; checks: Checks }> {
    const client = await this.client()
    const { scope = this.isOpenId ? ['openid', 'email', 'profile'] : [] } = this.settings
    const nonce: { nonce?: string } = this.isOpenId ? { nonce: randomNonce() } : {}
    const checks = { state: randomState(), code_verifier: randomPKCECodeVerifier(), ...nonce }
    const location = buildAuthorizationUrl(client, {
      redirect_uri,
      ...(scope.length > 0 ? { scope: scope.join(' ') } : {}),
      state: checks.state,
      ...(checks.nonce ? { nonce: checks.nonce } : {}),
      code_challenge: await calculatePKCECodeChallenge(checks.code_verifier),
      code_challenge_method: 'S256'
    })

    return { location: location.href, checks }
  }

  /**
   * The provider's answer to the code, verified.
   *
   * @param iss the issuer that the provider named beside the code
   * @throws {ApiError} OAUTH_REFUSED when it is no answer to this very log-in, UNAVAILABLE when the provider does not answer
   */
  async finish(
    { redirect_uri, checks }: { readonly redirect_uri: string; readonly checks: Checks },
    code: string,
    iss: string | undefined
  ): Promise<ProviderAnswer> {
    const client = await this.client()
    const url = new URL(redirect_uri)
    const said = { code, state: checks.state, ...(this.isOpenId && iss ? { iss } : {}) }
    for (const [name, value] of Object.entries(said)) url.searchParams.set(name, value)
    const tokens = await authorizationCodeGrant(client, url, {
      expectedState: checks.state,
      pkceCodeVerifier: checks.code_verifier,
      ...(this.isOpenId ? { expectedNonce: checks.nonce!, idTokenExpected: true } : {})
    }).catch((error: unknown) => {
      throw refusalOf(error, client, checks.nonce)
    })
    const { access_token } = tokens
    const claims = tokens.claims()
    if (!this.isOpenId) return { access_token, profile: await this.apiProfile(access_token) }
    assertOurs(claims!, client)

    return { access_token, claims, profile: await userInfo(client, access_token, claims!.sub) }
  }

  private async apiProfile(access_token: string) {
    const profile = await fetchJson(this.settings.profile_url!, access_token)

    return profile as ProviderAnswer['profile']
  }
}

/** OpenID Connect Core 1.0, section 5.3.2: userinfo that names another is another's. */
const userInfo = (client: Configuration, access_token: string, sub: string) =>
  fetchUserInfo(client, access_token, sub).catch(() => undefined)

/** OpenID Connect Core 1.0, section 3.1.3.7: the client asks of `azp` only where there are several audiences. */
const assertOurs = ({ azp, sub }: IDToken, client: Configuration) => {
  if (azp !== undefined && azp !== client.clientMetadata().client_id) throw oauthRefused('azp')
  if (sub === '') throw oauthRefused('no_subject')
}
