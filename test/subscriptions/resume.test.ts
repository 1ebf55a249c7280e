import assert from 'node:assert/strict'
import { io } from 'socket.io-client'
import type { Json, Person, World } from '../helpers/world'
import { Listener, startWorld } from '../helpers/world'

describe('coming back over a socket', () => {
  let here: World
  let there: World
  let owner: Person
  const open: Listener[] = []
  before(async () => {
    here = await startWorld()
    there = await startWorld({ database: here.database })
    owner = await here.register('owner')
  })
  beforeEach(async () => {
    await here.settled()
    await there.settled()
  })
  afterEach(() => {
    for (const { socket } of open.splice(0)) socket.disconnect()
  })
  after(async () => {
    await there?.close(true)
    await here?.close()
  })

  const connect = async (world: World, auth: object, person = owner): Promise<Listener> => {
    const extraHeaders = { authorization: `Bearer ${person.token}` }
    const socket = io(world.url, { transports: ['websocket'], forceNew: true, auth, extraHeaders })
    const listener = new Listener(socket)
    open.push(listener)
    await new Promise<void>((resolve, reject) =>
      socket.once('connect', resolve).once('connect_error', reject)
    )

    return listener
  }
  const task = async (title: string, fields = {}): Promise<Json> =>
    (await here.rest(owner, 'POST', '/tasks', { body: { title, ...fields } })).body as Json
  const synced = async (socket: Listener): Promise<string> => (await socket.event('synced')).data.position
  const told = ({ events }: Listener) =>
    events.filter(({ name }) => name.startsWith('tasks ')).map(({ name, data }) => [name, data.title])

  it('goes on from the position of a list or a record that was read over a socket', async () => {
    const first = await connect(here, { events: 'subscriptions' })
    const { id } = await task('read', { priority: 'high' })
    await here.settled()
    const answerTo = (method: string, ...args: unknown[]): Promise<Json[]> =>
      new Promise((resolve) => first.socket.emit(method, ...args, (...answer: Json[]) => resolve(answer)))
    for (const [method, ...args] of [['find', 'tasks', {}], ['get', 'tasks', id, {}]] as [string, ...unknown[]][]) {
      const [error, , meta = {}] = await answerTo(method, ...args)
      assert.deepEqual([error, Object.keys(meta)], [null, ['position']])
      const after = await task('later', { priority: 'high' })
      const second = await connect(there, { events: 'subscriptions' })
      const query = { priority: 'high' }
      const answer = await second.call('subscribe', 'tasks', { query, after: meta.position }, {})
      assert.equal(answer.resumed, true)
      await second.event('tasks created', (data) => data.id === after.id)
    }
  }) // prettier-ignore

  it('goes on with a subscription from the position of its answer, at another process, once and in order', async () => {
    const first = await connect(here, { events: 'subscriptions' })
    const query = { priority: 'high' }
    const { subscription, position } = await first.call('subscribe', 'tasks', { query }, {})
    first.socket.disconnect()
    const { id } = await task('missed', { priority: 'high' })
    await task('other', { priority: 'low' })
    await here.rest(owner, 'PATCH', `/tasks/${id}`, { body: { priority: 'low' } })
    await task('missed too', { priority: 'high' })
    const second = await connect(there, { events: 'subscriptions' })
    const answer = await second.call('subscribe', 'tasks', { query, after: position }, {})
    assert.deepEqual(answer, { subscription, position, resumed: true })
    await second.event('tasks created', ({ title }) => title === 'missed too')
    await task('live', { priority: 'high' })
    await second.event('tasks created', ({ title }) => title === 'live')
    await there.settled()
    await second.drained()
    assert.deepEqual(told(second), [
      ['tasks created', 'missed'],
      ['tasks removed', 'missed'],
      ['tasks created', 'missed too'],
      ['tasks created', 'live']
    ])
    assert.ok(second.events.every(({ name, meta }) => !name.startsWith('tasks') || meta.subscription === subscription)) // prettier-ignore
  })

  it('goes on with all events from the token of the handshake', async () => {
    const first = await connect(here, { after: null })
    await synced(first)
    first.forget()
    await task('seen')
    await first.event('tasks created')
    const token = await synced(first)
    first.socket.disconnect()
    await task('missed')
    const second = await connect(there, { after: token })
    await second.event('tasks created')
    await synced(second)
    assert.deepEqual(told(second), [['tasks created', 'missed']])
  })

  it('that is cut while its session ends reads anew with the next one: what was taken from it comes back', async () => {
    const person = await here.register('returning')
    const created = await here.rest(person, 'POST', '/tasks', { body: { title: 'kept' } })
    await here.settled()
    const first = await connect(here, { after: null }, person)
    await synced(first)
    first.forget()
    await here.rest(person, 'POST', '/auth/logout', { body: {} })
    const { id } = created.body as Json
    await first.event('tasks removed', (data) => data.id === id)
    const before = first.events.slice(
      0,
      first.events.findIndex(({ name }) => name === 'tasks removed')
    )
    const token = before.findLast(({ name }) => name === 'synced')!.data.position as string
    const second = await connect(there, { after: token }, await here.login(person))
    const { meta } = await second.event('tasks reset')
    assert.equal(meta.reason, 'rights')
  })

  it('is told to read anew where it cannot go on, and refused what is no token', async () => {
    const socket = await connect(here, { events: 'subscriptions' })
    const answer = await socket.call('subscribe', 'tasks', { query: {}, after: '1.0-0-0.7.x' }, {})
    assert.equal(answer.resumed, false)
    const { data, meta } = await socket.event('tasks reset')
    assert.deepEqual([data, meta.reason, meta.subscription], [{}, 'epoch', answer.subscription])
    const { error } = await socket.refusal('subscribe', 'tasks', { query: {}, after: 7 }, {})
    assert.deepEqual([error.code, error.field], ['BAD_REQUEST', 'after'])
    await assert.rejects(connect(here, { events: 'all' }), ({ data: refused }: { data: Json }) => refused.error.field === 'events') // prettier-ignore
  })

  it('hears nothing but subscriptions where it asks for that, and is told once it has everything', async () => {
    const socket = await connect(here, { events: 'subscriptions' })
    await synced(socket)
    await task('unseen')
    await socket.call('subscribe', 'tasks', { query: { title: 'wanted' } }, {})
    socket.forget()
    await task('wanted')
    await synced(socket)
    assert.deepEqual(socket.events.map(({ name }) => name), ['tasks created', 'synced']) // prettier-ignore
  })

  it('is told what other rights bring and take, and that a filter by what it may not read is over', async () => {
    const manager = await here.register('manager', { role: 'manager' })
    await here.sql(`insert into products (name, sku, price, cost, is_active) values ('Hidden', 'SKU-H', 7, 1, false), ('Shown', 'SKU-S', 7, 1, true), ('Dear', 'SKU-D', 8, 1, false)`) // prettier-ignore
    await here.settled()
    const socket = await connect(here, { events: 'subscriptions' }, manager)
    const seven = await socket.call('subscribe', 'products', { query: { price: 7 } }, {})
    const cost = await socket.call('subscribe', 'products', { query: { cost: 1 } }, {})
    assert.deepEqual([seven.total, cost.total], [2, 3])
    await here.sql(`update users set role = 'user' where id = ${manager.id}`)
    const reset = await socket.event('products reset')
    assert.deepEqual([reset.meta.subscription, reset.meta.reason], [cost.subscription, 'rights'])
    const { error } = await socket.refusal('subscribe', 'products', { query: { cost: 1 } }, {})
    assert.deepEqual([error.code, error.field], ['FORBIDDEN', 'cost'])
    await here.settled()
    await socket.drained()
    const ofSeven = () => socket.events.filter(({ meta }) => meta?.subscription === seven.subscription)
    const hidden = (seven.data as Json[]).find(({ name }) => name === 'Hidden')!
    assert.ok(ofSeven().some(({ name, data }) => name === 'products removed' && data.id === hidden.id))
    assert.ok(ofSeven().every(({ data }) => !('cost' in data)))
    socket.forget()
    await here.sql(
      `update products set price = 9 where sku = 'SKU-H'; update users set role = 'manager' where id = ${manager.id}`
    )
    await here.sql(`update products set price = 7 where sku = 'SKU-D'`)
    await socket.event('products created', ({ name }) => name === 'Dear')
    await here.settled()
    // Both were read at once: by the rights of now it has left the shape, and nobody knows that it was not in it by those of before.
    const ofHidden = socket.events.filter(({ data }) => data.id === hidden.id)
    assert.ok(
      ofHidden.every(({ name }) => name === 'products removed'),
      JSON.stringify(ofHidden)
    )
  })
})
