import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import type { Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import type { Json, Person, World } from '../helpers/world'
import { anonymous, PASSWORD, startWorld } from '../helpers/world'
import { linesOf, writtenBy } from './log-lines'

describe('the access log', () => {
  let world: World
  let owner: Person
  before(async () => {
    world = await startWorld({ settings: { access_log: 'json' } })
    await writtenBy(async () => {
      owner = await world.person('owner')
      for (const title of ['one', 'two']) await world.rest(owner, 'POST', '/tasks', { body: { title } })
    })
  })
  after(() => world.close())

  it('has a line for each request, with who, what, how long and how many records', async () => {
    const headers = { 'X-Request-Id': 'of-the-test' }
    const text = await writtenBy(async () => {
      await world.rest(owner, 'GET', '/tasks?$limit=1', { headers })
      await world.rest(owner, 'GET', '/tasks', { headers: { ...headers, Origin: 'http://localhost' } })
      await world.rest(anonymous, 'GET', '/tasks', { headers })
    })
    const lines = linesOf(text)
    assert.deepEqual(
      lines.map(({ method, route, status, rows, user_id, trace_id, address, msg }) => [method, route, status, rows, user_id, trace_id, address, msg]),
      [
        ['GET', '/api/v1/tasks', 200, 1, owner.id, 'of-the-test', '127.0.0.1', 'access'],
        ['GET', '/api/v1/tasks', 200, 2, owner.id, 'of-the-test', '127.0.0.1', 'access'],
        ['GET', '/api/v1/tasks', 401, 0, undefined, 'of-the-test', '127.0.0.1', 'access']
      ]
    )
    for (const { ms } of lines) assert.ok(Number(ms) > 0)
  }) // prettier-ignore

  it('has a line for each call over a socket, with a trace id of its own', async () => {
    const socket = await world.socket(owner)
    const text = await writtenBy(async () => {
      await socket.call('find', 'tasks', {})
      await assert.rejects(socket.call('get', 'tasks', 9_999_999))
    })
    const [found, missing] = linesOf(text)
    assert.deepEqual([found!.transport, found!.route, found!.status, found!.rows, found!.user_id], ['socketio', 'tasks.find', 200, 2, owner.id]) // prettier-ignore
    assert.deepEqual([missing!.route, missing!.status], ['tasks.get', 404])
    assert.ok(found!.trace_id && missing!.trace_id && found!.trace_id !== missing!.trace_id)
  })

  it('has 499 where the client had gone before it was answered, by the fast path and the whole chain', async () => {
    for (const fastPath of [true, false]) {
      world.app.set('fastPath', fastPath)
      const text = await writtenBy(async () => {
        const opened = once(world.app.server, 'connection') as Promise<[Socket]>
        const headers = { Authorization: `Bearer ${owner.token}`, Expect: '100-continue', 'Content-Type': 'application/json', 'Content-Length': 90 }
        const asked = request(`${world.url}/api/v1/tasks`, { method: 'POST', agent: false, headers })
        asked.on('error', () => undefined).flushHeaders()
        await once(asked, 'continue')
        const [socket] = await opened
        asked.destroy()
        await once(socket, 'close')
        await setImmediate()
      })
      const [{ method, status, aborted }] = linesOf(text) as [Json]
      assert.deepEqual([method, status, aborted], ['POST', 499, true])
    }
  }) // prettier-ignore

  it('repeats nothing that a client has written: no secret, no value, no address that holds one', async () => {
    const secrets = ['very-secret-word', PASSWORD, owner.token!, owner.email!]
    const text = await writtenBy(async () => {
      await world.rest(anonymous, 'POST', '/auth/login', { body: { email: owner.email, password: PASSWORD } })
      await world.rest(anonymous, 'GET', '/auth/very-secret-word?token=very-secret-word')
      await world.rest(owner, 'GET', `/tasks?title=very-secret-word`)
      await world.rest(owner, 'POST', '/tasks', { body: { title: 'very-secret-word' } })
      await fetch(`${world.url}/very-secret-word?ticket=very-secret-word`)
      const socket = await world.socket(owner)
      await socket.call('find', 'tasks', { title: 'very-secret-word' })
    })
    assert.ok(linesOf(text).filter(({ msg }) => msg === 'access').length >= 6)
    for (const secret of secrets) assert.ok(!text.includes(secret), secret)
  })

  it('is text where that is asked for', async () => {
    const plain = await startWorld({ settings: { access_log: 'text' }, database: world.database })
    const text = await writtenBy(() => plain.rest(owner, 'GET', '/tasks'))
    assert.match(text, /^\S+Z 127\.0\.0\.1 \d+ GET \/api\/v1\/tasks 200 [\d.]+ms \d+ \S+$/m)
    await plain.close(true)
  })
})
