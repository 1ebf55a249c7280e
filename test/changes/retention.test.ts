import assert from 'node:assert/strict'
import { lowerAll } from '../../src/compilers/model'
import { prune, pruneRecords } from '../../src/changes/retention'
import { createDatabase } from '../../src/database/query'
import { defineResource, text } from '../../src/resource'
import { resources } from '../../src/services/resources'
import type { World } from '../helpers/world'
import { startWorld } from '../helpers/world'

describe('retention', () => {
  let world: World
  before(async () => {
    world = await startWorld()
  })
  after(() => world.close())

  it('keeps what a declaration keeps, and drops the rest after its time', async () => {
    const models = lowerAll([
      defineResource('kept', { fields: { title: text() }, access: {}, audited: { days: 30 } }),
      defineResource('loose', { fields: { title: text() }, access: {} })
    ])
    const insert = (resource: string, days: number) =>
      world.sql(
        `insert into changes (resource, record_id, event, created_at) values ($1, $2, 'created', now() - make_interval(days => $3))`,
        [resource, `${resource}-${days}`, days]
      )
    for (const resource of ['kept', 'loose']) for (const days of [0, 10, 40]) await insert(resource, days)
    assert.equal(await prune(createDatabase(world.app.get('postgresqlClient')), models, 7 * 86_400), 3)
    const rows = await world.sql(
      `select record_id from changes where resource in ('kept', 'loose') order by 1`
    )
    assert.deepEqual(
      rows.map(({ record_id }) => record_id),
      ['kept-0', 'kept-10', 'loose-0']
    )
  })

  it('of security events is a year', async () => {
    const models = lowerAll(resources)
    await world.sql(
      `insert into security_events (event, created_at) select 'login_failed', now() - make_interval(days => days) from unnest(array[0, 364, 366, 1000]) days`
    )
    assert.equal(await pruneRecords(createDatabase(world.app.get('postgresqlClient')), models), 2)
    const rows = await world.sql(
      'select (now()::date - created_at::date) as age from security_events order by 1'
    )
    assert.deepEqual(
      rows.map(({ age }) => age),
      [0, 364]
    )
  })

  it('of sessions is a week after they have expired', async () => {
    const { id } = await world.register('keeper')
    await world.sql(
      `insert into sessions (user_id, expires_at, created_at) select $1, now() - make_interval(days => days), now() - interval '80 days' from unnest(array[-7, 6, 8, 70]) days`,
      [id]
    )
    assert.equal(
      await pruneRecords(createDatabase(world.app.get('postgresqlClient')), lowerAll(resources)),
      2
    )
    const [left] = await world.sql('select count(*)::int as sessions from sessions where user_id = $1', [id])
    assert.equal(left!.sessions, 3)
  })
})
