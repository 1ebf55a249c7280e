import type { Model } from '../model/model'
import { quote } from '../util/quote'
import type { Database } from '../sql/database'
import { HISTORY } from './history'
import type { Partition } from './partitions'
import { partitionsOf, retryOnLock } from './partitions'

const DAY = 86_400
const BATCH = 5000
/** A partition is dropped as a whole where that keeps no change for longer than this part of its time beyond it. */
const WAIT = 7

interface Pruning {
  readonly table: string
  /** Which rows. */
  readonly old: string
  /** Which part of the table they stand in: places are those of one part. */
  readonly within?: string
  /** Columns of the deleted rows for `then`, a further part of the statement. */
  readonly columns?: string
  readonly then?: string
}

/** Deletes what `old` selects by its place in the table: joined by id, a batch could read the whole table again. */
const pruneSql = ({ table, old, within = 'true', columns = '1', then = '' }: Pruning) => `
with pruned as (
  delete from ${table} where ${within} and ctid = any(array(
    select ctid from ${table} where ${within} and ${old} limit ${BATCH} for update skip locked
  )) returning ${columns}
)${then}
select count(*)::int as pruned from pruned`

/**
 * Remembers the highest id that was removed. Resources keep their changes for different times, so the oldest change that is there
 * says nothing of what is missing behind it.
 */
const RAISE_HORIZON = `, horizon as (
  insert into feed_horizon as known (epoch, id, created_at)
  select epoch, max(id), max(created_at) from pruned, (${HISTORY}) history where epoch is not null group by epoch
  on conflict (only_row) do update set epoch = excluded.epoch,
    created_at = greatest(known.created_at, excluded.created_at),
    id = case when known.epoch = excluded.epoch then greatest(known.id, excluded.id) else excluded.id end
)`

const WITHIN = 'is_audited = $1 and id >= $2 and id < $3'

/**
 * One batch of a resource's oldest changes in a partition. Rows are compared as pairs because only the index on (resource, created_at)
 * gives their order.
 */
export const PRUNE_CHANGES = pruneSql({
  table: 'changes',
  within: WITHIN,
  old: `(resource, created_at) >= ($5, '-infinity') and (resource, created_at) < ($5, now() - make_interval(secs => $4::bigint))
    order by resource, created_at`,
  columns: 'id, created_at',
  then: RAISE_HORIZON
})

const pruneRecordsSql = (table: string, time: string) =>
  pruneSql({ table, old: `${time} < now() - make_interval(secs => $1::bigint) order by ${time}` })

/** The names of resources that have changes in a partition, also of those that are declared no more: one step through the index each. */
const RESOURCES = `
with recursive names as (
  (select resource from changes where ${WITHIN} order by resource limit 1)
  union all
  select (select resource from changes where ${WITHIN} and resource > names.resource order by resource limit 1)
  from names where names.resource is not null
)
select resource from names where resource is not null`

const ageAt = (end: string) =>
  `(select extract(epoch from now() - created_at)::float8 from changes where ${WITHIN} order by id ${end} limit 1)`

/** Seconds since its first and its last change was made; null where it has none. */
const AGES = `select ${ageAt('asc')} as oldest, ${ageAt('desc')} as newest`

/** Without a number of seconds, only where there is no change in it: one may have been committed since it was found empty. */
const DROP = `
select drop_changes($1::text::regclass, coalesce(now() - make_interval(secs => $2::float8), '-infinity')) as dropped`

const agesOf = async (database: Database, within: unknown[]) => {
  const [age] = await database.query({ text: AGES, values: within })
  return { oldest: Number(age!.oldest), newest: Number(age!.newest ?? Infinity) }
}

/** Deletes batch after batch, so that writers are not held up, until nothing is old enough. Answers how many. */
const pruneBatches = async (database: Database, text: string, values: unknown[]): Promise<number> => {
  let total = 0
  for (let pruned = BATCH; pruned === BATCH; total += pruned) {
    const [row] = await database.query({ text, values })
    pruned = row!.pruned as number
  }

  return total
}

/** What was removed: partitions with all that was in them, and changes one by one. */
export interface Pruned {
  readonly partitions: number
  readonly changes: number
}

/** Seconds that changes of a resource are kept. */
type Keeps = (resource: string) => number

/**
 * A partition goes as a whole once all of it is old enough. What is kept for a shorter time than the rest of it is deleted, and so is what would
 * have to wait for more than a seventh of its time until the last change of the partition is as old.
 */
const prunePartition = async (database: Database, part: Partition, keeps: Keeps): Promise<Pruned> => {
  const within = [part.isAudited, part.from, part.to]
  const names = await database.query({ text: RESOURCES, values: within })
  if (names.length === 0 && !part.isFull) return { partitions: 0, changes: 0 }
  const resources = names.map(({ resource }) => resource as string)
  const longest = Math.max(0, ...resources.map(keeps))
  const age = part.isFull ? await agesOf(database, within) : undefined
  if (age && age.newest > longest) {
    const drop = () =>
      database.query({ text: DROP, values: [part.name, resources.length > 0 ? longest : null] })
    const [row] = await retryOnLock(drop)
    if (row!.dropped) return { partitions: 1, changes: 0 }
  }
  const isShort = age !== undefined && age.oldest - age.newest <= longest / WAIT
  const due = resources.filter((resource) => !isShort || keeps(resource) < longest)
  let changes = 0
  for (const resource of due)
    changes += await pruneBatches(database, PRUNE_CHANGES, [...within, keeps(resource), resource])

  return { partitions: 0, changes }
}

/**
 * Removes changes that nobody has to keep. `retention` is in seconds; audited resources have their own. A partition that is locked now is left
 * for the next time.
 *
 * @example await prune(database, models, 7 * 86_400) // { partitions: 1, changes: 1200 }
 */
export const prune = async (
  database: Database,
  models: readonly Model[],
  retention: number
): Promise<Pruned> => {
  const audited = new Map(models.map(({ name, audited }) => [name, audited]))
  const keeps: Keeps = (resource) => {
    const days = audited.get(resource)?.days
    return days === undefined ? retention : days * DAY
  }
  const total = { partitions: 0, changes: 0 }
  for (const part of await partitionsOf(database)) {
    const { partitions, changes } = await prunePartition(database, part, keeps)
    total.partitions += partitions
    total.changes += changes
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
