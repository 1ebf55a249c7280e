import { randomBytes } from 'crypto'
import type { Knex } from 'knex'
import { ApiError } from '../errors/errors'
import type { Credential, CredentialFacts } from '../rules/identity'
import { readKey } from './api-keys'
import { errors } from './errors'
import { hashOfSecret } from './secrets'

/** Seconds that a ticket is good for: a page asks for it and opens its stream at once. */
export const TICKET_TTL = 30

/** What a stream is signed in by that was opened with a ticket: the session or the key that the ticket was asked for with. */
export interface TicketCredential {
  readonly strategy: 'event_ticket'
  readonly session_id: string | null
  readonly api_key_id: number | null
  /** Seconds since 1970 at which that ends by itself. A ticket must not make it longer. */
  readonly exp?: number
}

const TICKET = /^[\w-]{43}$/

/** Those that nobody used go by the way, a few at a time: no more come in than leave. */
const PRUNED = `with over as (
  delete from event_tickets where ctid = any(array(
    select ctid from event_tickets where expires_at < now() limit 100 for update skip locked
  ))
)`
const COLUMNS = '(hash, expires_at, credential_expires_at, session_id, api_key_id)'
const EXPIRES = `now() + make_interval(secs => ${TICKET_TTL})`

const FOR_SESSION = `${PRUNED}
insert into event_tickets ${COLUMNS} values (:hash, ${EXPIRES}, to_timestamp(:exp), :id, null)`
const FOR_KEY = `${PRUNED}
insert into event_tickets ${COLUMNS}
select :hash, ${EXPIRES}, expires_at, null, id from api_keys where prefix = :prefix`

/** Of all that come at once the first deletes the row; the others wait for it, and find none. */
const REDEEM = `
with used as (delete from event_tickets where hash = ? returning *)
select session_id, api_key_id::int, floor(extract(epoch from credential_expires_at))::int as exp
from used where expires_at > now()`

/**
 * Makes a ticket for the session or the API key that a call authenticated by. Its hash alone is kept.
 *
 * @param facts of the credential
 * @throws {ApiError} NOT_AUTHENTICATED for a credential of another kind
 */
export const issueTicket = async (
  knex: Knex,
  credential: Credential,
  { record, exp }: Partial<CredentialFacts>
): Promise<string> => {
  const { api_key } = credential as { readonly api_key?: unknown }
  const prefix = readKey(api_key)?.prefix
  const [resource, id] = record?.split('/') ?? []
  if (prefix === undefined && resource !== 'sessions') throw new ApiError('NOT_AUTHENTICATED')
  const ticket = randomBytes(32).toString('base64url')
  const hash = hashOfSecret(ticket)
  if (prefix === undefined) await knex.raw(FOR_SESSION, { hash, id: id!, exp: exp ?? (null as never) })
  else await knex.raw(FOR_KEY, { hash, prefix })

  return ticket
}

/**
 * Uses a ticket up: once, before it expires, in any process. Whether its session or key is still good is asked where it signs in.
 *
 * @throws {ApiError} INVALID_TICKET, the same for every reason
 */
export const redeemTicket = async (knex: Knex, ticket: string): Promise<TicketCredential> => {
  if (!TICKET.test(ticket)) throw new ApiError(errors.INVALID_TICKET)
  const { rows } = await knex.raw<{ rows: (Omit<TicketCredential, 'strategy' | 'exp'> & { exp: number | null })[] }>(REDEEM, [hashOfSecret(ticket)]) // prettier-ignore
  if (!rows[0]) throw new ApiError(errors.INVALID_TICKET)
  const { exp, ...credential } = rows[0]

  return { strategy: 'event_ticket', ...credential, ...(exp === null ? {} : { exp }) }
}
