import assert from 'node:assert/strict'
import type { Knex } from 'knex'
import type { Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'

const POOL = 3

describe('a pool that calls have used up', () => {
  let world: World
  let owner: Person
  let stranger: Person
  let held: Knex.Transaction[]
  before(async () => {
    world = await startWorld({ settings: { database: { pool_max: POOL } } })
    ;({ owner, stranger } = await world.cast())
    await world.sql(
      `insert into products (name, sku, price, is_active) values ('Hidden', 'HIDDEN', 1, false)`
    )
    await world.settled()
  })
  /** Takes every connection that calls have, until the test is over. */
  const hold = async () => {
    const begin = () => world.app.get('postgresqlClient').transaction()
    held = await Promise.all(Array.from({ length: POOL }, begin))
  }
  afterEach(() => Promise.all(held.map((transaction) => transaction.rollback())))
  after(() => world?.close())

  it('holds up neither the events of others, nor what other rights bring', async () => {
    const [reader, other] = [await world.socket(stranger), await world.socket(owner)]
    await hold()
    const begun = Date.now()
    await world.sql(`update users set role = 'manager' where id = ${stranger.id}`)
    await world.sql(`insert into tasks (title, user_id) values ('Meanwhile', ${owner.id})`)
    await other.event('tasks created', ({ title }: Json) => title === 'Meanwhile')
    await reader.event('products created', ({ sku }: Json) => sku === 'HIDDEN')
    // The connections of the pool are taken all that time.
    assert.equal(held.filter((transaction) => transaction.isCompleted()).length, 0)
    assert.ok(Date.now() - begun < 5000, `${Date.now() - begun} ms`)
  })

  it('does not keep rights that were lost', async () => {
    const reader = await world.socket(stranger)
    await hold()
    await world.sql(`update users set role = 'user' where id = ${stranger.id}`)
    await reader.event('products removed')
    await world.sql(`insert into products (name, sku, price, is_active) values ('Later', 'LATER', 1, false)`)
    await world.sql(`insert into tasks (title, user_id) values ('Last', ${stranger.id})`)
    await reader.event('tasks created', ({ title }: Json) => title === 'Last')
    assert.ok(!reader.events.some(({ data }) => (data as Json).sku === 'LATER'))
  })
})
