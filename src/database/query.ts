import { createHash } from 'crypto'
import type { Knex } from 'knex'
import type { Database, Row } from '../compilers/service'
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

/**
 * The server does not have the statement as the driver knows it: a column has another type now (0A000), somebody has
 * discarded it (26000), or somebody else has prepared one of this name (42P05).
 */
const STALE = ['0A000', '26000', '42P05']

const run = async (client: SessionClient, query: object): Promise<Row[]> =>
  (await client.query<Row>(query as never)).rows

/**
 * Runs a statement that is prepared once for each connection. Where the server refuses it as stale the connection forgets all
 * that it prepared, and the statement runs as it stands. It can be repeated: a refused statement of its own has done nothing.
 */
export const queryOn = async (client: SessionClient, { text, values }: Prepared): Promise<Row[]> => {
  const name = client.session.prepares ? nameOf(text) : undefined
  try {
    return await run(client, { name, text, values })
  } catch (error) {
    const { code = '' } = error as { code?: string }
    if (!name || !STALE.includes(code)) throw error
    await client.forgetPrepared(code !== '26000')

    return run(client, { text, values })
  }
}

/**
 * Runs compiled statements through Knex's pool, on the connection of the transaction where there is one. There they have no
 * name: a stale one would end the transaction, with all that it has done.
 */
export const createDatabase = (knex: Knex): Database => ({
  async query({ text, values }, transaction) {
    const { client } = transaction ?? knex
    const connection = (await client.acquireConnection()) as SessionClient
    try {
      return await (transaction ? run(connection, { text, values }) : queryOn(connection, { text, values }))
    } finally {
      client.releaseConnection(connection)
    }
  }
})
