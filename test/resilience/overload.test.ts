import assert from 'node:assert/strict'
import type { Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'
import { assertRefused } from '../input/contract'
import { statementsOf } from '../helpers/statements'
import { handshake, HANDSHAKES } from '../limits/stage'

const OVERLOADED = { code: 'OVERLOADED' } as const

describe('a process that has more to do than it can', () => {
  let world: World
  let owner: Person
  before(async () => {
    world = await startWorld({ settings: { http: { max_delay: 300 } } })
    owner = await world.person('owner')
  })
  after(() => world.close())

  const load = () => world.app.get('load')

  /** Work that keeps the event loop for longer than it may be late, in turns, between which everything else has its turn. */
  const whileBusy = async (ask: () => Promise<void>) => {
    let isOver = false
    const work = () => {
      if (isOver) return
      const until = performance.now() + 500
      while (performance.now() < until);
      setTimeout(work, 0)
    }
    setTimeout(work, 0)
    while (!load().isOver) await new Promise(setImmediate)
    try {
      await ask()
    } finally {
      isOver = true
    }
    while (load().isOver) await new Promise((resolve) => setTimeout(resolve, 20))
  }

  it('refuses calls by each transport before anything is done for them, and takes them again by itself', async () => {
    const socket = await world.socket(owner)
    // That the owner has signed in is a change that they are looked up for.
    await world.settled()
    const before = { ...load().refused }
    await whileBusy(async () => {
      const statements = await statementsOf(async () => {
        const refused = await Promise.all([
          world.rest(owner, 'GET', '/tasks'),
          world.rest(owner, 'POST', '/tasks', { body: { title: 'x' } }),
          world.rest(anonymous, 'POST', '/auth/login', { body: { email: owner.email, password: 'wrong-one' } }),
          fetch(`${world.url}/elsewhere`, { headers: { Host: 'x' } }).then(async (answer) => ({ status: answer.status, headers: answer.headers, body: await answer.json() }))
        ])
        for (const answer of refused) {
          assertRefused(answer as never, OVERLOADED)
          assert.equal(answer.headers.get('retry-after'), '2')
          assert.equal(answer.headers.get('x-request-id'), (answer.body as { error: { trace_id: string } }).error.trace_id)
        }
        await assert.rejects(socket.call('find', 'tasks', {}), ({ error }) => error.code === 'OVERLOADED')
      })
      // How many processes there are the feed asks by itself, now and then.
      assert.deepEqual(statements.filter((text) => !text.includes('pg_locks')), [])
      const handshakes = [...HANDSHAKES, '/graphql?transport=websocket'].map((path) => handshake(world.url, path, {}))
      for (const { status, headers, body } of await Promise.all(handshakes))
        assert.deepEqual([status, headers['retry-after'], body.error.code], [503, '2', 'OVERLOADED'])
      assert.equal((await fetch(`${world.url}/health`)).status, 200)
    })
    assert.ok(load().refused.rest - before.rest >= 4)
    assert.ok(load().refused.socketio - before.socketio >= 1)
    assert.equal((await world.rest(owner, 'GET', '/tasks')).body.total, 0)
    assert.equal((await socket.call('find', 'tasks', {})).total, 0)
  }) // prettier-ignore

  it('takes one long turn for what it is', async () => {
    const { refused } = load()
    const before = refused.rest
    // What was before has been forgotten.
    while (load().delay > 10) await new Promise((resolve) => setTimeout(resolve, 20))
    const until = performance.now() + 400
    while (performance.now() < until);
    assert.equal((await world.rest(owner, 'GET', '/tasks')).status, 200)
    assert.equal(load().refused.rest, before)
  })
})
