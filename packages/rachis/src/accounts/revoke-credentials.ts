import type { Knex } from 'knex'

/** What was void of it, for the security log. */
export interface RevokedCredentials {
  readonly api_keys: number
  readonly identities: number
  readonly second_factors: number
}

/**
 * The mailbox's owner has come to an account whose address nobody had confirmed: whoever made it may have been anybody. So no way
 * in that was laid before outlives it; sessions and pending links end with the password. Sudhodanan and Paverd, Pre-hijacked
 * accounts, USENIX Security 2022.
 *
 * @example await claim(trx, 7) // { api_keys: 1, identities: 0, second_factors: 0 }
 */
export const revokeOtherCredentials = async (trx: Knex, user_id: number): Promise<RevokedCredentials> => {
  const now = new Date()
  const keys = trx('api_keys').where({ user_id, revoked_at: null })
  const api_keys = await keys.update({ revoked_at: now, updated_at: now })
  const identities = await trx('identities').where({ user_id }).delete()
  const second_factors = await trx('mfa_factors').where({ user_id }).delete()
  await trx('recovery_codes').where({ user_id }).delete()

  return { api_keys, identities, second_factors }
}
