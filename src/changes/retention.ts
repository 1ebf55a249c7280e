import type { Model } from '../compilers/model'
import { quote } from '../compilers/quote'
import type { Database } from '../compilers/service'

const HOUR = 3_600_000
const DAY = 86_400
const BATCH = 5000

const PRUNE = `
with kept as (select * from jsonb_to_recordset($1::jsonb) as kept(resource text, seconds bigint)),
old as (
  select id from changes left join kept using (resource)
  where created_at < now() - make_interval(secs => coalesce(kept.seconds, $2::bigint))
  order by id limit ${BATCH} for update of changes skip locked
)
delete from changes using old where changes.id = old.id returning changes.id`

/** Seconds that the changes of audited resources are kept. */
const keptOf = (models: readonly Model[]) =>
  models.flatMap(({ name, resource: { spec } }) =>
    spec.audited ? [{ resource: name, seconds: spec.audited.days * DAY }] : []
  )

/**
 * Removes changes that nobody has to keep, in small batches, so that writers are not held up. Answers how many.
 *
 * @example await prune(database, models, 7 * 86_400) // 1200
 */
export const prune = async (
  database: Database,
  models: readonly Model[],
  retention: number
): Promise<number> => {
  const values = [JSON.stringify(keptOf(models)), retention]
  let total = 0
  for (let removed = BATCH; removed === BATCH; total += removed) {
    removed = (await database.query({ text: PRUNE, values })).length
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
  for (const { name, resource } of models) {
    const { kept } = resource.spec
    if (!kept) continue
    const [table, time] = [quote(name), quote(kept.after ?? 'created_at')]
    const old = `select id from ${table} where ${time} < now() - make_interval(days => $1) order by ${time} limit ${BATCH} for update skip locked`
    const text = `with old as (${old}) delete from ${table} using old where ${table}.id = old.id returning ${table}.id`
    for (let removed = BATCH; removed === BATCH; total += removed)
      removed = (await database.query({ text, values: [kept.days] })).length
  }

  return total
}

export const pruneAll = async (database: Database, models: readonly Model[], retention: number) => {
  await pruneRecords(database, models)
  await prune(database, models, retention)
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
