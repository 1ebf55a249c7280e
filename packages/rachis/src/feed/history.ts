import type { Database } from '../sql/database'

const historySql = (further: string) => `
select (select epoch from feed_epoch where changes_oid = 'changes'::regclass::oid${further}) as epoch,
  (select last_value from changes_id_seq) as last`

/**
 * Distinguishes one history of changes from another: `epoch` is its stored name, or null where the table is elsewhere than it was when it
 * got that (`renewEpoch`). `last` is the highest id that the sequence has given out: where it is lower than what a process has already
 * read, the history went back.
 */
export const HISTORY = historySql(`
    and database_oid = (select oid from pg_database where datname = current_database())`)

/**
 * The same on a connection on which the epoch was renewed: its database stays the same one as long as the connection, and the feed reads
 * some fifty times a second.
 */
export const KNOWN_HISTORY = historySql('')

/** Where to begin reading. */
export interface Beginning {
  readonly epoch: string
  readonly position: number
  /** Ids behind the position that were committed before, and so are not handed on. */
  readonly seen: Set<number>
  /** The highest of them, or the position. */
  readonly last: number
}

/**
 * When the oldest transaction began that may still be running, or earlier. Other roles' transactions show no time to those who
 * are not members of pg_read_all_stats, and prepared ones only when they were prepared: an hour before is assumed for both.
 */
const OLDEST = `
select least(
  clock_timestamp(),
  (select min(case when query = '<insufficient privilege>' or state = 'disabled' then now() - interval '1 hour' else xact_start end)
    from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()),
  (select min(prepared) - interval '1 hour' from pg_prepared_xacts where database = current_database())
)::text as since`

/** Times of changes are rounded to milliseconds, up or down. */
const BEGINNING = `
with history as (${HISTORY}),
old as (
  select max(id) as id from changes where created_at < $1::timestamptz - interval '2 ms'
  union all
  -- Those that were removed as too old have had their turn as well.
  select id from feed_horizon, history
  where feed_horizon.epoch = history.epoch and created_at < $1::timestamptz - interval '2 ms'
),
settled as (select coalesce(max(id), 0) as id from old)
select history.epoch, settled.id as position,
  (select jsonb_agg(id order by id) from changes where id > settled.id) as seen
from history cross join settled`

/**
 * The present, as a place to begin: all that is committed from now on is behind it and not among the seen. A change of a
 * transaction that is still open may have a lower id than changes that are already committed, however long it stays open. A
 * change takes its id before its time, so changes that are older than every open transaction have lower ids than all that
 * those may still commit.
 */
export const findBeginning = async (database: Database): Promise<Beginning> => {
  await restoreSequence(database)
  // Asked before the snapshot of the changes: a transaction that ended in between would be missed by both.
  const [oldest] = await database.query({ text: OLDEST, values: [] })
  const [row] = await database.query({ text: BEGINNING, values: [oldest!.since] })
  const seen = new Set((row!.seen ?? []) as number[])
  let position = Number(row!.position)
  while (seen.delete(position + 1)) position++

  return {
    epoch: (row!.epoch ?? '') as string,
    position,
    seen,
    last: Math.max(position, ...[...seen].slice(-1))
  }
}

const IS_BEHIND =
  'select coalesce((select max(id) from changes) > (select last_value from changes_id_seq), false) as is_behind'

/** Nobody inserts while the lock is held, and whoever takes an id holds the conflicting lock already. */
const RESTORE = `
do $$ begin
  lock table changes in share row exclusive mode;
  perform setval('changes_id_seq', greatest((select max(id) from changes), (select last_value from changes_id_seq)));
end $$`

/** A sequence that was set back gives out ids that are taken, so that every write fails: it is moved behind the last change. */
const restoreSequence = async (database: Database): Promise<void> => {
  const [row] = await database.query({ text: IS_BEHIND, values: [] })
  if (row!.is_behind) await database.query({ text: RESTORE, values: [] })
}
