import type { Database } from '../sql/database'

/**
 * Whoever inserts a change locks the table for it before it takes the id, and until its transaction is over or its savepoint rolled back. Transactions
 * without the lock own no ids: those of other databases, and those that build an index. Only `changes` itself may be inserted into, and no
 * partition, which would leave its lock out. `xids`: of the transaction and its savepoints, of which the lowest is its own.
 *
 * https://www.postgresql.org/docs/current/view-pg-locks.html
 */
const WRITERS = `
select pg_is_in_recovery() as "isStandby", pg_snapshot_xmax(pg_current_snapshot())::text as next,
  (select coalesce(jsonb_agg(xids), '[]') from (
    select array_agg(transactionid::text) filter (where transactionid is not null) as xids
    from pg_locks
    where granted and ((locktype = 'transactionid' and mode = 'ExclusiveLock') or (relation = 'changes'::regclass and mode = 'RowExclusiveLock'
      and database = (select oid from pg_database where datname = current_database())))
    group by virtualtransaction having bool_or(relation is not null)
  ) writer) as writers`

interface Answer {
  readonly isStandby: boolean
  /** An id that will be given to a transaction, or was a moment ago. */
  readonly next: string
  /** Ids of each, without what counts how often they began anew (their lower 32 bits); null before it has written anything. */
  readonly writers: readonly (readonly string[] | null)[]
}

/** `pg_locks` shows the lower half of an id; the whole one is the nearest to an id of today. */
const whole = (low: string, next: bigint): bigint => next + BigInt.asIntN(32, BigInt(low) - next)

const lowest = (ids: readonly bigint[]): bigint => ids.reduce((least, id) => (id < least ? id : least))

/**
 * The transactions that may still commit changes with ids that were given out before now, by their own ids, which they keep when they are
 * prepared and when the server starts anew. Undefined: one of them has no id yet, so that they are to be asked for once more: it may be about to
 * write, as far as anybody can tell.
 *
 * @throws Error on a standby, whose locks and snapshots do not show what is open at the primary
 */
export const openWriters = async (database: Database): Promise<readonly string[] | undefined> => {
  const [row] = await database.query({ text: WRITERS, values: [] })
  const { isStandby, next, writers } = row as unknown as Answer
  if (isStandby)
    throw new Error('The changes are read at a standby, which does not know what is open at its primary')
  if (writers.some((ids) => ids === null)) return undefined

  return writers.map((ids) => lowest(ids!.map((id) => whole(id, BigInt(next)))).toString())
}
