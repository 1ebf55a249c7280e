import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { EventEmitter } from 'node:events'
import { io } from 'socket.io-client'
import type { Server } from 'socket.io'
import type { World } from '../helpers/world'
import { Listener, startWorld } from '../helpers/world'

/** Frames hold their length in two bytes from 126 on and in eight from 65,536 on; events of more than 16,384 go another way to sockets. */
const LENGTHS = [0, 17_000, 1, 70_000, 16_000, 2]

describe('an event for many sockets', () => {
  let world: World
  const open: { disconnect(): void }[] = []
  before(async () => {
    world = await startWorld()
  })
  beforeEach(() => world.settled())
  afterEach(() => {
    world.hangUp()
    for (const socket of open.splice(0)) socket.disconnect()
  })
  after(() => world?.close())

  const connect = async (transport: 'websocket' | 'polling') => {
    const socket = io(world.url, { transports: [transport], forceNew: true, reconnection: false })
    open.push(socket)
    const listener = new Listener(socket, () => world.settled())
    await once(socket as unknown as EventEmitter, 'connect')

    return listener
  }
  /** The server's side of a socket. */
  const serverSideOf = ({ socket }: Listener) =>
    (world.app as unknown as { io: Server }).io.sockets.sockets.get(socket.id!)!
  const insert = (prefix: string, lengths: readonly number[]) =>
    world.sql(
      `insert into products (name, sku, price, attributes)
       select 'Grün', $1 || place, 1, jsonb_build_object('text', repeat('ü', length)) from unnest($2::int[]) with ordinality as asked (length, place) order by place`,
      [prefix, lengths]
    )
  const lengthsOf = ({ events }: Listener) =>
    events
      .filter(({ name }) => name === 'products created')
      .map(({ data }) => (data.attributes as { text: string }).text.length)
  const last = (listener: Listener, sku: string) =>
    listener.event('products created', (data) => data.sku === sku)

  it('arrives whole and in order, whatever its length and the transport', async () => {
    const listeners = [await connect('websocket'), await connect('polling'), await connect('websocket')]
    await insert('ALL-', LENGTHS)
    for (const listener of listeners) await last(listener, `ALL-${LENGTHS.length}`)
    for (const listener of listeners) assert.deepEqual(lengthsOf(listener), LENGTHS)
    assert.deepEqual(listeners[1]!.events, listeners[0]!.events)
  })

  it('arrives once each where one comes after the other', async () => {
    const listener = await connect('websocket')
    for (const [index, length] of LENGTHS.entries()) {
      await insert(`ONE-${index}-`, [length])
      await last(listener, `ONE-${index}-1`)
    }
    assert.deepEqual(lengthsOf(listener), LENGTHS)
  })

  it('is told to what an application has listening for all that a socket is sent', async () => {
    const [heard, other] = [await connect('websocket'), await connect('websocket')]
    const names: unknown[] = []
    serverSideOf(heard).onAnyOutgoing((name) => names.push(name))
    await insert('LOG-', [1, 2])
    for (const listener of [heard, other]) await last(listener, 'LOG-2')
    assert.deepEqual(names, ['products created', 'products created'])
    assert.deepEqual(lengthsOf(heard), lengthsOf(other))
  })

  it('is not sent to a socket that has just left, though its connection is still open', async () => {
    const [leaving, staying] = [await connect('websocket'), await connect('websocket')]
    serverSideOf(leaving).disconnect()
    await insert('GONE-', [1])
    await last(staying, 'GONE-1')
    assert.deepEqual(lengthsOf(leaving), [])
  })
})
