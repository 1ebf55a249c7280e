import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'

describe('a server that is told to stop, and waits for those who send requests to it', () => {
  let world: World
  let owner: Person
  before(async () => {
    world = await startWorld({ settings: { http: { shutdown_delay: 600 } } })
    owner = await world.person('owner')
  })

  it('is not ready any more at once, and serves as ever until it is hurried', async () => {
    const socket = await world.socket(owner)
    const closed = once(world.app.server, 'close')
    const stopped = world.app.teardown()
    const ready = await fetch(`${world.url}/health/ready`)
    assert.equal(ready.status, 503)
    assert.match(await ready.text(), /The server is stopping/)
    assert.equal((await fetch(`${world.url}/health`)).status, 200)
    assert.equal((await world.rest(owner, 'POST', '/tasks', { body: { title: 'late' } })).status, 201)
    assert.equal((await world.rest(anonymous, 'GET', '/products')).status, 200)
    assert.equal((await socket.call('find', 'tasks', {})).total, 1)
    await socket.event('tasks created')
    const another = await world.socket(owner)
    assert.equal((await another.call('find', 'tasks', {})).total, 1)
    world.app.get('hurry')()
    await Promise.all([closed, stopped])
    await assert.rejects(fetch(`${world.url}/health`))
  })
})
