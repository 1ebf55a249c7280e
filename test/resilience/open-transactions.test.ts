import assert from 'node:assert/strict'
import { Client } from 'pg'
import { createDatabase, dropDatabase } from '../helpers/database'
import type { Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'

const TASK = 'insert into tasks (title, user_id) values ($1, $2)'

/** An index that is built, a batch of another program, a migration: each has an id of a transaction for as long as it takes. */
describe('transactions that stay open', () => {
  let world: World
  let owner: Person
  let elsewhere: string
  let clients: Client[] = []
  before(async () => {
    ;[world, elsewhere] = await Promise.all([startWorld(), createDatabase()])
    owner = await world.register('owner')
    clients = [world.database, elsewhere, world.database].map((connectionString) => new Client({ connectionString })) // prettier-ignore
    for (const client of clients) await client.connect()
  })
  afterEach(async () => {
    for (const client of clients) await client.query('rollback')
  })
  after(async () => {
    for (const client of clients) await client.end()
    await world?.close()
    if (elsewhere) await dropDatabase(elsewhere)
  })

  const rollBack = async (client: Client, title: string) => {
    await client.query('begin')
    await client.query(TASK, [title, owner.id])
    await client.query('rollback')
  }

  const lag = async () => {
    const health = (await (await fetch(`${world.url}/health/ready`)).json()) as { feed: { lag: number } }
    return health.feed.lag
  }

  it('hold up nothing of what others write, also behind what was rolled back, unless they write records', async () => {
    const [here, there, other] = clients as [Client, Client, Client]
    const listener = await world.socket(owner)
    await here.query('begin')
    await here.query('create table scratch as select * from changes')
    // A database that is a copy of the same one has the same ids of tables.
    await there.query('begin')
    await there.query(`insert into categories (name, slug) values ('Elsewhere', 'elsewhere')`)
    for (const title of ['first', 'second']) {
      await rollBack(other, `${title}, rolled back`)
      await world.sql(TASK, [title, owner.id])
      await listener.event('tasks created', (task) => task.title === title)
    }
    assert.deepEqual(listener.events.map(({ data }) => data.title as string), ['first', 'second']) // prettier-ignore
  })

  it('are waited for by what comes behind a record that they have written', async () => {
    const [here, , other] = clients as [Client, Client, Client]
    const listener = await world.socket(owner)
    await here.query('begin')
    await here.query(TASK, ['written early', owner.id])
    await rollBack(other, 'rolled back')
    await world.sql(TASK, ['committed early', owner.id])
    // The feed has read of it, and waits.
    while ((await lag()) === 0) continue
    assert.equal(listener.events.length, 0)
    await here.query('commit')
    await listener.event('tasks created', (task) => task.title === 'committed early')
    assert.deepEqual(listener.events.map(({ data }) => data.title as string), ['written early', 'committed early']) // prettier-ignore
  })
})
