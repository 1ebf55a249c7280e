import assert from 'node:assert/strict'
import { createDatabase, dropDatabase } from '../helpers/database'
import type { Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { Proxy } from './proxy'

/** Milliseconds, of the three seconds that a host is given to say what it is. */
const SOON = 1500

describe('several hosts, of which one says nothing', () => {
  let database: string
  let hosts: Proxy[]
  let world: World
  let owner: Person
  before(async () => {
    database = await createDatabase()
    // Two ways to one server, of which the first one is deaf.
    hosts = await Promise.all([Proxy.to(database), Proxy.to(database)])
    hosts[0]!.deafen(true)
    const [first, second] = hosts.map((host) => host.url(database))
    const url = `${first!.replace(/(:\d+)\//, `$1,127.0.0.1:${new URL(second!).port}/`)}?target_session_attrs=read-write`
    world = await startWorld({ database: url })
    owner = await world.person('owner')
  })
  after(async () => {
    await world?.close(true)
    for (const host of hosts ?? []) host.close()
    if (database) await dropDatabase(database)
  })

  const list = () => world.rest(owner, 'GET', '/tasks')
  /** Ends the connections of the program, which opens others for what it is asked next. */
  const cut = async () => {
    for (const host of hosts) host.cut()
    // What is known of the hosts holds for a second.
    await new Promise((resolve) => setTimeout(resolve, 1100))
  }
  const timed = async (call: () => Promise<{ status: number }>) => {
    const began = Date.now()
    while ((await call()).status === 503);
    return Date.now() - began
  }

  it('costs new connections next to nothing', async () => {
    for (const _ of [1, 2]) {
      await cut()
      const took = await timed(list)
      assert.ok(took < SOON, `${took} ms`)
    }
  })

  it('holds up no read of one record: their connection follows to the host that answers', async () => {
    const { body } = await world.rest(owner, 'POST', '/tasks', { body: { title: 'read' } })
    const get = () => world.rest(owner, 'GET', `/tasks/${body.id}`)
    const shared = async () => {
      while (!world.app.get('connection').pipeline!.isOpen) assert.equal((await get()).status, 200)
    }
    await shared()
    await cut()
    const took = await timed(get)
    assert.ok(took < SOON, `${took} ms`)
    await shared()
    assert.equal((await world.rest(owner, 'DELETE', `/tasks/${body.id}`)).status, 200)
  })

  it('is found when it is the one that answers, and the other one is silent', async () => {
    hosts[0]!.deafen(false)
    hosts[1]!.deafen(true)
    await cut()
    const took = await timed(list)
    assert.ok(took < SOON, `${took} ms`)
    assert.equal((await world.rest(owner, 'POST', '/tasks', { body: { title: 'moved' } })).status, 201)
    assert.deepEqual(
      (await list()).body.data.map(({ title }: { title: string }) => title),
      ['moved']
    )
  })
})
