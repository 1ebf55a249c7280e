import assert from 'node:assert/strict'
import { once } from 'events'
import type { Socket as Stream } from 'net'
import { io } from 'socket.io-client'
import type { Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'

const TASKS = `insert into tasks (title, description, user_id)
  select 'Large', repeat('x', 9000), $1 from generate_series(1, $2::int)`

describe('sockets', () => {
  let world: World
  let owner: Person
  before(async () => {
    world = await startWorld({
      settings: { sockets: { buffer_limit: 262_144, stall_timeout: 1, per_user: 3 } }
    })
    owner = await world.register('owner')
  })
  after(() => world?.close())

  it('that do not read are cut, and come back by themselves; who reads is told everything', async () => {
    const reading = await world.socket(owner)
    const mute = await world.socket(owner)
    const stream = (mute.socket.io.engine.transport as unknown as { ws: { _socket: Stream } }).ws._socket
    const [server] = world.app.get('engine').members.connectionsOf(`users/${owner.id}`).slice(-1)
    stream.pause()
    // The system holds some megabytes for a connection before anything waits here.
    for (let written = 0; world.app.get('engine').members.isConnected(server!); written += 200) {
      assert.ok(written < 10_000, 'a socket that does not read is cut in time')
      await world.sql(TASKS, [owner.id, 200])
      await world.settled()
    }
    const over = once(mute.socket as never, 'disconnect')
    stream.resume()
    await over
    if (!mute.socket.connected) await once(mute.socket as never, 'connect')
    const [row] = await world.sql('select count(*)::int as tasks from tasks')
    while (reading.events.filter(({ name }) => name === 'tasks created').length < row!.tasks)
      await once(reading.socket.io.engine as never, 'message')
    assert.ok(reading.socket.connected)
    mute.socket.disconnect()
    reading.socket.disconnect()
  })

  it('of one user are bounded, and a refused one is told why', async () => {
    const other = await world.register('other')
    const sockets = [await world.socket(other), await world.socket(other), await world.socket(other)]
    const fourth = await world.socket()
    const credentials = { strategy: 'jwt', accessToken: other.token }
    const { error } = await fourth.refusal('create', 'authentication', credentials)
    assert.equal(error.code, 'TOO_MANY_REQUESTS')
    const handshake = io(world.url, {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      extraHeaders: { Authorization: `Bearer ${other.token}` }
    })
    const [refusal] = (await once(handshake as never, 'connect_error')) as [Error & { data: any }]
    assert.match(refusal.message, /3 sockets/)
    assert.equal(refusal.data.error.code, 'TOO_MANY_REQUESTS')
    // One that is signed in may sign in anew, and one that goes makes room.
    await sockets[0]!.call('create', 'authentication', credentials)
    sockets[1]!.socket.disconnect()
    const { members } = world.app.get('engine')
    while (members.connectionsOf(`users/${other.id}`).length > 2) await new Promise(setImmediate)
    await fourth.call('create', 'authentication', credentials)
  })
})
