import type { Model } from '../model/model'
import { quote } from '../util/quote'
import type { Database } from '../sql/database'
import { HISTORY } from './history'

const HOUR = 3_600_000
const DAY = 86_400
const BATCH = 5000

interface Pruning {
  readonly table: string
  /** Which rows, and in which order. */
  readonly old: string
  /** Columns of the deleted rows for `then`, a further part of the statement. */
  readonly columns?: string
  readonly then?: string
}

/** Deletes what `old` selects by its place in the table: joined by id, a batch could read the whole table again. */
const pruneSql = ({ table, old, columns = '1', then = '' }: Pruning) => `
with pruned as (
  delete from ${table} where ctid = any(array(
    select ctid from ${table} where ${old} limit ${BATCH} for update skip locked
  )) returning ${columns}
)${then}
select count(*)::int as pruned from pruned`

/**
 * Remembers the highest id that was removed. Resources keep their changes for different times, so the oldest change that is there
 * says nothing of what is missing behind it.
 */
const RAISE_HORIZON = `, horizon as (
  insert into feed_horizon as known (epoch, id, created_at)
  select (select epoch from (${HISTORY}) history), max(id), max(created_at) from pruned having count(*) > 0
  on conflict (only_row) do update set epoch = excluded.epoch,
    created_at = greatest(known.created_at, excluded.created_at),
    id = case when known.epoch = excluded.epoch then greatest(known.id, excluded.id) else excluded.id end
)`

/**
 * One batch of a resource's oldest changes. Rows are compared as pairs because only the index on (resource, created_at) gives
 * their order: by the index on created_at alone, every batch would read all older changes that other resources keep.
 */
export const PRUNE_CHANGES = pruneSql({
  table: 'changes',
  old: `(resource, created_at) >= ($2, '-infinity') and (resource, created_at) < ($2, now() - make_interval(secs => $1::bigint))
    order by resource, created_at`,
  columns: 'id, created_at',
  then: RAISE_HORIZON
})

const pruneRecordsSql = (table: string, time: string) =>
  pruneSql({ table, old: `${time} < now() - make_interval(secs => $1::bigint) order by ${time}` })

/** The names of resources that have changes: one step through the index each, also of those that are declared no more. */
const RESOURCES = `
with recursive names as (
  (select resource from changes order by resource limit 1)
  union all
  select (select resource from changes where resource > names.resource order by resource limit 1)
  from names where names.resource is not null
)
select resource from names where resource is not null`

/** Deletes batch after batch, so that writers are not held up, until nothing is old enough. Answers how many. */
const pruneBatches = async (database: Database, text: string, values: unknown[]): Promise<number> => {
  let total = 0
  for (let pruned = BATCH; pruned === BATCH; total += pruned) {
    const [row] = await database.query({ text, values })
    pruned = row!.pruned as number
  }

  return total
}

/**
 * Removes changes that nobody has to keep. `retention` is in seconds; audited resources have their own. Answers how many.
 *
 * @example await prune(database, models, 7 * 86_400) // 1200
 */
export const prune = async (
  database: Database,
  models: readonly Model[],
  retention: number
): Promise<number> => {
  const audited = new Map(models.map(({ name, audited }) => [name, audited]))
  let total = 0
  for (const { resource } of await database.query({ text: RESOURCES, values: [] })) {
    const days = audited.get(resource as string)?.days
    const seconds = days === undefined ? retention : days * DAY
    total += await pruneBatches(database, PRUNE_CHANGES, [seconds, resource])
  }

  return total
}

/**
 * Removes the records of declarations that keep them for a time, once it is over. Answers how many.
 *
 * @example await pruneRecords(database, models)
 */
export const pruneRecords = async (database: Database, models: readonly Model[]): Promise<number> => {
  let total = 0
  for (const { name, retention } of models) {
    if (!retention) continue
    const text = pruneRecordsSql(quote(name), quote(retention.after))
    total += await pruneBatches(database, text, [retention.days * DAY])
  }

  return total
}

/** Both. A table that cannot be pruned now, such as a locked one, does not keep the others from it. */
export const pruneAll = async (
  database: Database,
  models: readonly Model[],
  retention: number,
  onError: (error: unknown) => void
): Promise<void> => {
  for (const model of models) await pruneRecords(database, [model]).catch(onError)
  await prune(database, models, retention).catch(onError)
}

/** Prunes once an hour, until stopped. Several processes may: each takes other rows. */
export const startPruning = (
  work: () => Promise<unknown>,
  onError: (error: unknown) => void
): (() => void) => {
  const timer = setInterval(() => void work().catch(onError), HOUR)
  timer.unref()

  return () => clearInterval(timer)
}
