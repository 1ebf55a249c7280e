import type { Configuration, IDToken } from 'openid-client'
import { ApiError } from '../../errors/errors'
import { errors } from '../errors'
import { unreachable } from './provider-client'

/** An error with the reason for which a log-in was refused: the reason is logged, and clients get the message alone. */
export const oauthRefused = (reason: string, message?: string, cause?: unknown) => {
  const error = new ApiError(errors.OAUTH_REFUSED, { ...(message ? { message } : {}), cause })

  return Object.assign(error, { reason })
}

/** What the client found: the claims that it refused, or the body that had none. */
interface Found {
  readonly claim?: string
  readonly claims?: Partial<IDToken>
  readonly body?: { readonly id_token?: unknown }
}
const foundIn = (error: unknown): Found => {
  const { cause } = error as { cause?: unknown }
  return cause instanceof Error ? foundIn(cause) : ((cause ?? {}) as Found)
}

/** The provider answered with an error, or with something else than tokens. */
const ERRORS = [
  'OAUTH_RESPONSE_BODY_ERROR', 'OAUTH_WWW_AUTHENTICATE_CHALLENGE', 'OAUTH_RESPONSE_IS_NOT_CONFORM', 'OAUTH_RESPONSE_IS_NOT_JSON',
  'OAUTH_PARSE_ERROR'
] // prettier-ignore

/**
 * The error that a client gets for a failed exchange of a code. It repeats nothing that the provider says.
 *
 * @param nonce of the flow, where the provider speaks OpenID Connect
 */
export const refusalOf = (error: unknown, client: Configuration, nonce: string | undefined) => {
  const { code = '' } = error as { code?: string }
  if (error instanceof TypeError || code === 'OAUTH_TIMEOUT') return unreachable(error)
  const isError = nonce === undefined || ERRORS.includes(code)
  const reason = isError
    ? 'provider_error'
    : reasonOf(foundIn(error), client.clientMetadata().client_id, nonce)

  return oauthRefused(reason, undefined, error)
}

const reasonOf = ({ claim, claims, body }: Found, client_id: string, nonce: string): string => {
  if (body && body.id_token === undefined) return 'no_id_token'
  if (!claims) return 'id_token'
  // An answer to another log-in, or to another client.
  if (claims.nonce !== nonce || ![claims.aud].flat().includes(client_id)) return 'provider_error'

  return claim === 'azp' || claim === 'aud' ? 'azp' : 'id_token'
}
