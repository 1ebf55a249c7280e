import type { Row } from './database'
import type { Statement } from './where'

/** Runs a statement in the transaction of the cursor. */
type Run<R> = (statement: Statement) => Promise<R[]>

/**
 * All rows are read, so that the plan that is cheapest for all of them is meant, and not the one that has the first of them sooner. And
 * between two reads a client takes what it was sent: the connection may idle for as long as the whole may take.
 */
const settings = (seconds: number): Statement => ({
  text: `select set_config('cursor_tuple_fraction', '1', true), set_config('idle_in_transaction_session_timeout', $1, true)`,
  values: [String(seconds * 1000)]
})

/**
 * The rows of a statement, a part at a time, by a cursor of the database: it holds them by one snapshot, and each part is a statement with
 * a time limit of its own. It lives in a transaction, with which it ends.
 *
 * @see https://www.postgresql.org/docs/current/sql-declare.html
 */
export class RowCursor<R = Row> {
  private isDeclared = false
  /** Whether the last row was read. */
  isDone = false

  /** @param idle seconds that may pass between two reads; 0 for no limit */
  constructor(
    private readonly run: Run<R>,
    private readonly idle: number
  ) {}

  /**
   * The next rows.
   *
   * @param count of rows at most
   * @param statement is declared by the first read
   */
  async read(count: number, statement: () => Statement): Promise<R[]> {
    if (!this.isDeclared) await this.declare(statement())
    const rows = await this.run({ text: `fetch ${Math.trunc(count)} from "$rows"`, values: [] })
    this.isDone = rows.length < count

    return rows
  }

  private async declare({ text, values }: Statement): Promise<void> {
    this.isDeclared = true
    await this.run(settings(this.idle))
    await this.run({ text: `declare "$rows" no scroll cursor for ${text}`, values })
  }
}
