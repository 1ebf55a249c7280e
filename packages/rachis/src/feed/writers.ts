import type { Database } from '../sql/database'

/** A transaction that is open and may have taken the id of a change. */
export interface Writer {
  /** What PostgreSQL calls it while it is open; another name once it is prepared (`PREPARE TRANSACTION`). */
  readonly name: string
  readonly isPrepared: boolean
}

/**
 * Whoever inserts a change locks the table for it before the id is taken, until the transaction or savepoint is over, and its changes are
 * visible before the lock is given back. Transactions without the lock have no ids: those of other databases, and those that build an index.
 *
 * https://www.postgresql.org/docs/current/view-pg-locks.html
 */
const WRITERS = `
select virtualtransaction as name, pid is null as "isPrepared" from pg_locks
where granted and mode = 'RowExclusiveLock' and locktype = 'relation' and relation = 'changes'::regclass
  and database = (select oid from pg_database where datname = current_database())`

/** The transactions that may still commit changes with ids that were given out before now. */
export const openWriters = async (database: Database): Promise<readonly Writer[]> =>
  (await database.query({ text: WRITERS, values: [] })) as unknown as Writer[]

/** Those of the owners that are open still. Where one has ended, any prepared one may be it, under its other name. */
export const stillOpen = (
  owners: readonly Writer[] | undefined,
  writers: readonly Writer[]
): readonly Writer[] => {
  if (!owners) return writers
  const isAmong = (list: readonly Writer[], { name }: Writer) => list.some((one) => one.name === name)
  const hasEnded = owners.some((owner) => !owner.isPrepared && !isAmong(writers, owner))

  return writers.filter((writer) => isAmong(owners, writer) || (hasEnded && writer.isPrepared))
}
