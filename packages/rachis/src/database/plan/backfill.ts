import { dollarQuoted, literal, quote } from '../../util/quote'

/** So many records are read in one transaction, and written where they need it. */
const BATCH = 1000
/** Seconds between two batches, in which others write. */
const PAUSE = 0.02

/** After so many batches there has to be place for further changes. Servers that would make it may not be running. */
const BATCHES_PER_EXTENSION = 100

/** How the notices of a backfill begin. */
export const PROGRESS = 'backfill of '

/** What a batch writes, and where. */
export interface Backfill {
  /** SQL behind `set`. */
  readonly set: string
  /** SQL of the records that still need it, so that a second run goes on where the first was broken off. */
  readonly where: string
  /** Whether the feed is told: a value that readers saw changes. */
  readonly isRecorded: boolean
}

const silent = `perform set_config('app.recording', 'off', true);`
/** Another process that has the lock is at it, or drops old changes: there is time until the next attempt. */
const extend = `if batches % ${BATCHES_PER_EXTENSION} = 0 then
      begin
        perform extend_changes();
      exception when lock_not_available then null;
      end;
      commit;
    end if;
    batches := batches + 1;`

/**
 * Writes a table in batches, each in a transaction of its own, by the order of ids. It says how far it is in notices, which the
 * migrator logs.
 *
 * @see https://www.postgresql.org/docs/current/plpgsql-transactions.html
 */
export const backfillSql = (table: string, { set, where, isRecorded }: Backfill): string => {
  const name = quote(table)

  return `do ${dollarQuoted(`
declare
  first_id ${name}."id"%type;
  last_id ${name}."id"%type;
  batch bigint;
  batches bigint := 0;
  written bigint := 0;
begin
  loop
    select count(*), (array_agg("id" order by "id" desc))[1] into batch, last_id
      from (select "id" from ${name} where first_id is null or "id" > first_id order by "id" limit ${BATCH}) as ids;
    exit when batch = 0;
    ${isRecorded ? extend : silent}
    update ${name} set ${set}
      where (first_id is null or "id" > first_id) and "id" <= last_id and (${where});
    get diagnostics batch = row_count;
    written := written + batch;
    first_id := last_id;
    commit;
    raise notice '${PROGRESS}%: % records written, up to id %', ${literal(table)}, written, last_id;
    perform pg_sleep(${PAUSE});
  end loop;
end `)}`
}
