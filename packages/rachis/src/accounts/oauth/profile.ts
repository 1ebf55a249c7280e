import { emailOf } from '../../declare'
import type { Provider, ProviderAnswer } from './provider'
import { fetchJson } from './provider'
import { oauthRefused } from './refused'

/** Who a provider says that somebody is. */
export interface Profile {
  readonly provider: string
  readonly subject: string
  /** Only one that the provider has verified: any other is somebody's mere word. */
  readonly email?: string
  readonly first_name?: string
  readonly last_name?: string
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

const ofIdToken = ({ claims, profile = {} }: ProviderAnswer, provider: Provider): Profile => ({
  provider: provider.name,
  subject: claims!.sub,
  // Each by its own word: an address of the one is not made good by what the other says of another.
  email: verifiedEmail(claims!) ?? verifiedEmail(profile),
  ...namesOf({ ...profile, ...claims })
})

interface Listed {
  readonly email?: unknown
  readonly primary?: boolean
  readonly verified?: boolean
}

/** The main address that is verified. What stands in the profile of GitHub is whatever the user wants shown. */
const listedEmail = async (url: string, access_token: string): Promise<string | undefined> => {
  const list = (await fetchJson(url, access_token)) as Listed[]
  const verified = Array.isArray(list) ? list.filter((listed) => listed?.verified === true) : []

  return address((verified.find(({ primary }) => primary) ?? verified[0])?.email)
}

/** A provider without id_token: who it is comes over TLS from the provider's own API, by the token just received. */
const ofApi = async (
  { profile = {}, access_token }: ProviderAnswer,
  provider: Provider
): Promise<Profile> => {
  const { emails_url } = provider.settings
  const id = profile.id ?? profile.sub
  if ((typeof id !== 'number' && typeof id !== 'string') || id === '') throw oauthRefused('no_subject')
  const email = emails_url ? await listedEmail(emails_url, access_token) : verifiedEmail(profile)

  return { provider: provider.name, subject: String(id), email, ...namesOf(profile) }
}

/** @throws {ApiError} OAUTH_REFUSED where the provider's answer does not say who signed in */
export const profileOf = async (answer: ProviderAnswer, provider: Provider): Promise<Profile> =>
  provider.isOpenId ? ofIdToken(answer, provider) : ofApi(answer, provider)
