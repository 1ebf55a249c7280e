import assert from 'node:assert/strict'
import { lowerAll } from '../../packages/rachis/src/model/lower'
import { prune, PRUNE_CHANGES, pruneRecords } from '../../packages/rachis/src/feed/retention'
import { createDatabase } from '../../packages/rachis/src/database/query'
import { defineResource, text } from '../../packages/rachis/src/declare'
import { resources } from '../helpers/declared'
import type { Json, World } from '../helpers/world'
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
    const pruned = await prune(createDatabase(world.app.get('postgresqlClient')), models, 7 * 86_400)
    assert.deepEqual(pruned, { partitions: 0, changes: 3 })
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

  describe('among many changes that are kept', () => {
    before(async () => {
      // As many audited changes that are older than the rest may become, and some of the rest in between.
      await world.sql(
        `insert into changes (resource, record_id, event, created_at)
        select case when i % 50 = 0 then 'loose' else 'kept' end, i::text, 'created', now() - make_interval(days => 20, secs => i)
        from generate_series(1, 50000) i`
      )
      await world.sql('analyze changes')
    })

    /** How many rows each node of a plan read, those included that it left out. The databases of the server are asked for the epoch. */
    const rowsRead = (plan: Json): number[] => [
      plan['Relation Name'] === 'pg_database'
        ? 0
        : ((plan['Actual Rows'] as number) + Number(plan['Rows Removed by Filter'] ?? 0)) *
          (plan['Actual Loops'] as number),
      ...((plan.Plans ?? []) as Json[]).flatMap(rowsRead)
    ]
    const explained = async (seconds: number, resource: string) => {
      const sql = `explain (analyze, format json) ${PRUNE_CHANGES}`
      const [row] = await world.sql(sql, [false, 0, 3_000_000, seconds, resource])
      return Math.max(...rowsRead((row!['QUERY PLAN'] as Json[])[0]!.Plan as Json))
    }

    it('reads what it deletes and nothing else', async () => {
      assert.equal(await explained(30 * 86_400, 'kept'), 1, 'only the count, where nothing is old enough')
      // An index scan may meet a few rows that were deleted a moment ago.
      assert.ok((await explained(7 * 86_400, 'loose')) < 1100, 'the thousand that are deleted')
    })

    it('goes on until nothing is left that is old enough', async () => {
      const models = lowerAll([
        defineResource('kept', { fields: { title: text() }, access: {}, audited: { days: 20 } })
      ])
      const database = createDatabase(world.app.get('postgresqlClient'))
      assert.deepEqual(await prune(database, models, 7 * 86_400), { partitions: 0, changes: 49_000 })
      assert.deepEqual(await prune(database, models, 7 * 86_400), { partitions: 0, changes: 0 })
    })
  })
})
