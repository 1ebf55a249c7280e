import type { Knex } from 'knex'

/** Of a resource, the records that work may change. */
interface Watched {
  readonly resource: string
  readonly ids: readonly unknown[]
}

const PLACE = 'select coalesce(max(id), 0) as place from changes'
const CHANGED = `select count(distinct record_id)::int as changed from changes
where id > ? and xid = pg_current_xact_id() and resource = ? and record_id = any(?::text[])`

const valueOf = async <T>(trx: Knex.Transaction, text: string, values: readonly unknown[]): Promise<T> => {
  const { rows } = await trx.raw<{ rows: T[] }>(text, values as never)
  return rows[0]!
}

/**
 * How many of these records work has changed, by what their triggers have recorded in the feed: a write of the values that a record has
 * already is none. What others commit meanwhile is not counted.
 *
 * @example await countChanged(trx, { resource: 'tasks', ids: [1, 2] }, () => write(trx)) // 1
 */
export const countChanged = async (
  trx: Knex.Transaction,
  { resource, ids }: Watched,
  work: () => Promise<void>
): Promise<number> => {
  if (ids.length === 0) return 0
  const { place } = await valueOf<{ place: string }>(trx, PLACE, [])
  await work()
  const values = [place, resource, ids.map(String)]

  return (await valueOf<{ changed: number }>(trx, CHANGED, values)).changed
}
