import { randomBytes } from 'crypto'
import type { Database, Row } from '../sql/database'

/** What no server keeps from its clients. */
const PLACE = `
select (select oid from pg_database where datname = current_database())::text as database_oid,
  'changes'::regclass::oid::text as changes_oid, pg_last_wal_replay_lsn()::text as recovered_at`

/** What some keep from all but administrators, or do not have. */
const SYSTEM = 'select system_identifier::text as fact from pg_control_system()'
const TIMELINE = 'select left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) as fact'

/** Not allowed; a standby; not supported; no such function. */
const UNTOLD: readonly unknown[] = ['42501', '55000', '0A000', '42883']

const OTHER = `coalesce(known.epoch = $7 or known.database_oid <> excluded.database_oid or known.changes_oid <> excluded.changes_oid
  or known.system_identifier <> excluded.system_identifier or known.timeline <> excluded.timeline
  or (excluded.timeline is null and known.recovered_at is distinct from excluded.recovered_at), false)`

/** Nothing is written where all is as it was, so that it costs nothing to ask again. Of several processes that find another place one names it. */
const RENEW = `
insert into feed_epoch as known (epoch, database_oid, changes_oid, system_identifier, timeline, recovered_at)
values ($1, $2::oid, $3::oid, $4, $5, $6)
on conflict (only_row) do update set epoch = case when ${OTHER} then excluded.epoch else known.epoch end,
  database_oid = excluded.database_oid, changes_oid = excluded.changes_oid, recovered_at = excluded.recovered_at,
  system_identifier = coalesce(excluded.system_identifier, known.system_identifier),
  timeline = coalesce(excluded.timeline, known.timeline)
where ${OTHER} or known.recovered_at is distinct from excluded.recovered_at
  or (known.system_identifier is null and excluded.system_identifier is not null)
  or (known.timeline is null and excluded.timeline is not null)`

/** A fact of the server; null where it does not tell it. */
const factOf = async (database: Database, text: string): Promise<string | null> => {
  try {
    const [row] = await database.query({ text, values: [] })
    return row!.fact as string
  } catch (error) {
    if (UNTOLD.includes((error as { code?: unknown }).code)) return null
    throw error
  }
}

/**
 * Gives the history of changes a new name where it may be another one than that of the name: the table is elsewhere, as after a restore, or
 * the server has come out of a recovery, to a point in time or as a standby that takes over, in which the last changes may have been lost.
 *
 * @param ended a name whose history has gone back in any case, as its sequence shows
 */
export const renewEpoch = async (database: Database, ended?: string): Promise<void> => {
  const [row] = await database.query({ text: PLACE, values: [] })
  const { database_oid, changes_oid, recovered_at } = row as Row
  const system = await factOf(database, SYSTEM)
  const timeline = await factOf(database, TIMELINE)
  const name = randomBytes(6).toString('hex')
  const values = [name, database_oid, changes_oid, system, timeline, recovered_at, ended ?? null]
  await database.query({ text: RENEW, values })
}
