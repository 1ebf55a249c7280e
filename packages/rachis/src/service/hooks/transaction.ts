import type { Knex } from 'knex'
import type { CallContext, Hook, NextFunction } from './context'
import { aroundSome } from './phased'

/**
 * Runs the rest of the call in one transaction, where `isNeeded` says so and the caller has not brought one.
 * Whatever throws inside takes everything back; a nested call joins by passing `params.transaction` on.
 */
export const transaction = (knex: Knex, isNeeded: (context: CallContext) => boolean): Hook =>
  aroundSome((context) =>
    context.params.transaction || !isNeeded(context)
      ? undefined
      : (next) => inTransaction(knex, context, next)
  )

const inTransaction = async (knex: Knex, context: CallContext, next: NextFunction) => {
  await knex.transaction(async (trx) => {
    context.params = { ...context.params, transaction: { trx } }
    await next()
  })
  const { transaction: _done, ...params } = context.params
  context.params = params
}
