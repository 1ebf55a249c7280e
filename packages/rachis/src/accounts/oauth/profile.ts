import { jwtVerify } from 'jose'
import type { JWTPayload } from 'jose'
import { ApiError } from '../../errors/errors'
import { emailOf } from '../../declare'
import type { Endpoints, Provider } from './provider'
import { fetchJson } from './provider'

/** Who a provider says that somebody is. */
export interface Profile {
  readonly provider: string
  readonly subject: string
  /** Only one that the provider has verified: any other is somebody's mere word. */
  readonly email?: string
  readonly first_name?: string
  readonly last_name?: string
}
/** What grant answers at the end of the flow. */
export interface GrantAnswer {
  readonly error?: unknown
  readonly id_token?: string
  readonly access_token?: string
  readonly profile?: Readonly<Record<string, unknown>>
}

/** Why a log-in was refused, for the log; a client is told the message. */
export const oauthRefused = (reason: string, message?: string, cause?: unknown) => {
  const error = new ApiError('OAUTH_REFUSED', { ...(message ? { message } : {}), cause })

  return Object.assign(error, { reason })
}

/** Signed by a key pair: with a shared secret, whoever verifies could sign. `none` is not among them. */
const ALGORITHMS = [
  'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'
] // prettier-ignore

/**
 * The claims of an id_token that this provider signed, for us, in answer to this very log-in. OpenID Connect Core 1.0, section
 * 3.1.3.7. grant looks at `aud` and `nonce` alone.
 *
 * @throws OAUTH_REFUSED for every other
 */
export const verifyIdToken = async (
  token: string | undefined,
  provider: Provider,
  { keys }: Endpoints,
  nonce: string | undefined
): Promise<JWTPayload & { sub: string }> => {
  if (!token || !keys) throw oauthRefused('no_id_token')
  const { payload } = await jwtVerify(token, keys, {
    algorithms: ALGORITHMS,
    issuer: provider.issuer,
    audience: provider.clientId,
    requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat', 'nonce'],
    clockTolerance: 10
  }).catch((error: unknown) => {
    throw oauthRefused('id_token', undefined, error)
  })
  const isForOthersToo = Array.isArray(payload.aud) && payload.aud.length > 1
  if (!nonce || payload.nonce !== nonce) throw oauthRefused('nonce')
  if ((isForOthersToo || payload.azp !== undefined) && payload.azp !== provider.clientId)
    throw oauthRefused('azp')
  if (typeof payload.sub !== 'string' || payload.sub === '') throw oauthRefused('no_subject')

  return payload as JWTPayload & { sub: string }
}

type Claims = Readonly<Record<string, unknown>>

const textOf = (value: unknown, most: number): string | undefined =>
  typeof value === 'string' ? value.replace(/\p{C}/gu, '').trim().slice(0, most) || undefined : undefined

const namesOf = (claims: Claims) => ({
  first_name: textOf(claims.given_name, 100),
  last_name: textOf(claims.family_name, 100)
})

/**
 * ASCII alone: what the provider has verified is one mailbox, and a Kelvin sign whose lower case is a k would make it another's.
 */
const address = (email: unknown): string | undefined =>
  typeof email === 'string' && /^[\x21-\x7e]+$/.test(email) ? emailOf(email) : undefined

/** Some send the word. */
const isVerified = (claims: Claims) => claims.email_verified === true || claims.email_verified === 'true'

const verifiedEmail = (claims: Claims) => (isVerified(claims) ? address(claims.email) : undefined)

const ofIdToken = async (
  answer: GrantAnswer,
  provider: Provider,
  endpoints: Endpoints,
  nonce: string | undefined
): Promise<Profile> => {
  const verified = await verifyIdToken(answer.id_token, provider, endpoints, nonce)
  // Section 5.3.2: userinfo that names another is another's.
  const told: Claims = answer.profile?.sub === verified.sub ? answer.profile : {}

  return {
    provider: provider.name,
    subject: verified.sub,
    // Each by its own word: an address of the one is not made good by what the other says of another.
    email: verifiedEmail(verified) ?? verifiedEmail(told),
    ...namesOf({ ...told, ...verified })
  }
}

interface Listed {
  readonly email?: unknown
  readonly primary?: boolean
  readonly verified?: boolean
}

/** The main address that is verified. What stands in the profile of GitHub is whatever the user wants shown. */
const listedEmail = async (url: string, access_token: string): Promise<string | undefined> => {
  const list = (await fetchJson(url, { Authorization: `Bearer ${access_token}` })) as Listed[]
  const verified = Array.isArray(list) ? list.filter((listed) => listed?.verified === true) : []

  return address((verified.find(({ primary }) => primary) ?? verified[0])?.email)
}

/** A provider without id_token: who it is comes over TLS from the provider's own API, by the token just received. */
const ofApi = async ({ profile, access_token }: GrantAnswer, provider: Provider): Promise<Profile> => {
  const { emails_url } = provider.settings
  const id = profile?.id ?? profile?.sub
  if (!access_token || profile?.error || (typeof id !== 'number' && typeof id !== 'string') || id === '')
    throw oauthRefused('no_subject')
  const email = emails_url ? await listedEmail(emails_url, access_token) : verifiedEmail(profile!)

  return { provider: provider.name, subject: String(id), email, ...namesOf(profile!) }
}

/** @throws OAUTH_REFUSED where the provider's answer does not say, provably, who signed in */
export const profileOf = async (
  answer: GrantAnswer,
  provider: Provider,
  nonce: string | undefined
): Promise<Profile> => {
  if (answer.error) throw oauthRefused('provider_error', undefined, answer.error)

  return provider.issuer
    ? ofIdToken(answer, provider, await provider.endpoints(), nonce)
    : ofApi(answer, provider)
}
