import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import knexFactory from 'knex'
import { createDatabase } from '../../packages/rachis/src/database/query'
import { defineResource, text } from '../../packages/rachis/src/declare'
import type { Partition } from '../../packages/rachis/src/feed/partitions'
import { Partitions, partitionsOf } from '../../packages/rachis/src/feed/partitions'
import { prune } from '../../packages/rachis/src/feed/retention'
import { lowerAll } from '../../packages/rachis/src/model/lower'
import { onServer } from '../helpers/database'
import type { Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { openStream } from '../streams/reader'

const WEEK = 7 * 86_400
const MILLION = 1_000_000

describe('the partitions of the table of changes', () => {
  let world: World
  let owner: Person
  beforeEach(async () => {
    world = await startWorld()
    owner = await world.register('owner')
    await world.settled()
  })
  afterEach(() => world.close())

  const database = () => createDatabase(world.app.get('postgresqlClient'))
  const recent = async () => (await partitionsOf(database())).filter(({ isAudited }) => !isAudited)
  const partitions = () => new Partitions(database(), world.app.get('engine').models)
  const create = (title: string) => world.rest(owner, 'POST', '/tasks', { body: { title } })
  const places = async (resource: string) =>
    (await world.sql(`select distinct tableoid::regclass::text as place from changes where resource = $1`, [resource])).map(({ place }) => place) // prettier-ignore
  /** As many ids later; as if that many changes had been made and were of no concern to anybody. */
  const skipTo = (id: number) => world.sql(`select setval('changes_id_seq', ${id})`)
  const readiness = async () => (await (await fetch(`${world.url}/health/ready`)).json()) as Json
  /** Makes all that is there as old as that, but for what younger processes may still ask for. */
  const age = (days: number, below: number) =>
    world.sql(
      `update changes set created_at = created_at - make_interval(days => ${days}) where id < ${below}`
    )

  it('are made ahead without a gap or an overlap, and those of audited resources are their own', async () => {
    await create('Audited')
    assert.deepEqual(await places('tasks'), ['changes_audited_0'])
    assert.deepEqual(await places('users'), ['changes_recent_0'])
    const all = await recent()
    const follows = ({ from }: Partition, index: number) => index === 0 || all[index - 1]!.to === from
    assert.ok(all.every(follows), JSON.stringify(all))
    assert.ok(all.at(-1)!.to > 8 * MILLION)
    // There is none that takes what fits nowhere.
    assert.deepEqual(await world.sql(`select from pg_partitioned_table where partdefid <> 0`), [])
  })

  it('are read by index, also where PostgreSQL was told that they are small', async () => {
    const scans = async () => {
      const [row] = await world.sql(
        `select sum(seq_scan)::int as whole, sum(idx_scan)::int as by_index from pg_stat_user_tables where relname ~ '^changes_(recent|audited)_'`
      )
      return row as { whole: number; by_index: number }
    }
    const mine = await world.socket(owner)
    await world.sql('vacuum (analyze) changes')
    const before = await scans()
    let after = before
    // Processes of PostgreSQL say what they have scanned once a second.
    while (after.whole + after.by_index === before.whole + before.by_index) {
      await create('One more')
      await mine.event('tasks created')
      after = await scans()
    }
    assert.equal(after.whole, before.whole)
  })

  it('are made by one of several processes that are at it', async () => {
    await skipTo(5 * MILLION)
    await Promise.all([1, 2, 3, 4].map(() => partitions().extend()))
    const all = await recent()
    assert.ok(all.at(-1)!.to > 13 * MILLION)
    assert.equal(new Set(all.map(({ from }) => from)).size, all.length)
  })

  it('are made while somebody has a change that is not committed, which does not wait', async () => {
    await skipTo(7 * MILLION)
    await onServer(
      async (client) => {
        await client.query('begin')
        await client.query(`insert into changes (resource, record_id, event) values ('none', '1', 'created')`)
        await partitions().extend()
        await client.query(`insert into changes (resource, record_id, event) values ('none', '2', 'created')`)
        await client.query('commit')
      },
      { connectionString: world.database }
    )
    assert.ok((await recent()).at(-1)!.to > 15 * MILLION)
  })

  it('are missed by health before writes fail, and a write without one can be tried again', async () => {
    assert.equal((await readiness()).status, 'ready')
    const end = (await recent()).at(-1)!.to
    await skipTo(end - MILLION)
    await create('One of the last')
    await world.settled()
    const body = await readiness()
    assert.equal(body.status, 'degraded')
    assert.ok(body.changes.left < MILLION)
    await skipTo(90 * MILLION)
    const refused = await create('Nowhere')
    assert.equal(refused.status, 503)
    assert.equal(refused.body.error.code, 'UNAVAILABLE')
    assert.doesNotMatch(JSON.stringify(refused.body), /partition|changes_/)
    await world.app.get('engine').partitions.extend()
    assert.equal((await create('Somewhere')).status, 201)
  })

  it('go as a whole when all of them is too old, and who was away longer is told so', async () => {
    const stream = await openStream(world, owner)
    await create('Before')
    await stream.event('tasks created')
    stream.close()
    await world.register('meanwhile')
    await world.settled()
    await skipTo(3 * MILLION + 5)
    await age(8, 3 * MILLION)
    const models = world.app.get('engine').models
    assert.equal((await prune(database(), models, WEEK)).partitions, 1)
    assert.equal((await recent())[0]!.from, 3 * MILLION)
    assert.deepEqual(await places('users'), [])
    assert.equal((await world.sql('select count(*)::int as count from changes where resource = $1', ['tasks']))[0]!.count, 1, 'audited changes stay') // prettier-ignore
    // This process has it in memory still.
    const other = await startWorld({ database: world.database, settings: { secret_key: `of-the-tests-only-${world.database}` } }) // prettier-ignore
    try {
      const back = await openStream(other, owner, '', { 'Last-Event-ID': stream.lastId! })
      assert.equal((await back.event('tasks reset')).data.reason, 'horizon')
      back.close()
    } finally {
      await other.close(true)
    }
  })

  it('wait where they go soon, and are emptied one by one where they would keep something for long', async () => {
    const models = lowerAll([defineResource('loose', { fields: { title: text() }, access: {} })])
    const insert = (id: number, hours: number) =>
      world.sql(
        `insert into changes (id, resource, record_id, event, created_at) overriding system value
        values ($1, 'loose', '1', 'created', now() - make_interval(hours => $2))`,
        [id, hours]
      )
    await world.sql('delete from changes')
    await insert(1, 171)
    await insert(2, 150)
    await skipTo(3 * MILLION + 5)
    assert.deepEqual(await prune(database(), models, WEEK), { partitions: 0, changes: 0 })
    await insert(2_999_999, 1)
    assert.deepEqual(await prune(database(), models, WEEK), { partitions: 0, changes: 1 })
  })

  it('are not dropped with a change that is committed while the drop waits for it', async () => {
    await world.sql('delete from changes')
    await skipTo(3 * MILLION + 5)
    await onServer(
      async (client) => {
        await client.query('begin')
        await client.query(
          `insert into changes (id, resource, record_id, event) overriding system value values (7, 'users', '1', 'created')`
        )
        const pruned = prune(database(), world.app.get('engine').models, WEEK)
        const waiting = `select from pg_locks where not granted and relation = 'changes_recent_0'::regclass`
        while ((await world.sql(waiting)).length === 0) await setTimeout(5)
        await client.query('commit')
        await pruned
      },
      { connectionString: world.database }
    )
    assert.deepEqual(await world.sql(`select id::int from changes where resource = 'users'`), [{ id: 7 }])
  })

  it('are neither dropped by who may not remove changes, nor while they are in use, nor for their name', async () => {
    await skipTo(3 * MILLION + 5)
    const drop = (name: string) =>
      world.sql("select drop_changes($1::text::regclass, now() + interval '1 day') as dropped", [name])
    for (const name of ['users', 'changes', 'changes_recent', 'changes_recent_3000000', 'changes_audited_0'])
      assert.deepEqual(await drop(name), [{ dropped: false }], name)
    await assert.rejects(
      world.sql(`
        do $$ begin
          create role partitions_nobody_${process.pid};
          set local session authorization partitions_nobody_${process.pid};
          perform drop_changes('changes_recent_0', now());
        end $$`),
      /This role may not remove changes/
    )
  })

  it('are made and marked by a role that owns nothing and may remove changes', async () => {
    const role = `partitions_runner_${process.pid}`
    await world.sql(`create role ${role} login`)
    await world.sql(`grant select, delete on changes to ${role}`)
    await world.sql(`grant select on changes_id_seq to ${role}`)
    await world.sql(`delete from feed_audited`)
    await skipTo(5 * MILLION)
    const url = Object.assign(new URL(world.database), { username: role }).toString()
    const knex = knexFactory({ client: 'pg', connection: url })
    try {
      await new Partitions(createDatabase(knex), world.app.get('engine').models).start()
    } finally {
      await knex.destroy()
      await world.sql(`drop owned by ${role}`)
      await world.sql(`drop role ${role}`)
    }
    assert.ok((await recent()).at(-1)!.to > 13 * MILLION)
    const marked = await world.sql(`select resource from feed_audited where resource = 'tasks'`)
    assert.deepEqual(marked, [{ resource: 'tasks' }])
  })
})
