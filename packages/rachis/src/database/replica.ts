import type { Knex } from 'knex'
import type { Settings } from '../declare/declarations'
import { meaningOf } from '../errors/errors'
import type { Refusal } from '../errors/errors'
import type { Row, StatementOf } from '../sql/database'
import type { StatementWatch } from '../util/statement-watch'
import { passwordOf } from './password'
import type { Log } from './pools'
import { poolOf, sessionsTo, targetOf } from './pools'
import { createDatabase } from './query'

/** Positions of the log as numbers. Behind the last record of a page one server names the page's end, the other what follows its header. */
const PAGE = 8192
const LONGEST_HEADER = 40

const positionOf = (bytes: number): number =>
  bytes % PAGE <= LONGEST_HEADER ? bytes - (bytes % PAGE) : bytes

const STATE = `
select pg_catalog.pg_is_in_recovery() as "isStandby", (select epoch from feed_epoch) as epoch,
  case when pg_catalog.pg_is_in_recovery()
    then pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_last_wal_replay_lsn(), '0/0')::float8 end as position`

/** Of what was written, and not of what has reached the disk: with `synchronous_commit = off` that comes later. */
const PRESENT = `select pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_insert_lsn(), '0/0')::float8 as position`

const TRANSACTION = `select pg_catalog.pg_xact_status($1::text::xid8) is distinct from 'in progress' as done`

/** What the primary's log has come to: a copy that has it has all that was committed until now. */
export const presentPosition = async (primary: Knex): Promise<number> => {
  const { rows } = await primary.raw<{ rows: { position: number }[] }>(PRESENT)

  return positionOf(rows[0]!.position)
}

interface State {
  readonly isStandby: boolean
  readonly position: number | null
  readonly epoch: string | null
}

/** A server that has a copy of the primary. */
export interface Replica {
  readonly knex: Knex
  query<R = Row>(statement: StatementOf): Promise<R[]>
  look(): Promise<State>
  /** Whether it has all of a transaction, or knows that it was rolled back. */
  hasTransaction(id: string): Promise<boolean>
  close(): Promise<void>
}

/** A number of a transaction; clients may send anything in its place. */
const TRANSACTION_ID = /^[1-9]\d{0,18}$/

/** @throws {Error} where `replica_url` cannot be read */
export const openReplica = (
  settings: Settings['database'],
  { log, statements }: { readonly log?: Log; readonly statements?: StatementWatch }
): Replica => {
  let retired = 0
  const retire = () => {
    retired = Date.now()
  }
  const options = { variable: 'DATABASE_REPLICA_URL', password: passwordOf(settings), wanted: 'standby', onMoved: retire } as const // prettier-ignore
  const target = targetOf(settings.replica_url, options)
  const sessions = sessionsTo(target, settings, { log, statements, onSilent: retire })
  const knex = poolOf(() => sessions(), settings.pool_max, ({ openedAt }) => openedAt > retired, log) // prettier-ignore
  const database = createDatabase(knex)

  return {
    knex,
    query: (statement) => database.query(statement),
    async look() {
      const [state] = await database.query<State>({ text: STATE, values: [] })

      return { ...state!, position: state!.position === null ? null : positionOf(state!.position) }
    },
    async hasTransaction(id) {
      if (!TRANSACTION_ID.test(id)) return true
      // One that it has not heard of is refused as one of the future.
      const found = await database.query<{ done: boolean }>({ text: TRANSACTION, values: [id] }).catch((error: Refusal) => {
        if (meaningOf(error) === 'validation') return []
        throw error
      }) // prettier-ignore

      return found[0]?.done === true
    },
    close: () => knex.destroy()
  }
}
