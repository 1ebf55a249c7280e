import assert from 'node:assert/strict'
import { feathers } from '@feathersjs/feathers'
import socketClient from '@feathersjs/socketio-client'
import type { Json, Listener, Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'

type Cast = Record<'anonymous' | 'owner' | 'stranger' | 'manager' | 'admin', Person>

describe('subscribing over a socket', () => {
  let world: World
  let cast: Cast
  before(async () => {
    world = await startWorld()
    cast = await world.cast()
  })
  beforeEach(() => world.settled())
  afterEach(() => world.hangUp())
  after(() => world?.close())

  const write = async (method: string, path: string, body?: object, person = cast.owner): Promise<Json> => {
    const answer = await world.rest(person, method, path, { body })
    assert.ok(answer.status < 300, JSON.stringify(answer.body))

    return answer.body as Json
  }
  const task = (title: string, person = cast.owner) => write('POST', '/tasks', { title }, person)
  const subscribe = (socket: Listener, query: object, path = 'tasks') =>
    socket.call('subscribe', path, { query }, {}) as Promise<Json>
  const records = ({ events }: Listener) => events.filter(({ name }) => name.includes(' '))
  const told = async (socket: Listener) => {
    await world.settled()
    await socket.drained()

    return records(socket).map(({ name, data, meta }) => [name, data.id, meta.subscription] as const)
  }

  it('answers what a find answers, its name and a position, and then what comes and goes', async () => {
    const [socket, other] = [await world.socket(cast.owner), await world.socket(cast.stranger)]
    const before = await task('Before')
    await told(socket)
    socket.forget()
    const query = { status: 'pending', $sort: { id: -1 }, $limit: 1 }
    const { subscription, position, ...answer } = await subscribe(socket, query)
    assert.deepEqual(answer, await socket.call('find', 'tasks', query))
    assert.match(position, /^1\.[\w.-]{1,198}$/)
    await subscribe(other, { status: 'pending' })
    const { id } = await task('After')
    await write('POST', `/tasks/${id}/start`, {})
    await write('PATCH', `/tasks/${id}`, { title: 'Unseen' })
    await write('PATCH', `/tasks/${before.id}`, { title: 'Changed' })
    assert.deepEqual(await told(socket), [
      ['tasks created', id, subscription],
      ['tasks removed', id, subscription],
      ['tasks patched', before.id, subscription]
    ])
    assert.deepEqual(await told(other), [])
  })

  it('by the official client', async () => {
    const socket = await world.socket(cast.owner)
    const connection = socketClient(socket.socket)
    const client = feathers<any>().configure(connection)
    client.use('tasks', connection.service('tasks'), { methods: ['subscribe', 'unsubscribe'] })
    const tasks = client.service('tasks') as any
    const { subscription, data } = await tasks.subscribe({ query: { priority: 'urgent' } })
    assert.deepEqual(data, [])
    const created = new Promise<unknown[]>((resolve) => tasks.on('created', (...given: unknown[]) => resolve(given))) // prettier-ignore
    await task('Not urgent')
    await write('POST', '/tasks', { title: 'Now', priority: 'urgent' })
    const [record, meta] = (await created) as [Json, Json]
    assert.deepEqual([record.title, meta.subscription], ['Now', subscription])
    assert.deepEqual(await tasks.unsubscribe({ subscription }), { subscription })
  })

  it('names equal questions equally, and is told once of each shape that a record is of', async () => {
    const socket = await world.socket(cast.owner)
    const one = await subscribe(socket, { status: 'pending', priority: { $in: ['low', 'high'] } })
    const same = await subscribe(socket, { priority: { $in: ['high', 'low'] }, status: 'pending', $limit: 0 })
    const all = await subscribe(socket, {})
    assert.equal(one.subscription, same.subscription)
    assert.notEqual(one.subscription, all.subscription)
    const { id } = await write('POST', '/tasks', { title: 'Both', priority: 'low' })
    const events = await told(socket)
    assert.deepEqual(
      events.map(([name, record]) => [name, record]),
      [['tasks created', id], ['tasks created', id]]
    ) // prettier-ignore
    assert.deepEqual(new Set(events.map(([, , name]) => name)), new Set([one.subscription, all.subscription]))
  })

  it('replaces the events of its service, also once it is over, and of no other', async () => {
    const socket = await world.socket(cast.owner)
    const { subscription } = await subscribe(socket, { status: 'completed' })
    await task('Unseen')
    await write('PATCH', `/users/${cast.owner.id}`, { first_name: 'New' })
    assert.deepEqual((await told(socket)).map(([name]) => name), ['users patched']) // prettier-ignore
    await socket.call('unsubscribe', 'tasks', { subscription }, {})
    await task('Unseen as well')
    assert.deepEqual((await told(socket)).map(([name]) => name), ['users patched']) // prettier-ignore
  })

  it('says of all but the last event of a change that there is more', async () => {
    const [socket, plain] = [await world.socket(cast.owner), await world.socket(cast.owner)]
    await subscribe(socket, { status: 'in_progress' })
    await subscribe(socket, { priority: 'medium' })
    const { id } = await task('Step')
    // What is told of the creation has arrived.
    await told(socket)
    await told(plain)
    socket.forget()
    plain.forget()
    await write('POST', `/tasks/${id}/start`, {})
    await told(socket)
    await told(plain)
    assert.deepEqual(records(socket).map(({ meta }) => meta.more), [true, true, true, undefined]) // prettier-ignore
    assert.deepEqual(plain.events.map(({ name, meta }) => [name, meta.more]), [['tasks patched', true], ['tasks start', undefined]]) // prettier-ignore
    assert.equal(new Set(records(socket).map(({ meta }) => meta.position)).size, 1)
  })

  it('refuses what it does not know, what one may not read, and what cannot be asked of a change', async () => {
    const owner = await world.socket(cast.owner)
    const nobody = await world.socket(anonymous)
    const cases: [Listener, string, unknown, object][] = [
      [nobody, 'tasks', { query: {} }, { code: 'NOT_AUTHENTICATED' }],
      [owner, 'tasks', { query: { color: 'red' } }, { code: 'BAD_QUERY' }],
      [owner, 'tasks', { query: { title: { $lt: 'm' } } }, { code: 'NOT_SUBSCRIBABLE' }],
      [owner, 'orders', { query: { 'items.quantity': 2 } }, { code: 'NOT_SUBSCRIBABLE' }],
      [owner, 'tasks', { query: { $search: 'red' } }, { code: 'NOT_SUBSCRIBABLE', field: '$search' }],
      [owner, 'tasks', { query: { $skip: 1 } }, { code: 'NOT_SUBSCRIBABLE', field: '$skip' }],
      [owner, 'tasks', { query: { $select: ['title'] } }, { code: 'NOT_SUBSCRIBABLE', field: '$select' }],
      [owner, 'tasks', { query: { $include: ['user'] } }, { code: 'NOT_SUBSCRIBABLE', field: '$include' }],
      [owner, 'tasks', { query: { page: 2 } }, { code: 'NOT_SUBSCRIBABLE', field: 'page' }],
      [owner, 'tasks', { query: { title: 'x'.repeat(5000) } }, { code: 'NOT_SUBSCRIBABLE' }],
      [owner, 'tasks', { query: { id: { $in: Array.from({ length: 51 }, (_, index) => index) } } }, { code: 'NOT_SUBSCRIBABLE' }],
      [owner, 'tasks', { query: { $limit: -1 } }, { code: 'VALIDATION_ERROR' }],
      [owner, 'tasks', { query: 'status' }, { code: 'BAD_REQUEST', field: 'query' }],
      [owner, 'tasks', { filter: {} }, { code: 'BAD_REQUEST', field: 'filter' }],
      [owner, 'tasks', 'open', { code: 'BAD_REQUEST' }],
      [owner, 'products', { query: { cost: 1 } }, { code: 'FORBIDDEN', field: 'cost' }],
      [owner, 'nothing', { query: {} }, { code: 'NO_SUCH_PATH' }]
    ] // prettier-ignore
    for (const [socket, path, data, expected] of cases) {
      const { error } = (await socket.refusal('subscribe', path, data, {})) as { error: object }
      assert.deepEqual({ ...error, ...expected }, error, JSON.stringify([path, data]))
    }
    const { error } = await owner.refusal('unsubscribe', 'tasks', {}, {})
    assert.equal(error.code, 'BAD_REQUEST')
    await task('Nothing was subscribed to')
    assert.deepEqual((await told(nobody)).length, 0)
    assert.deepEqual((await told(owner)).map(([name, , subscription]) => [name, subscription]), [['tasks created', undefined]]) // prettier-ignore
  })

  it('is no route of REST', async () => {
    for (const path of ['/tasks/subscribe', '/tasks/1/subscribe']) {
      const { status } = await world.rest(cast.owner, 'POST', path, { body: {} })
      assert.ok([404, 405].includes(status), `${path} ${status}`)
    }
  })
})
