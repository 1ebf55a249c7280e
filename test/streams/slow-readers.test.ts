import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Socket as TcpSocket } from 'node:net'
import type { Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { OpenStreams } from './reader'

const LARGE = `insert into tasks (title, description, user_id)
  select 'Large', repeat('x', 9000), $1 from generate_series(1, 100)`

describe('a connection that does not read', function () {
  // The buffers of the system take some megabytes, which are written by SQL.
  this.timeout(60_000)
  let world: World
  const streams = new OpenStreams()
  before(async () => {
    world = await startWorld({ settings: { sockets: { buffer_limit: 65_536, stall_timeout: 2 } } })
  })
  beforeEach(() => world.settled())
  afterEach(() => {
    streams.close()
    world.hangUp()
  })
  after(() => world?.close())

  const memberOf = (person: Person) =>
    world.app.get('engine').members.connectionsOf(`users/${person.id}`).at(-1)!
  const isPaused = (person: Person) => world.app.get('engine').resume.synced(memberOf(person)) === undefined
  /**
   * Writes until more waits than may, and goes on waiting. The system buffers some megabytes and may make its buffers larger meanwhile, so a
   * connection that waits is only known to do so after some more writes that it was not sent.
   */
  const overflow = async (person: Person) => {
    for (let batch = 0, paused = 0; paused < 5; batch++) {
      assert.ok(batch < 200, 'it is sent no more in time')
      await world.sql(LARGE, [person.id])
      await world.settled()
      paused = isPaused(person) ? paused + 1 : 0
    }
  }
  const stream = (person: Person, headers = {}) => streams.open(world, person, '?resources=tasks', headers)
  const idsOf = async (person: Person) =>
    (await world.sql('select id::int from tasks where user_id = $1 order by id', [person.id])).map(
      ({ id }) => id
    )
  const last = async (person: Person) =>
    (await world.rest(person, 'POST', '/tasks', { body: { title: 'Last' } })).body as Json

  it('is sent what it missed once it reads on, once and in order', async () => {
    const person = await world.register('pausing')
    const reader = await stream(person)
    reader.response.pause()
    await overflow(person)
    await world.sql(LARGE, [person.id])
    reader.response.resume()
    const { id } = await last(person)
    await reader.event('tasks created', (data) => data.id === id)
    assert.deepEqual(
      reader.events.filter(({ event }) => event === 'tasks created').map(({ data }) => data.id),
      await idsOf(person)
    )
    assert.ok(!reader.told().includes('tasks reset'))
    const resumed = reader.events.at(-1)!
    assert.ok(resumed.id, 'its place goes on with what it is sent')
  })

  it('over a socket is sent what it missed as well, without another connection', async () => {
    const person = await world.register('socketed')
    const listener = await world.socket(person)
    const { _socket } = (listener.socket.io.engine.transport as unknown as { ws: { _socket: TcpSocket } }).ws
    _socket.pause()
    await overflow(person)
    await world.sql(LARGE, [person.id])
    const { id } = await last(person)
    _socket.resume()
    await listener.event('tasks created', (data) => data.id === id)
    assert.deepEqual(
      listener.events.filter(({ name }) => name === 'tasks created').map(({ data }) => data.id),
      await idsOf(person)
    )
    assert.ok(listener.socket.connected)
  })

  it('is not sent what happened after its session ended', async () => {
    const person = await world.register('leaving')
    const reader = await stream(person)
    reader.response.pause()
    await overflow(person)
    await world.rest(person, 'POST', '/auth/logout', { body: {} })
    await world.sql(`insert into tasks (title, user_id) values ('After the end', ${person.id})`)
    await world.settled()
    reader.response.resume()
    await reader.event('tasks reset', (data) => data.reason === 'rights')
    await reader.event('synced')
    assert.ok(!reader.events.some(({ data }) => (data as Json).title === 'After the end'))
  })

  it('is cut after a while, and goes on where it was', async () => {
    const person = await world.register('stalled')
    const reader = await stream(person)
    reader.response.pause()
    await overflow(person)
    const { members } = world.app.get('engine')
    const member = memberOf(person)
    const { feed } = world.app.get('engine')
    while (members.isConnected(member)) {
      feed.wake()
      await new Promise((resolve) => setImmediate(resolve))
    }
    reader.response.resume()
    await reader.ended()
    const { id } = await last(person)
    const again = await stream(person, { 'Last-Event-ID': reader.lastId! })
    await again.event('tasks created', (data) => data.id === id)
    const seen = [reader, again].flatMap(({ events }) =>
      events.filter(({ event }) => event === 'tasks created').map(({ data }) => data.id)
    )
    assert.deepEqual(seen, await idsOf(person))
  })

  it('does not keep a socket that was cut from coming back', async () => {
    const person = await world.register('stubborn')
    const listener = await world.socket(person)
    const { _socket } = (listener.socket.io.engine.transport as unknown as { ws: { _socket: TcpSocket } }).ws
    const over = once(listener.socket as never, 'disconnect')
    _socket.pause()
    await overflow(person)
    const member = memberOf(person)
    while (world.app.get('engine').members.isConnected(member))
      await new Promise((resolve) => setImmediate(resolve))
    _socket.resume()
    const [reason] = await over
    assert.notEqual(reason, 'io server disconnect', 'with that reason a client does not reconnect')
    if (!listener.socket.connected) await once(listener.socket as never, 'connect')
  })
})
