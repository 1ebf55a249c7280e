import { ApiError } from '../errors/errors'
import type { SessionAuthentication } from './authentication'
import { errors } from './errors'
import type { On } from './look-ups'

const invalidToken = () => new ApiError(errors.INVALID_TOKEN)

/**
 * A session and whom it stands for now.
 *
 * @throws {ApiError} INVALID_TOKEN where it is over, its user is gone or switched off, or who acts in it is no administrator any more
 */
export const principalOfSession = async (service: SessionAuthentication, id: string, on: On = {}) => {
  const session = await service.lookUps(on).session(id)
  if (!session || session.revoked_at !== null || session.expires_at <= new Date().toISOString())
    throw invalidToken()
  const { impersonator_id } = session
  if (impersonator_id !== null && (await service.userOf(impersonator_id, on)).role !== 'admin')
    throw invalidToken()

  return { session, user: await service.principalOf(session.user_id, session, on) }
}

/** What ends a key. */
export interface KeyEnds {
  readonly expires_at: string | Date | null
  readonly revoked_at: string | Date | null
}

/** Milliseconds since 1970. */
export const expiryOfKey = ({ expires_at }: Pick<KeyEnds, 'expires_at'>): number =>
  expires_at === null ? Infinity : new Date(expires_at).getTime()

/** Why a key is good no more; undefined where it is. */
export const endOfKey = (key: KeyEnds): 'revoked' | 'expired' | undefined => {
  if (key.revoked_at) return 'revoked'

  return expiryOfKey(key) <= Date.now() ? 'expired' : undefined
}

/**
 * Whom a key stands for now, within its permissions.
 *
 * @throws {ApiError} INVALID_API_KEY where it is over; INVALID_TOKEN where its owner is gone or switched off
 */
export const principalOfKey = async (service: SessionAuthentication, id: number, on: On = {}) => {
  const knex = on.transaction?.trx ?? service.app.get('postgresqlClient')
  const key = await knex<KeyEnds & { user_id: number; permissions: readonly string[] }>('api_keys')
    .where({ id } as object)
    .first('user_id', 'permissions', 'expires_at', 'revoked_at')
  if (!key || endOfKey(key)) throw new ApiError(errors.INVALID_API_KEY)

  return { ...(await service.principalOf(key.user_id, undefined, on)), scopes: key.permissions }
}
