import { Client } from 'pg'
import type { Refusal } from '../errors/errors'
import type { SingleStatement } from '../sql/database'
import type { StatementWatch } from '../util/statement-watch'
import type { AnswerTimer } from './answer-timer'
import type { ReadRow } from './named-query'
import { NamedQuery } from './named-query'

/** Sends statements that are prepared under a name, and remembers how their rows are read. */
export class NamedStatements {
  private readonly readers = { object: new Map<string, ReadRow>(), array: new Map<string, ReadRow>() }

  constructor(
    private readonly client: Client,
    private readonly answers: AnswerTimer,
    private readonly watch?: StatementWatch
  ) {}

  /**
   * @param answered called before the answer is handed on, with the refusal where it is one
   * @throws the refusal of the server, or the error of the connection
   */
  send<R>(
    name: string,
    statement: Omit<SingleStatement, 'effect'>,
    answered?: (error: Refusal | null) => void
  ): Promise<R[]> {
    const noted = this.watch?.note(statement.text)
    const readers = this.readers[statement.rowMode ?? 'object']

    return new Promise((resolve, reject) => {
      const query = new NamedQuery({
        name,
        statement,
        readers,
        done: (error, rows) => {
          this.answers.answered()
          noted?.(error ?? undefined)
          answered?.(error)
          if (error) reject(error as unknown as Error)
          else resolve(rows as R[])
        }
      })
      this.answers.sent()
      Reflect.apply(Client.prototype.query, this.client, [query])
    })
  }

  /** Forgets how rows are read, where the server has forgotten the statements. */
  forget() {
    this.readers.object.clear()
    this.readers.array.clear()
  }
}
