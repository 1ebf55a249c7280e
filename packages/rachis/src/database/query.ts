import { createHash } from 'crypto'
import type { Knex } from 'knex'
import type { Database, Row } from '../sql/database'
import type { SessionClient } from './session-client'

const MAX_PREPARED = 500
const names = new Map<string, string>()

/**
 * A name makes the driver prepare a statement once per connection: PostgreSQL parses and plans it no more. Bounded, since
 * every prepared statement stays in the memory of every connection, and queries come in endless shapes.
 */
const nameOf = (text: string): string | undefined => {
  const known = names.get(text)
  if (known || names.size >= MAX_PREPARED) return known
  const name = createHash('sha1').update(text).digest('base64url')
  names.set(text, name)

  return name
}

interface Prepared {
  readonly text: string
  readonly values: readonly unknown[]
}

/** Runs a statement that is prepared once for each connection, where it prepares any. */
export const queryOn = async (client: SessionClient, { text, values }: Prepared): Promise<Row[]> => {
  const name = client.session.prepares ? nameOf(text) : undefined
  return (await client.query<Row>({ name, text, values: values as unknown[] })).rows
}

/** Runs compiled statements through Knex's pool, on the connection of the transaction where there is one. */
export const createDatabase = (knex: Knex): Database => ({
  async query(statement, transaction) {
    const { client } = transaction ?? knex
    const connection = (await client.acquireConnection()) as SessionClient
    try {
      return await queryOn(connection, statement)
    } finally {
      client.releaseConnection(connection)
    }
  }
})
