import assert from 'node:assert/strict'
import type { Listener, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { assertRefused } from '../input/contract'
import { openStream } from '../streams/reader'
import { noReplication, Replicated } from './replicated'

describe('a primary that is lost, and a standby in its place', function () {
  this.timeout(120_000)
  let servers: Replicated
  let world: World
  let owner: Person
  let socket: Listener
  before(async function () {
    if (noReplication) {
      console.log(`      skipped: ${noReplication}`)
      return this.skip()
    }
    servers = await Replicated.start()
    world = await startWorld({
      database: servers.url,
      settings: {
        secret_key: 'of-the-tests-only-with-several-hosts',
        database: { replica_url: servers.url.replace('read-write', 'standby') }
      }
    })
    owner = await world.person('owner')
    socket = await world.socket(owner)
  })
  after(async () => {
    await world?.close(true)
    servers?.remove()
  })

  const create = (title: string) => world.rest(owner, 'POST', '/tasks', { body: { title } })
  const ready = async () => (await fetch(`${world.url}/health/ready`)).status
  const epoch = () => world.app.get('engine').feed.epoch
  const positionOf = async () => (await world.rest(owner, 'GET', '/tasks')).headers.get('x-rachis-position')!

  it('is served from by itself, with all that was acknowledged, and its readers are told to fetch anew', async () => {
    assert.equal((await create('before')).status, 201)
    await socket.event('tasks created', ({ title }) => title === 'before')
    const [known, position] = [epoch(), await positionOf()]
    const { lsn } = (await servers.primary.sql<{ lsn: string }>('select pg_current_wal_insert_lsn()::text as lsn'))[0]! // prettier-ignore
    while (!(await servers.replica.sql<{ has: boolean }>(`select pg_last_wal_replay_lsn() >= '${lsn}'::pg_lsn as has`))[0]!.has); // prettier-ignore
    servers.primary.kill()
    assertRefused(await create('meanwhile'), { code: 'UNAVAILABLE' })
    assert.equal(await ready(), 503)
    assert.equal((await fetch(`${world.url}/health`)).status, 200)
    servers.replica.promote()
    for (;;) {
      const answer = await create('after')
      if (answer.status === 201) break
      assertRefused(answer, { code: 'UNAVAILABLE' })
      assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/)
    }
    await socket.event('tasks reset')
    assert.notEqual(epoch(), known)
    const { body } = await world.rest(owner, 'GET', '/tasks?sort=title')
    assert.deepEqual(
      [...new Set(body.data.map(({ title }: { title: string }) => title))],
      ['after', 'before']
    )
    const stream = await openStream(world, owner, `?resources=tasks&last_event_id=${position}`)
    const { data } = await stream.event('tasks reset')
    assert.equal(data.reason, 'epoch')
    stream.close()
    assert.equal((await create('told')).status, 201)
    await socket.event('tasks created', ({ title }) => title === 'told')
    while ((await ready()) !== 200);
  })

  it('reads the primary alone, while there is no standby', async () => {
    const { status } = (await (await fetch(`${world.url}/health/ready`)).json()) as { status: string }
    assert.equal(status, 'degraded')
    assert.notEqual(world.app.get('replicaReads')!.status.status, 'ok')
    assert.equal((await world.rest(owner, 'GET', '/tasks')).status, 200)
  })
})
