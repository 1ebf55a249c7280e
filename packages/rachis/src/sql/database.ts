import type { Knex } from 'knex'
import type { Statement } from './where'

/** A row as the driver parses it: column name to value. */
export type Row = Record<string, unknown>

/** A statement, and in which form its rows come. */
export interface StatementOf extends Statement {
  /** `array` for rows as lists of values, in the order of the columns. */
  readonly rowMode?: 'array'
}

/** Runs compiled statements. Everything that reads or writes tables goes through this one method. */
export interface Database {
  /** Runs on the connection of `transaction` where one is given, otherwise on any connection of the pool. */
  query(statement: Statement, transaction?: Knex.Transaction): Promise<Row[]>
}

/**
 * A statement that is a transaction by itself and finds what it reads or writes by a key, so that it is done in a moment unless it
 * waits for a lock.
 */
export interface SingleStatement extends StatementOf {
  readonly effect: 'read' | 'write'
}

/** Has work wait until there is room for it. */
export type Admit = <T>(work: () => Promise<T>) => Promise<T>

/** The database of calls. */
export interface CallDatabase extends Database {
  query<R = Row>(statement: StatementOf, transaction?: Knex.Transaction): Promise<R[]>

  /**
   * Runs a single statement outside of transactions, by whichever way is cheapest.
   *
   * @param admit what it waits for where it takes a connection of the pool; nothing where its call has its share of the pool already
   */
  sendOne<R = Row>(statement: SingleStatement, admit?: Admit): Promise<R[]>
}
