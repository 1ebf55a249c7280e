import assert from 'node:assert/strict'
import type { Knex } from 'knex'
import type { Listener, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'

describe('a prepared statement that the server refuses', () => {
  let world: World
  let owner: Person
  let socket: Listener
  before(async () => {
    // Two connections: each of them has prepared what is called twice.
    world = await startWorld({ settings: { database: { pool_max: 2 } } })
    owner = await world.register('owner')
    socket = await world.socket(owner)
  })
  after(() => world.close())

  const create = async (title: string): Promise<number> => {
    const { status, body } = await world.rest(owner, 'POST', '/tasks', { body: { title } })
    assert.equal(status, 201, JSON.stringify(body))

    return body.id as number
  }
  /** Reads, writes, a transaction and an event, over each connection. */
  const everything = async (title: string) => {
    const ids = await Promise.all([create(title), create(title)])
    const calls = ids.flatMap((id) => [
      world.rest(owner, 'GET', `/tasks/${id}`),
      world.rest(owner, 'GET', '/tasks?limit=1'),
      world.rest(owner, 'PATCH', `/tasks/${id}`, { body: { description: title } }),
      world.rest(owner, 'POST', `/tasks/${id}/complete`)
    ])
    const answers = await Promise.all(calls)
    assert.deepEqual(answers.map(({ status }) => status), Array(8).fill(200), JSON.stringify(answers.map(({ body }) => body))) // prettier-ignore
    for (const id of ids) await socket.event('tasks complete', (data) => data.id === id)
  }
  /** On every connection of the pool. */
  const onEach = async (sql: string) => {
    const { client } = world.app.get('postgresqlClient') as Knex
    const connections = await Promise.all([client.acquireConnection(), client.acquireConnection()])
    for (const connection of connections) await connection.query(sql).finally(() => client.releaseConnection(connection)) // prettier-ignore
  }

  // A type without a length: the tables are not written anew, which readers are told of as a break in what they saw.
  it('because a column has another type now is made anew: for requests, in transactions and for the feed', async () => {
    await everything('before')
    await world.sql('alter table tasks alter priority type varchar')
    await world.sql('alter table changes alter trace_id type varchar, alter user_id type varchar')
    await everything('after')
    await world.sql('alter table users alter first_name type varchar')
    await everything('and after')
  })

  it('because somebody discarded it is made anew', async () => {
    await everything('before')
    await onEach('deallocate all')
    await everything('after')
  })

  it('because there is one of its name already runs without a name', async () => {
    await everything('before')
    const { client } = world.app.get('postgresqlClient') as Knex
    // Which connection has prepared what is left to chance.
    const both = await Promise.all([client.acquireConnection(), client.acquireConnection()])
    const names = both.flatMap(({ connection }) => Object.keys(connection.parsedStatements as object))
    // The driver knows of none, the server of all.
    for (const { connection } of both) connection.parsedStatements = {}
    for (const connection of both) client.releaseConnection(connection)
    assert.ok(names.length > 3)
    await everything('after')
  })

  it('within a transaction has no name that could be stale', async () => {
    const id = await create('locked')
    await world.rest(owner, 'POST', `/tasks/${id}/start`)
    await world.sql('alter table tasks alter priority type text')
    const { status, body } = await world.rest(owner, 'POST', `/tasks/${id}/complete`)
    assert.deepEqual([status, body.status], [200, 'completed'])
  })

  it('can be switched off', async () => {
    const plain = await startWorld({ database: world.database, settings: { database: { prepare: false } } })
    await plain.rest(owner, 'GET', '/tasks')
    const { client } = plain.app.get('postgresqlClient') as Knex
    const connection = await client.acquireConnection()
    const { rows } = await connection.query('select count(*)::int as count from pg_prepared_statements')
    client.releaseConnection(connection)
    assert.deepEqual(rows, [{ count: 0 }])
    await plain.close(true)
  })
})
