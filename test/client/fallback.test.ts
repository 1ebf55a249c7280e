import assert from 'node:assert/strict'
import type { Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { Gateway } from './gateway'
import { Stage, until } from './stage'

describe('a client where websockets do not connect', function () {
  this.timeout(30_000)
  let world: World
  let gateway: Gateway
  let owner: Person
  const stage = new Stage()
  before(async () => {
    world = await startWorld()
    gateway = await Gateway.open(world.url)
    owner = await world.register('owner')
  })
  afterEach(() => stage.close())
  after(async () => {
    gateway?.close()
    await world?.close()
  })

  it('falls back to the event stream, and stays there', async () => {
    gateway.hasWebsockets = false
    const client = await stage.signedIn(gateway.url, owner, {})
    const states: string[] = []
    client.onState((state) => states.push(state))
    const list = client.live('tasks')
    await list.ready()
    assert.deepEqual(states, ['opening', 'waiting', 'opening', 'waiting', 'opening', 'live'])
    await client.service('tasks').create({ title: 'by REST' })
    await until(list, (data) => data.length === 1)
    // Both end a line of JavaScript, and none of the stream.
    await client.service('tasks').create({ title: 'two\u2028lines\u2029' })
    await until(list, (data) => data.some(({ title }) => title === 'two\u2028lines\u2029'))
    states.length = 0
    gateway.cut()
    await until(list, (_data, status) => status === 'stale')
    await until(list, (_data, status) => status === 'live')
    assert.deepEqual(states, ['waiting', 'opening', 'live'])
  })

  it('says what the server refuses a connection for, and tries again', async () => {
    gateway.hasWebsockets = true
    gateway.lead()
    const client = stage.client(gateway.url, { transport: 'websocket' })
    const list = client.live('products', { $limit: 1 })
    await new Promise<void>((resolve) => client.onState((state) => state === 'waiting' && resolve()))
    assert.equal(list.status, 'loading')
    gateway.lead(world.url)
    await list.ready()
  })

  it('shares one subscription between lists that ask the same, and ends it after the last', async () => {
    const client = await stage.signedIn(gateway.url, owner, { transport: 'websocket' })
    const [one, same] = [client.live('tasks', { status: 'pending', title: 'x' }), client.live('tasks', { title: 'x', status: 'pending' })] // prettier-ignore
    await one.ready()
    assert.equal(one.snapshot(), same.snapshot())
    one.close()
    await world.sql(`insert into tasks (title, user_id) values ('x', $1)`, [owner.id])
    await until(same, (data) => data.length === 1)
    assert.equal(one.snapshot().data.length, 0)
    same.close()
    await new Promise<void>((resolve) => client.onState((state) => state === 'idle' && resolve()))
  })
})
