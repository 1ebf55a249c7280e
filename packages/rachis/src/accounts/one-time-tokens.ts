import { randomBytes } from 'crypto'
import type { Knex } from 'knex'
import { ApiError } from '../errors/errors'
import { errors } from './errors'
import { hashOfSecret } from './secrets'

export const PURPOSES = ['reset_password', 'verify_email', 'confirm_email', 'cancel_email'] as const
export type Purpose = (typeof PURPOSES)[number]

export interface Grant {
  readonly user_id: number
  readonly purpose: Purpose
  /** Where it is sent to: it is good for that address alone. */
  readonly email: string
  /** Seconds that it is good for. */
  readonly ttl: number
}
export interface Spent {
  readonly id: string
  readonly user_id: number
  readonly email: string
  /** The account's address now. */
  readonly current: string
  /** Whether it was confirmed before this. */
  readonly is_verified: boolean
}

// The id finds the row, the rest is the secret: 256 bits, of which the row has the hash alone.
const ID_BYTES = 16
const TOKEN = /^[\w-]{64}$/

const hashOf = (secret: Buffer) => hashOfSecret(secret).toString('base64url')
const idOf = (bytes: Buffer) =>
  bytes.toString('hex').replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5')

/**
 * A new token takes the place of the older, also where two are made at once. Only a user who may object to a change of their address goes
 * on to: whoever changed it could else take that from them, by changing it once more.
 */
const ISSUE = `
with older as (
  delete from one_time_tokens
  where user_id = :user_id and purpose = :purpose and email <> :email and purpose <> 'cancel_email'
)
insert into one_time_tokens (user_id, purpose, email, token_hash, expires_at)
values (:user_id, :purpose, :email, :token_hash, now() + make_interval(secs => :ttl))
on conflict (user_id, purpose, email) do update set
  token_hash = excluded.token_hash, expires_at = excluded.expires_at, used_at = null, updated_at = now()
returning id`

/** Of all that come at once the first takes the row; the others wait for it, and find the token used. */
const SPEND = `
update one_time_tokens t set used_at = now(), updated_at = now() from users u
where t.id = :id and t.purpose = :purpose and t.token_hash = :token_hash and t.used_at is null and t.expires_at > now()
  and u.id = t.user_id and u.is_active and (u.email = t.email or not :isBound)
returning t.id, t.user_id, t.email, u.email as current, u.is_verified`

/**
 * A token for a mail.
 *
 * @example const token = await issueToken(knex, { user_id, purpose: 'verify_email', email, ttl: 86_400 })
 */
export const issueToken = async (knex: Knex, grant: Grant): Promise<string> => {
  const secret = randomBytes(32)
  const { rows } = await knex.raw<{ rows: { id: string }[] }>(ISSUE, { ...grant, token_hash: hashOf(secret) })

  return Buffer.concat([Buffer.from(rows[0]!.id.replace(/-/g, ''), 'hex'), secret]).toString('base64url')
}

/**
 * Uses a token up: once, for its purpose, before it expires, while its user is active and, if `isBound`, still has the address
 * that it was sent to. In a transaction, so that it is not used up where what it was used for fails.
 *
 * @throws {ApiError} INVALID_ONE_TIME_TOKEN, the same for every reason
 */
export const spendToken = async (
  knex: Knex,
  purpose: Purpose,
  token: string,
  { isBound = true } = {}
): Promise<Spent> => {
  const bytes = TOKEN.test(token) ? Buffer.from(token, 'base64url') : undefined
  if (!bytes) throw new ApiError(errors.INVALID_ONE_TIME_TOKEN)
  const id = idOf(bytes.subarray(0, ID_BYTES))
  const token_hash = hashOf(bytes.subarray(ID_BYTES))
  const { rows } = await knex.raw<{ rows: Spent[] }>(SPEND, { id, purpose, token_hash, isBound })
  if (!rows[0]) throw new ApiError(errors.INVALID_ONE_TIME_TOKEN)

  return rows[0]
}

/** The tokens of these purposes that a user still has are good no more. */
export const dropTokens = async (
  knex: Knex,
  user_id: number,
  purposes: readonly Purpose[]
): Promise<void> => {
  await knex('one_time_tokens')
    .where({ user_id })
    .whereIn('purpose', [...purposes])
    .delete()
}

/** Whoever had the address before objects: tokens that were given later are void. */
export const dropLater = async (knex: Knex, { id, user_id }: Spent): Promise<void> => {
  await knex('one_time_tokens')
    .where({ user_id, purpose: 'cancel_email' })
    .where('expires_at', '>', knex('one_time_tokens').where({ id }).select('expires_at'))
    .delete()
}
