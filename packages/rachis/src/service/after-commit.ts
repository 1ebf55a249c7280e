import type { Knex } from 'knex'

/** Resolves once what was written is there for others, and is rejected where it was taken back, at whatever level. */
const committed = async (trx: Knex.Transaction | undefined): Promise<void> => {
  for (let one = trx; one; one = one.parentTransaction) await one.executionPromise
}

/**
 * Does something for what a call has written, once that is there: at once for a call of its own, at the end of the transaction for a part of
 * a batch or of an import, and never for what was taken back.
 *
 * @example afterCommit(context.params.transaction, () => mailVerification(app, email))
 */
export const afterCommit = (
  transaction: { readonly trx: Knex.Transaction } | undefined,
  work: () => void
): void => {
  if (transaction) void committed(transaction.trx).then(work, () => undefined)
  else work()
}
