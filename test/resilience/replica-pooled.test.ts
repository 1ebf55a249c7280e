import assert from 'node:assert/strict'
import { noPgBouncer, startPgBouncer } from '../helpers/pgbouncer'
import type { Answer, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { noReplication, Replicated } from './replicated'

describe('a replica behind a PgBouncer in transaction mode', function () {
  this.timeout(120_000)
  let servers: Replicated
  let bouncer: Awaited<ReturnType<typeof startPgBouncer>>
  let world: World
  let owner: Person
  let admin: Person
  before(async function () {
    if (noReplication ?? noPgBouncer) {
      console.log(`      skipped: ${noReplication ?? noPgBouncer}`)
      return this.skip()
    }
    servers = await Replicated.start()
    bouncer = await startPgBouncer(servers.replica.url, 'server_login_retry = 1')
    world = await startWorld({
      database: servers.primary.url,
      settings: { database: { replica_url: bouncer.url, replica_max_lag: 600, read_timeout: 2 } }
    })
    ;[owner, admin] = await Promise.all([world.person('owner'), world.person('admin')])
    await caughtUp()
  })
  after(async () => {
    await world?.close(true)
    await bouncer?.stop()
    servers?.remove()
  })

  const reads = () => world.app.get('replicaReads')!.reads
  /** Until those who have written a moment ago read the replica again. */
  const caughtUp = async () => {
    for (;;) {
      const before = reads().replica
      await Promise.all([owner, admin].map((person) => world.rest(person, 'GET', '/tasks')))
      if (reads().replica === before + 2) return
    }
  }
  const answered = async (person: Person, path: string, server: 'primary' | 'replica', accept?: string): Promise<Answer> => {
    const before = { ...reads() }
    const answer = await world.rest(person, 'GET', path, accept ? { headers: { accept } } : {})
    assert.equal(answer.status, 200, path)
    assert.deepEqual(reads(), { ...before, [server]: before[server] + 1 }, path)
    return answer
  } // prettier-ignore

  it('answers lists, records, groups, reports and exports with the same values, of many at once', async () => {
    const due_date = '2030-02-01T05:06:07.089Z'
    const { body: task } = await world.rest(owner, 'POST', '/tasks', { body: { title: 'pooled', due_date } })
    await caughtUp()
    assert.equal((await answered(owner, `/tasks/${task.id}`, 'replica')).body.due_date, due_date)
    for (const path of [
      '/tasks',
      '/tasks/search?q=pooled',
      '/tasks/aggregate?group=status&count=*',
      '/stores?include=manager'
    ])
      // prettier-ignore
      await answered(owner, path, 'replica')
    await answered(admin, '/analytics/sales?days=30', 'replica')
    assert.match((await answered(owner, '/tasks', 'replica', 'text/csv')).body as never, /pooled/)
    const many = await Promise.all(Array.from({ length: 20 }, () => world.rest(owner, 'GET', '/tasks')))
    for (const { status, body } of many) assert.deepEqual([status, body.total], [200, 1])
  })

  it('is not read by who has written, until it has their write', async () => {
    await servers.holdUp()
    await world.rest(owner, 'POST', '/tasks', { body: { title: 'new' } })
    assert.equal((await answered(owner, '/tasks?title=new', 'primary')).body.total, 1)
    assert.equal((await answered(admin, '/tasks?title=new', 'replica')).body.total, 0)
    await servers.goOn()
    await caughtUp()
    assert.equal((await answered(owner, '/tasks?title=new', 'replica')).body.total, 1)
  })

  it('is not read while it is gone, though the pooler is there, and is read again by itself', async () => {
    const status = () => world.app.get('replicaReads')!.status.status
    servers.replica.kill()
    while (status() !== 'unreachable') assert.equal((await world.rest(owner, 'GET', '/tasks')).status, 200)
    await answered(owner, '/tasks', 'primary')
    servers.replica.start()
    await caughtUp()
    assert.equal(status(), 'ok')
  })
})
