import assert from 'node:assert/strict'
import type { Knex } from 'knex'
import { connect } from '../../packages/rachis/src/database/connection'
import type { Connection } from '../../packages/rachis/src/database/connection'
import { configuredApp } from '../../packages/rachis/src/settings/settings'
import { createDatabase, dropDatabase } from '../helpers/database'

describe('a connection of the pool that is idle', () => {
  let url: string
  let connection: Connection
  let client: Knex.Client
  const open = () => connect({ ...configuredApp().get('database'), url, pool_max: 2 })
  const counts = () => {
    const pool = client.pool as unknown as { numUsed(): number; numFree(): number }
    return { used: pool.numUsed(), free: pool.numFree() }
  }
  before(async () => {
    url = await createDatabase()
    connection = open()
    client = connection.knex.client as Knex.Client
  })
  after(async () => {
    await connection?.close()
    if (url) await dropDatabase(url)
  })

  it('is given again, and counted as one that is used', async () => {
    const first = await client.acquireConnection()
    assert.deepEqual(counts(), { used: 1, free: 0 })
    await client.releaseConnection(first)
    assert.deepEqual(counts(), { used: 0, free: 1 })
    const [again, other] = await Promise.all([client.acquireConnection(), client.acquireConnection()])
    assert.equal(again, first)
    assert.notEqual(other, first)
    assert.deepEqual(counts(), { used: 2, free: 0 })
    await Promise.all([again, other].map((one) => client.releaseConnection(one)))
    assert.deepEqual(counts(), { used: 0, free: 2 })
  })

  it('is given to whoever waits, and not to whoever comes later', async () => {
    const held = await Promise.all([client.acquireConnection(), client.acquireConnection()])
    const order: string[] = []
    const take = async (name: string) => {
      const taken = await client.acquireConnection()
      order.push(name)
      await client.releaseConnection(taken)
    }
    const taken = [take('first'), take('second'), take('third')]
    await client.releaseConnection(held[0])
    taken.push(take('later'))
    await Promise.all(taken)
    assert.deepEqual(order, ['first', 'second', 'third', 'later'])
    await client.releaseConnection(held[1])
  })

  it('is not given where it is of no more use', async () => {
    const spent = await client.acquireConnection()
    const ended = new Promise((resolve) => spent.once('end', resolve))
    await client.releaseConnection(spent)
    Object.assign(spent, { __knex__disposed: new Error('The server has ended it') })
    const other = await client.acquireConnection()
    assert.notEqual(other, spent)
    await ended
    await client.releaseConnection(other)
  })

  it('is not given where the pool is closed', async () => {
    const other = open()
    const { client } = other.knex as { client: Knex.Client }
    await client.releaseConnection(await client.acquireConnection())
    const closed = other.close()
    await assert.rejects(client.acquireConnection())
    await closed
    await assert.rejects(client.acquireConnection(), /Unable to acquire/)
  })
})
