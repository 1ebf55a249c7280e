import { LRUCache } from 'lru-cache'
import { networkOf } from '../util/network'
import type { ResourceParams } from '../service/service'
import type { Application } from '../declare/declarations'

/** Every security event of accounts. Names are in the past tense and in snake_case. */
export type SecurityEvent =
  | 'login_succeeded'
  | 'login_failed'
  | 'login_locked'
  | 'logged_out'
  | 'logged_out_everywhere'
  | 'registered'
  | 'registration_repeated'
  | 'token_refreshed'
  | 'refresh_token_reused'
  | 'session_revoked'
  | 'password_changed'
  | 'password_reset_requested'
  | 'password_reset'
  | 'email_verification_requested'
  | 'email_verified'
  | 'email_change_requested'
  | 'email_changed'
  | 'email_change_cancelled'
  | 'role_changed'
  | 'account_deactivated'
  | 'account_activated'
  | 'account_removed'
  | 'mfa_enrolled'
  | 'mfa_disabled'
  | 'mfa_failed'
  | 'mfa_verified'
  | 'signed_link_made'
  | 'signed_link_refused'
  | 'mfa_recovery_codes_made'
  | 'recovery_code_used'
  | 'api_key_created'
  | 'api_key_used'
  | 'api_key_revoked'
  | 'api_key_refused'
  | 'oauth_linked'
  | 'oauth_unlinked'
  | 'oauth_refused'
  | 'impersonation_started'
  | 'csrf_refused'
  | 'rate_limited'

/**
 * What is recorded of every call: where it came from, and its trace. It is to be passed on to nested calls.
 *
 * @example await recordSecurity(app, 'logged_out', { ...callerOf(params), user_id: 7 })
 */
export const callerOf = (params: object): { address?: string; trace_id?: string } => {
  const { address, trace_id } = params as { address?: string; trace_id?: string }

  return { ...(address ? { address } : {}), ...(trace_id ? { trace_id } : {}) }
}

/** The same, and the record is kept or taken back with the transaction of the call. */
export const partOf = (params: object): Pick<SecurityFacts, 'address' | 'trace_id' | 'transaction'> => ({
  ...callerOf(params),
  transaction: (params as ResourceParams).transaction
})

export interface SecurityFacts {
  readonly user_id?: number | string | null
  readonly email?: string
  /** Where the call came from. */
  readonly address?: string
  readonly trace_id?: string
  /** Small and without secrets. */
  readonly details?: Record<string, string | number | boolean | null>
  /** Names the event where several processes record it: the first one to do so records it for all. */
  readonly origin?: string
  /** The connection of the call that the event happens in: code that holds one connection must not wait for another. */
  readonly transaction?: ResourceParams['transaction']
}

/** As it was typed, so whatever it is: the record must hold it. */
const printable = (email: string) => email.replace(/\p{C}/gu, '').slice(0, 254)

/** Events that anybody may cause at will. They are recorded once in a while for each address. */
const REFUSALS: readonly SecurityEvent[] = ['login_failed', 'oauth_refused', 'csrf_refused', 'registration_repeated'] // prettier-ignore
/** Of a refusal, one address and one minute; those beyond are counted. */
const MAX_ROWS = 20
const MINUTE = 60_000
const MAX_KEYS = 10_000

interface Refusals {
  since: number
  rows: number
  /** Not recorded since the last that was. */
  more: number
}
const refusalsOf = new WeakMap<Application, LRUCache<string, Refusals>>()

/** How many refusals of the kind a new record stands for besides its own; undefined where it is to be none. */
const repeatedRefusals = (app: Application, event: SecurityEvent, address = ''): number | undefined => {
  const refusals = refusalsOf.get(app) ?? new LRUCache<string, Refusals>({ max: MAX_KEYS })
  refusalsOf.set(app, refusals)
  const key = `${event} ${networkOf(address)}`
  const now = Date.now()
  const known = refusals.get(key)
  const isNew = !known || known.since + MINUTE <= now
  if (known && !isNew && known.rows >= MAX_ROWS) {
    known.more++
    return undefined
  }
  refusals.set(key, { since: isNew ? now : known.since, rows: isNew ? 1 : known.rows + 1, more: 0 })

  return known?.more ?? 0
}

const rowOf = (event: SecurityEvent, { user_id, email, ...payload }: Omit<SecurityFacts, 'origin' | 'transaction'>, repeated: number) => ({
  ...payload,
  ...(repeated > 0 ? { details: { ...payload.details, repeated } } : {}),
  ...(email === undefined ? {} : { email: printable(email) }),
  event,
  user_id: user_id === undefined ? null : String(user_id)
}) // prettier-ignore

/**
 * Records what happened at the door: a line of the log, and a record of `security-events`. That it cannot be kept must not
 * let anybody in or keep anybody out, so this never throws, except where it has an `origin`.
 *
 * @throws the error of the database, for an event with an `origin` that could not be kept
 *
 * @example await recordSecurity(app, 'login_failed', { email, address, trace_id, details: { strategy: 'local' } })
 */
export const recordSecurity = async (
  app: Application,
  event: SecurityEvent,
  { user_id, email, origin, transaction, ...payload }: SecurityFacts
): Promise<void> => {
  // What several processes note of one event is counted by whoever keeps it.
  if (!origin) app.emit('security', event)
  const repeated = REFUSALS.includes(event) ? repeatedRefusals(app, event, payload.address) : 0
  if (repeated === undefined) return
  const row = rowOf(event, { user_id, email, ...payload }, repeated)
  const logger = app.get('logger')
  try {
    await app
      .service('security-events')
      .create({ ...row, ...(origin ? { origin } : {}) }, { transaction } as object)
  } catch (err) {
    if (origin && (err as { errorCode?: string }).errorCode === 'DUPLICATE') return
    // Nobody waits for what comes of the feed, and it is tried again.
    if (origin) throw err
    logger.error({ err, event }, 'A security event could not be kept')
  }
  if (origin) app.emit('security', event)
  logger.info({ security: row }, event)
}
