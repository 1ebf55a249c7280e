import assert from 'node:assert/strict'
import { migrate } from '../../packages/rachis/src/database/migrate'
import { MIGRATIONS } from '../helpers/database'
import type { World } from '../helpers/world'
import { startWorld } from '../helpers/world'

describe('/health/ready', () => {
  let world: World
  before(async () => (world = await startWorld()))
  after(() => world.close())

  const ready = async () => {
    const answer = await fetch(`${world.url}/health/ready`)
    return { status: answer.status, retry: answer.headers.get('retry-after'), body: (await answer.json()) as { readonly [name: string]: any } } // prettier-ignore
  }

  it('says of database, migrations and feed that they are there', async () => {
    const { status, body } = await ready()
    assert.equal(status, 200)
    assert.deepEqual(
      [body.status, body.database, body.migrations, body.feed.status],
      ['ready', 'ok', 'ok', 'ok']
    )
  })

  it('is 503 while the database lacks a migration that the process knows, and names it', async () => {
    const [{ name }] = (await world.sql('delete from knex_migrations where id = (select max(id) from knex_migrations) returning name')) as [{ name: string }] // prettier-ignore
    const { status, retry, body } = await ready()
    assert.deepEqual([status, retry, body.error.code], [503, '2', 'UNAVAILABLE'])
    assert.equal(body.error.message, `The database lacks migrations: ${name}`)
    await world.sql('insert into knex_migrations (name, batch, migration_time) values ($1, 1, now())', [name])
    assert.equal((await ready()).status, 200)
  })

  it('is 200 beside a newer version, which has migrated further', async () => {
    await world.sql(`insert into knex_migrations (name, batch, migration_time) values ('99990101000000_of_tomorrow', 1, now())`) // prettier-ignore
    assert.equal((await ready()).body.status, 'ready')
  })

  it('a process of the version before starts beside it in production; while developing a migration whose file is gone stops the start', async () => {
    const { knex } = world.app.get('connection')
    assert.deepEqual(await migrate(knex, MIGRATIONS, {}, true), [])
    await assert.rejects(migrate(knex, MIGRATIONS), /corrupt/)
  })
})
