import type { Knex } from 'knex'
import type { ResourceParams } from './service-params'

/** Changes that may wait to be handed on by the feed while a list is read that includes them. */
const MAX_SEEN = 10_000

/**
 * Reads a list, and which changes it includes, by one snapshot: a change is visible together with the row that it tells of. The ids of
 * those behind `snapshot.after` are put into `snapshot.seen`.
 */
export const findAt = <T>(
  knex: Knex,
  snapshot: NonNullable<ResourceParams['snapshot']>,
  find: (transaction: NonNullable<ResourceParams['transaction']>) => Promise<T>
): Promise<T> =>
  knex.transaction(
    async (trx) => {
      const found = await find({ trx })
      const behind = trx('changes').where('id', '>', snapshot.after).orderBy('id').limit(MAX_SEEN)
      snapshot.seen = (await behind.pluck<(number | string)[]>('id')).map(Number)

      return found
    },
    { isolationLevel: 'repeatable read', readOnly: true }
  )
