import type { Row } from './database'

/** A name that no column can have. */
const TRANSACTION = '$tx'

/** What reads the transaction's id along with a statement that writes. */
export const SELECT_TRANSACTION = `pg_current_xact_id()::text as "${TRANSACTION}"`

/**
 * The written rows, each with the id of the transaction that wrote it: read in the statement itself, which costs no round trip.
 *
 * @example returning('"id", "title"') // ' returning "id", "title", pg_current_xact_id()::text as "$tx"'
 */
export const returning = (columns: string): string => ` returning ${columns}, ${SELECT_TRANSACTION}`

/** What a call learns of its own writes. */
export interface Receipt {
  /** Id of the transaction that wrote last, as a text; undefined while nothing is written. */
  tx?: string
}

/** The rows as the table has them, from which the id of their transaction is taken; it goes into the receipt. */
export const receive = (rows: Row[], receipt: Receipt = {}): Row[] => {
  const tx = rows[0]?.[TRANSACTION]
  if (typeof tx === 'string') receipt.tx = tx
  // V8 keeps an object fast where its last property is taken away, and this one is.
  for (const row of rows) delete row[TRANSACTION]

  return rows
}
