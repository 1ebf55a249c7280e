import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import type { Knex } from 'knex'
import { migrate, migrationStatus, rollback } from '../../packages/rachis/src/database/migrate'
import { dropDatabase, MIGRATIONS, shippedTemplate } from '../helpers/database'
import { anonymous, startWorld } from '../helpers/world'
import { catalogOf, Databases } from './migrations'

const ACCOUNTS = '20261121000000_accounts'
const INITIAL = '20261121000000_initial'
const NAMES = MIGRATIONS.flatMap((folder) => readdirSync(folder)).flatMap((file) =>
  file.endsWith('.ts') ? [file.replace('.ts', '')] : []
)
/** Before modules had migrations of their own there was one folder, in the order of names, and `initial` made the tables of accounts too. */
const FORMER = NAMES.filter((name) => name !== ACCOUNTS).sort()

/** Has a migrated database remember its migrations as the release before wrote them down; its tables were the same. */
const remember = async (knex: Knex) => {
  await knex('knex_migrations').delete()
  await knex.raw('alter sequence knex_migrations_id_seq restart')
  for (const [index, name] of FORMER.entries())
    await knex('knex_migrations').insert({ name, batch: 1 + Math.min(index, 1), migration_time: new Date(0) })
}
const remembered = async (knex: Knex): Promise<{ name: string; batch: number }[]> =>
  knex('knex_migrations').select('name', 'batch').orderBy('id')

describe('a database of the release before modules had migrations of their own', () => {
  const databases = new Databases()
  afterEach(() => databases.close())

  it('is served with its data, and nothing is migrated', async () => {
    const first = await startWorld()
    const url = first.database
    const owner = await first.register('owner')
    await first.rest(owner, 'POST', '/tasks', { body: { title: 'Kept' } })
    await first.close(true)
    const knex = databases.connect(url)
    await remember(knex)
    const before = await catalogOf(knex)
    const world = await startWorld({ database: url })
    try {
      const again = await world.login(owner)
      const { body } = await world.rest(again, 'GET', '/tasks')
      assert.deepEqual(
        body.data.map(({ title }: { title: string }) => title),
        ['Kept']
      )
      assert.equal((await world.rest(anonymous, 'GET', '/tasks')).status, 401)
      assert.deepEqual(await catalogOf(knex), before)
    } finally {
      await world.close(true)
      await databases.close()
      await dropDatabase(url)
    }
  })

  it('has nothing pending, and remembers what it has from then on', async () => {
    const knex = databases.connect(await databases.create())
    await migrate(knex, MIGRATIONS)
    await remember(knex)
    assert.deepEqual(await migrationStatus(knex, MIGRATIONS), { done: FORMER, pending: [] })
    assert.deepEqual(await migrate(knex, MIGRATIONS), [])
    const rows = await remembered(knex)
    assert.deepEqual(
      rows.map(({ name }) => name),
      [...FORMER, ACCOUNTS]
    )
    const batchOf = (name: string) => rows.find((row) => row.name === name)!.batch
    assert.equal(batchOf(ACCOUNTS), batchOf(INITIAL))
  })

  it('takes its migrations back, one at a time or all', async () => {
    const knex = databases.connect(await databases.create(await shippedTemplate()))
    await remember(knex)
    assert.deepEqual(await rollback(knex, MIGRATIONS), [NAMES.at(-1)])
    assert.equal((await knex('users').select('id')).length, 0, 'the tables of accounts stay')
    await rollback(knex, MIGRATIONS, { all: true })
    assert.deepEqual(await catalogOf(knex), [])
  })
})
