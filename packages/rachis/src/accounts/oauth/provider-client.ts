import {
  allowInsecureRequests, ClientSecretBasic, ClientSecretPost, clockTolerance, Configuration, discovery, enableNonRepudiationChecks
} from 'openid-client' // prettier-ignore
import type { ServerMetadata } from 'openid-client'
import { ApiError } from '../../errors/errors'
import type { ProviderSettings } from './settings'

/** Seconds that a provider has for each answer. */
export const TIMEOUT = 10
/** Seconds that the clock of a provider may differ from ours. */
const TOLERANCE = 10

/** Signed by a key pair: with a shared secret, whoever verifies could sign. `none` is not among them. */
const ALGORITHMS = [
  'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'
] // prettier-ignore

export const unreachable = (cause: unknown) =>
  new ApiError('UNAVAILABLE', {
    message: 'The provider cannot be reached',
    headers: { 'Retry-After': '5' },
    cause
  })

const isPlain = (url: string) => new URL(url).protocol === 'http:'

/** What the settings do not say is asked of the provider. OpenID Connect Discovery 1.0, with the check of section 4.3. */
const discover = async (settings: ProviderSettings): Promise<ServerMetadata> => {
  const { issuer, client_id, authorize_url, token_url, jwks_url } = settings
  // A plain OAuth provider names no issuer, and nothing that it answers is compared with this one.
  if (!issuer) return { issuer: new URL(authorize_url!).origin }
  if (authorize_url && token_url && jwks_url) return { issuer }
  const execute = isPlain(issuer) ? [allowInsecureRequests] : []
  const found = await discovery(new URL(issuer), client_id!, undefined, undefined, {
    timeout: TIMEOUT,
    execute
  })

  return found.serverMetadata()
}

const metadataOf = async (settings: ProviderSettings): Promise<ServerMetadata> => {
  const found = await discover(settings)
  const { id_token_signing_alg_values_supported: signed = ALGORITHMS } = found

  return {
    ...found,
    authorization_endpoint: settings.authorize_url ?? found.authorization_endpoint,
    token_endpoint: settings.token_url ?? found.token_endpoint,
    userinfo_endpoint: settings.profile_url ?? found.userinfo_endpoint,
    jwks_uri: settings.jwks_url ?? found.jwks_uri,
    id_token_signing_alg_values_supported: signed.filter((name) => ALGORITHMS.includes(name))
  } as ServerMetadata
}

const configure = async (settings: ProviderSettings): Promise<Configuration> => {
  const { client_id, client_secret = '', token_endpoint_auth_method } = settings
  const metadata = await metadataOf(settings)
  const isBasic = token_endpoint_auth_method === 'client_secret_basic'
  const authentication = (isBasic ? ClientSecretBasic : ClientSecretPost)(client_secret)
  const client = new Configuration(metadata, client_id!, { [clockTolerance]: TOLERANCE }, authentication)
  client.timeout = TIMEOUT
  // Over TLS the specification lets signatures go unverified; but a proxy may stand between, and then anybody could be signed in.
  enableNonRepudiationChecks(client)
  // The settings of production refuse such URLs.
  if (isPlain(metadata.authorization_endpoint!)) allowInsecureRequests(client)

  return client
}

/**
 * The client of a provider, which verifies what the provider answers: signature, issuer, audience, times and nonce of an id_token.
 *
 * @throws {ApiError} UNAVAILABLE where the provider cannot be reached, or its document is somebody else's
 */
export const providerClient = (settings: ProviderSettings): Promise<Configuration> =>
  configure(settings).catch((error: unknown) => {
    throw unreachable(error)
  })
