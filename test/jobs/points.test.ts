import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { createApp } from '../../packages/rachis/src/create-app'
import { Children } from '../helpers/child'
import { onlyInDepth } from '../helpers/depth'
import type { Json, Listener, Person } from '../helpers/world'
import { World } from '../helpers/world'
import { openStage } from '../modules/stage'
import { LOCKS, optionsOf, POINTS, runnerOf, STOPS } from './points'

/** Calls that are killed before their transaction ends, and while it does, with the title of their job. */
const CALLS = { calling: 'called', answering: 'answered' } as const
const held = Object.values(POINTS).flat().length - 1 + Object.keys(CALLS).length
const WAITING = 'select objid::int as lock, pid from pg_locks where locktype = $1 and not granted and database = (select oid from pg_database where datname = current_database())' // prettier-ignore

describe('jobs whose process is killed at every point (TEST_DEPTH=2)', function () {
  this.timeout(120_000)
  const children = new Children()
  let world: World
  let owner: Person
  let events: Listener
  /** Holds the points. */
  let lock: Client
  let runner: World
  before(async function () {
    onlyInDepth(this)
    world = await openStage(optionsOf(false))
    await world.sql(STOPS)
    owner = await world.person('owner')
    events = await world.as('owner').events()
    lock = new Client({ connectionString: world.database })
    await lock.connect()
    await lock.query('select pg_advisory_lock($1), pg_advisory_lock($2)', [LOCKS.held, LOCKS.lost])
    await killed()
  })
  after(async () => {
    children.killAll()
    await lock?.end()
    await runner?.close(true)
    await world?.close()
  })

  const order = (at: World, body: Json, key: string = randomUUID()) =>
    at.rest(owner, 'POST', '/letters/order', { body, headers: { 'Idempotency-Key': key } })
  const waiting = async (): Promise<number[]> =>
    (await lock.query(WAITING, ['advisory'])).rows.map((row: { lock: number }) => row.lock)
  const migrations = () => (world.app.get('migrations') as string[]).at(-1)!
  const keys = { calling: randomUUID(), answering: randomUUID() }

  /** All jobs, and two calls, up to their points, where their process is killed; then they are let go, of which the database hears first. */
  const killed = async () => {
    for (const [job, titles] of Object.entries(POINTS))
      for (const title of titles) assert.equal((await order(world, { job, title })).status, 200)
    const child = children.start(path.join(__dirname, 'points-child.ts'), [world.database, migrations()])
    const [{ port }] = (await once(child, 'message')) as [{ port: number }]
    const there = new World(world.app, `http://127.0.0.1:${port}`, world.database)
    const calls = Object.entries(CALLS).map(([note, title]) => assert.rejects(order(there, { job: 'write', title, note }, keys[note as keyof typeof keys]))) // prettier-ignore
    while ((await waiting()).filter((one) => one === LOCKS.held).length < held || !(await waiting()).includes(LOCKS.lost)) await pause(20) // prettier-ignore
    child.kill('SIGKILL')
    await Promise.all([once(child, 'exit'), ...calls])
    await lock.query(`select pg_terminate_backend(pid) from (${WAITING}) t where lock = ${LOCKS.lost}`, ['advisory']) // prettier-ignore
    await lock.query('select pg_advisory_unlock_all()')
  }

  /** Another process, for which the time of every attempt that has not ended is over. */
  const done = async () => {
    await world.sql(
      `update pgboss.job set started_on = started_on - interval '1 hour' where state = 'active'`
    )
    const app = createApp(runnerOf(world.database, migrations()))
    await app.listen(0, '127.0.0.1')
    runner = new World(app, '', world.database)
    const left = `select count(*)::int as count from pgboss.job where name in ('write', 'send', 'fail', 'dead_letters') and state < 'completed'`
    while ((await world.sql(left))[0]!.count > 0) await pause(20)
    await world.settled()
  }
  const titlesIn = async (table: string) =>
    (await world.sql(`select title from ${table} order by title`)).map(({ title }) => title as string)

  it('do what was not done, once where they have a transaction or the other side knows their id', async () => {
    // Who was cut off sends the same call again, which one of the two had done already.
    for (const [note, title] of Object.entries(CALLS)) {
      const { status, headers } = await order(world, { job: 'write', title, note }, keys[note as keyof typeof keys]) // prettier-ignore
      assert.deepEqual([status, headers.has('idempotency-replayed')], [200, note === 'answering'], note)
    }
    await done()
    const written = [...POINTS.write, ...Object.entries(CALLS).flat()].sort()
    assert.deepEqual(await titlesIn('letters'), written)
    assert.deepEqual(await titlesIn('receipts'), [...POINTS.send].sort())
    // Elsewhere without an id: at least once, and twice where the process had done it already.
    assert.deepEqual(await titlesIn('calls'), ['ending', 'ending', 'sending', 'sent', 'sent'])
  })

  it('are dead letters once where they fail for good', async () => {
    const letters = await world.sql(`select input ->> 'title' as title, job, enqueued_by from dead_letters order by id`) // prettier-ignore
    assert.deepEqual(letters.map(({ title }) => title as string).sort(), [...POINTS.fail].sort())
    for (const letter of letters) assert.deepEqual([letter.job, letter.enqueued_by], ['fail', String(owner.id)]) // prettier-ignore
  })

  it('are told of once each, and their runs say how they went', async () => {
    await events.told()
    const titles = events.events
      .filter(({ name }) => name === 'letters created')
      .map(({ data }) => data.title)
    assert.deepEqual(titles.sort(), await titlesIn('letters'))
    const runs = await world.sql(`select run.state, attempts, data -> 'input' ->> 'title' as title from job_runs run join pgboss.job using (id)`) // prettier-ignore
    const attempts = Object.fromEntries(runs.map(({ title, attempts: count }) => [title, count]))
    assert.ok(runs.every(({ state }) => state === 'completed'))
    const first = { committing: 1, answered: 1, called: 1 }
    assert.deepEqual(attempts, { beginning: 2, reading: 2, written: 2, completing: 2, lost: 2, ...first })
  })
})
