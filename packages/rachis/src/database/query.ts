import { createHash } from 'crypto'
import type { Knex } from 'knex'
import type { Admit, CallDatabase, Row, SingleStatement } from '../sql/database'
import type { Pipeline } from './pipeline'
import type { SessionClient } from './session-client'

const MAX_PREPARED = 500

/** The name of a statement; undefined where it is to have none. */
type NameOf = (text: string) => string | undefined

/**
 * A name makes the driver prepare a statement once per connection: PostgreSQL parses and plans it no more. Bounded for all connections of
 * one owner, since every prepared statement stays in the memory of every connection, and queries come in endless shapes.
 */
const statementNames = (): NameOf => {
  const names = new Map<string, string>()

  return (text) => {
    const known = names.get(text)
    if (known || names.size >= MAX_PREPARED) return known
    const name = createHash('sha1').update(text).digest('base64url')
    names.set(text, name)

    return name
  }
}

type Prepared = Omit<SingleStatement, 'effect'>

/** Runs a statement that is prepared once for each connection, where it prepares any. */
const queryBy =
  (nameOf: NameOf) =>
  async <R = Row>(client: SessionClient, statement: Prepared): Promise<R[]> => {
    const name = client.prepares ? nameOf(statement.text) : undefined
    if (name) return client.queryNamed<R>(name, statement)
    const { text, values, rowMode } = statement
    // The driver declares lists of rows apart from rows that are lists.
    const query = { text, values: values as unknown[], rowMode: rowMode as undefined }

    return (await client.query<R & Row>(query)).rows
  }

/** The same for connections that are not of the pool, such as those of the feed. */
export const queryOn = queryBy(statementNames())

/**
 * Runs compiled statements through Knex's pool, on the connection of the transaction where there is one. Single reads go through the
 * pipeline, where there is one that takes them.
 */
export const createDatabase = (knex: Knex, pipeline?: Pipeline): CallDatabase => {
  const nameOf = statementNames()
  const query = queryBy(nameOf)
  const run = async <R>(statement: Prepared, { client }: Knex): Promise<R[]> => {
    const connection = (await client.acquireConnection()) as SessionClient
    try {
      return await query<R>(connection, statement)
    } finally {
      client.releaseConnection(connection)
    }
  }

  return {
    query: <R = Row>(statement: Prepared, transaction?: Knex.Transaction) =>
      run<R>(statement, transaction ?? knex),
    async sendOne<R = Row>(statement: SingleStatement, admit: Admit = (work) => work()): Promise<R[]> {
      const isRead = statement.effect === 'read'
      const rows = isRead ? await pipeline?.send<R>(nameOf(statement.text), statement) : undefined

      return rows ?? admit(() => run<R>(statement, knex))
    }
  }
}
