import type { Knex } from 'knex'
import type { Statement } from './where'

/** A row as the driver parses it: column name to value. */
export type Row = Record<string, unknown>

/** Runs compiled statements. Everything that reads or writes tables goes through this one method. */
export interface Database {
  /** Runs on the connection of `transaction` where one is given, otherwise on any connection of the pool. */
  query(statement: Statement, transaction?: Knex.Transaction): Promise<Row[]>
}
