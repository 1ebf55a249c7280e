import assert from 'node:assert/strict'
import { Type } from '@feathersjs/typebox'
import { Client } from 'pg'
import { anyone, defineResource } from '../../packages/rachis/src/declare'
import type { ActionContext } from '../../packages/rachis/src/declare'
import type { Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'
import { assertRefused } from '../input/contract'
import { noReplication, Replicated } from './replicated'

const input = Type.Object({}, { additionalProperties: false })
const output = Type.Object({}, { additionalProperties: true })
const LOCK = 7
const wait = async (_: object, { knex }: ActionContext<never>) => {
  await knex.raw('select pg_advisory_xact_lock(?)', [LOCK])
  return {}
}
/** What a standby says of a statement that stands in its way, in the middle of code of an application. */
const broken = async (_: object, { knex }: ActionContext<never>) => {
  await knex.raw(`do $$ begin if pg_is_in_recovery() then raise 'conflict with recovery' using errcode = '40001'; end if; end $$`) // prettier-ignore
  return {}
}
/** Resources with a write that waits for a lock of the test's, and with a report that the replica breaks off. */
const held = ['held', 'kept'].map((name) =>
  defineResource(name as never, {
    table: false,
    access: {},
    fields: {},
    actions: { wait: { on: 'collection', input, output, access: anyone, run: wait } } as never,
    reports: { broken: { input, output, access: anyone, run: broken } } as never
  })
)

describe('reads that a replica fails', function () {
  this.timeout(120_000)
  let servers: Replicated
  let world: World
  let stranger: Person
  before(async function () {
    if (noReplication) {
      console.log(`      skipped: ${noReplication}`)
      return this.skip()
    }
    servers = await Replicated.start({ delay: 0 })
    world = await startWorld({
      database: servers.primary.url,
      resources: held as never,
      settings: {
        trust_proxy: 1,
        // Who calls is known without the primary.
        auth: { cache_ttl: 600 },
        // Four places in front of each pool, and one waits on behalf of a caller.
        database: { replica_url: servers.replica.url, replica_max_lag: 600, pool_max: 6, queue: 1 }
      }
    })
    stranger = await world.person('stranger')
  })
  beforeEach(() => onReplica())
  after(async () => {
    await world?.close(true)
    servers?.remove()
  })

  const reads = () => world.app.get('replicaReads')!
  const list = () => world.rest(stranger, 'GET', '/tasks')
  /** Until the stranger's reads go to the replica. */
  const onReplica = async () => {
    for (;;) {
      const before = reads().reads.replica
      await list()
      if (reads().reads.replica === before + 1) return
    }
  }
  const until = async (server: 'primary' | 'replica', condition: string, count = 1) => {
    const waiting = () => servers[server].sql(`select pid from pg_locks where ${condition}`)
    while ((await waiting()).length < count);
    return waiting()
  }
  /** A transaction that holds tables until it ends, on the primary and then on the replica. */
  const lock = async (table: string) => {
    const client = new Client(servers.primary.url)
    await client.connect()
    await client.query(`begin; lock table ${table} in access exclusive mode`)
    return client
  }
  const isHeld = (table: string) => `granted and mode = 'AccessExclusiveLock' and relation = '${table}'::regclass` // prettier-ignore

  it('wait for a place in front of the primary, and are refused there, as those are that went to it at once', async () => {
    const client = new Client(servers.primary.url)
    await client.connect()
    await client.query('select pg_advisory_lock($1)', [LOCK])
    const writes = ['held', 'held', 'kept', 'kept'].map((name, index) =>
      world.rest(anonymous, 'POST', `/${name}/wait`, { headers: { 'X-Forwarded-For': `198.51.${index}.1` } })
    )
    await until('primary', `locktype = 'advisory' and not granted`, 4)
    // Nobody notices that the replica has gone before the reads do.
    reads().stop()
    servers.replica.kill()
    while (!world.app.get('engine').feed.hasReadWithin(1000)) await new Promise(setImmediate)
    const { primary, replica } = reads().reads
    const first = list()
    const isWaiting = async () => {
      while (world.app.get('shares').waiting === 0) await new Promise(setImmediate)
    }
    await Promise.race([first, isWaiting()])
    assert.equal(world.app.get('shares').waiting, 1)
    assert.deepEqual(reads().reads, { primary, replica: replica + 1 })
    const second = await list()
    assertRefused(second, { code: 'OVERLOADED' })
    assert.ok(second.headers.get('retry-after'))
    await client.end()
    assert.equal((await first).status, 200)
    for (const write of writes) assert.equal((await write).status, 200)
    servers.replica.start()
    reads().start()
  })

  it('are made by the primary where nothing of them was answered: an export whose connection is ended', async () => {
    const client = await lock('tasks')
    await until('replica', isHeld('tasks'))
    const exported = world.rest(stranger, 'GET', '/tasks', { headers: { accept: 'text/csv' } })
    const [{ pid }] = (await until('replica', `not granted and relation = 'tasks'::regclass`)) as [{ pid: number }] // prettier-ignore
    await servers.replica.sql(`select pg_terminate_backend(${pid})`)
    await until('primary', `not granted and relation = 'tasks'::regclass`)
    await client.end()
    const { status, body } = await exported
    assert.equal(status, 200)
    assert.match(body as never, /^id,title/)
  })

  it('are made by the primary where they stand in the way of what the replica replays', async () => {
    const orders = await lock('orders')
    await until('replica', isHeld('orders'))
    const exported = world.rest(stranger, 'GET', '/order-items', { headers: { accept: 'text/csv' } })
    await until('replica', `not granted and relation = 'orders'::regclass`)
    const items = await lock('order_items')
    await until('primary', `not granted and relation in ('orders'::regclass, 'order_items'::regclass)`)
    await Promise.all([orders.end(), items.end()])
    const { status, body } = await exported
    assert.equal(status, 200)
    assert.match(body as never, /^id,/)
  })

  it('are 503 where code of the application made them', async () => {
    const before = reads().reads.replica
    const answer = await world.rest(stranger, 'GET', '/held/broken')
    assert.equal(reads().reads.replica - before, 1)
    assertRefused(answer, { code: 'UNAVAILABLE' })
    assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/)
  })
})
