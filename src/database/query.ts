import { createHash } from 'crypto'
import type { Knex } from 'knex'
import type { Client } from 'pg'
import type { Database, Row } from '../compilers/service'

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

/** Runs compiled statements through Knex's pool, on the connection of the transaction where there is one. */
export const createDatabase = (knex: Knex): Database => ({
  async query({ text, values }, transaction) {
    const { client } = transaction ?? knex
    const connection: Client = await client.acquireConnection()
    try {
      return (await connection.query<Row>({ name: nameOf(text), text, values: values as unknown[] })).rows
    } finally {
      client.releaseConnection(connection)
    }
  }
})
