import type { Knex } from 'knex'

/**
 * Waits until nobody else holds the lock of a name, and holds it until the transaction is over.
 *
 * @param name says whose it is: `files of 7`. Two names share a lock by chance of 1 to 2⁶⁴, and then wait for each other
 * @example await holdLock(trx, `files of ${user_id}`)
 */
export const holdLock = async (trx: Knex, name: string): Promise<void> => {
  await trx.raw('select pg_advisory_xact_lock(hashtextextended(?, 0))', [name])
}
