/**
 * What a refusal of PostgreSQL means for a call:
 * - `validation`, `reference`, `duplicate`, `conflict`, `too_complex`: the caller can correct it (422, 409, 409, 409, 400)
 * - `unreachable`, `read_only`, `exhausted`, `locked`, `too_slow`, `id_taken`: it passes by itself (503 with Retry-After)
 * - `fault`: the program or the schema is wrong (500)
 */
export type Meaning =
  | 'validation'
  | 'required'
  | 'check'
  | 'reference'
  | 'duplicate'
  | 'conflict'
  | 'too_complex'
  | 'unreachable'
  | 'read_only'
  | 'exhausted'
  | 'locked'
  | 'too_slow'
  | 'id_taken'
  | 'fault'

/** The fields of a refusal that decide about its meaning. Its text is translated by the server and may hold values. */
export interface Refusal {
  readonly code?: unknown
  readonly routine?: unknown
  readonly constraint?: unknown
}

/** By the whole code, where its class says too little. */
const STATES: Readonly<Record<string, Meaning>> = {
  '23502': 'required',
  '23503': 'reference',
  '23001': 'reference',
  '23505': 'duplicate',
  '23514': 'check',
  // A hot standby cancels a statement by 40001 as well: it can be tried again either way.
  '40003': 'unreachable',
  '25006': 'read_only',
  '25P03': 'unreachable',
  '25P04': 'too_slow',
  '54000': 'validation',
  '55006': 'locked',
  '55P03': 'locked',
  '57014': 'too_slow',
  '57P01': 'unreachable',
  '57P02': 'unreachable',
  '57P03': 'unreachable',
  '57P04': 'unreachable',
  '57P05': 'unreachable',
  '2200H': 'fault',
  F0001: 'unreachable'
}

/** By the first two characters. A class that is missing here is a fault. */
const CLASSES: Readonly<Record<string, Meaning>> = {
  '08': 'unreachable',
  '22': 'validation',
  '23': 'conflict',
  // A statement that was prepared on another connection of a pooler, beyond what could be healed.
  '26': 'unreachable',
  // Credentials that are being changed, a database that is being restored: a caller can correct neither.
  '28': 'unreachable',
  '3D': 'unreachable',
  '40': 'conflict',
  '53': 'exhausted',
  '54': 'too_complex',
  '58': 'unreachable',
  '72': 'conflict'
}

/** Beyond these the connection is of no more use: its server is going, takes no writes, or the protocol is out of step. */
const DROPPED = /^(08|25P0[34]|25006|25001|26|28|3D|40003|57P0|58)/

const STATE = /^[0-9A-Z]{5}$/

const stateOf = ({ code }: Refusal): string | undefined =>
  typeof code === 'string' && STATE.test(code) && /\d/.test(code) ? code : undefined

/**
 * PostgreSQL and the pooler PgBouncer share 08P01. PostgreSQL uses it where the program broke the protocol, and names the routine
 * that noticed; PgBouncer uses it for each reason why it has no server to give.
 */
const isOwnProtocolError = ({ code, routine }: Refusal) => code === '08P01' && typeof routine === 'string'

/** Ids of changes come from a sequence, which a restore may have set back. The feed moves it on within seconds. */
const isIdTaken = ({ code, constraint }: Refusal) =>
  code === '23505' && /^changes_(recent|audited)_\d+_pkey$/.test(String(constraint))

/** There is no partition of the table of changes for the next id. Each process makes some once a minute. */
const hasNoPlace = ({ code, routine }: Refusal) => code === '23514' && routine === 'ExecFindPartition'

/**
 * The meaning of an error of the driver, by its SQLSTATE; undefined where it has none.
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 * @example meaningOf({ code: '53100' }) // 'exhausted'
 */
export const meaningOf = (error: Refusal): Meaning | undefined => {
  const state = stateOf(error)
  if (!state) return undefined
  if (isOwnProtocolError(error)) return 'fault'
  if (isIdTaken(error)) return 'id_taken'
  if (hasNoPlace(error)) return 'exhausted'

  return STATES[state] ?? CLASSES[state.slice(0, 2)] ?? 'fault'
}

/** Whether the connection that an error came over must not be used again. */
export const isConnectionSpent = (error: Refusal): boolean => DROPPED.test(stateOf(error) ?? '')

/** Errors of the network, as Node names them. */
const NETWORK =
  /^(ECONN(REFUSED|RESET|ABORTED)|ENOENT|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/
const LOST =
  /Connection terminated|timeout acquiring a connection|Client has encountered a connection error|connection timeout|timeout expired|read timeout|gave no answer in time|aborted/i

/** The database cannot be reached now, as opposed to a statement that it refused. */
export const isUnreachable = (error: unknown): boolean => {
  const { code, message, name, routine } = (error ?? {}) as Refusal & { message?: string; name?: string }
  const meaning = meaningOf({ code, routine })
  if (meaning) return meaning === 'unreachable' || code === '53300'

  return (
    (typeof code === 'string' && NETWORK.test(code)) ||
    ['KnexTimeoutError', 'DatabaseUnavailable'].includes(name ?? '') ||
    LOST.test(message ?? '')
  )
}
