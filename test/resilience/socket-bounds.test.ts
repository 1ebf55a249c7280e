import assert from 'node:assert/strict'
import { once } from 'events'
import { io, Manager } from 'socket.io-client'
import type { Socket } from 'socket.io-client'
import type { Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { assertError } from '../input/contract'
import { from, handshake, HANDSHAKES } from '../limits/stage'

describe('bounds of sockets', () => {
  let world: World
  let owner: Person
  const open: { disconnect(): unknown }[] = []
  before(async () => {
    const sockets = { per_address: 3, unsigned: 5, connect_timeout: 1 }
    world = await startWorld({ settings: { trust_proxy: 1, sockets } })
    owner = await world.register('owner')
  })
  afterEach(async () => {
    for (const socket of open.splice(0)) socket.disconnect()
    await idle()
  })
  after(() => world?.close())

  const engine = () => (world.app as unknown as { io: { engine: { clientsCount: number } } }).io.engine
  const idle = async () => {
    while (engine().clientsCount > 0) await new Promise(setImmediate)
  }
  const optionsOf = (address: string, { token }: Pick<Person, 'token'> = {}) => ({
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    extraHeaders: { 'X-Forwarded-For': address, ...(token ? { Authorization: `Bearer ${token}` } : {}) }
  })
  const socketFrom = (address: string, person?: Person): Socket => {
    const socket = io(world.url, optionsOf(address, person))
    open.push(socket)
    return socket
  }
  const joined = async (address: string, person?: Person): Promise<Socket> => {
    const socket = socketFrom(address, person)
    await once(socket as never, 'connect')
    return socket
  }
  const refusedBy = async (socket: Socket): Promise<Error & { data: Json }> =>
    (await once(socket as never, 'connect_error'))[0] as Error & { data: Json }

  it('hold for one address, and leave the others alone', async () => {
    const [first] = await Promise.all([1, 2, 3].map(() => joined('203.0.113.9')))
    for (const person of [undefined, owner]) {
      const refusal = await refusedBy(socketFrom('203.0.113.9', person))
      assertError(refusal.data, { code: 'TOO_MANY_REQUESTS' })
      assert.match(refusal.message, /3 connections/)
      assert.match(refusal.data.error.hint, /trust_proxy/)
    }
    await joined('203.0.113.10')
    first!.disconnect()
    while (engine().clientsCount > 3) await new Promise(setImmediate)
    await joined('203.0.113.9')
  })

  it('take a network of IPv6 for one address', async () => {
    await Promise.all([1, 2, 3].map((n) => joined(`2001:db8:0:7::${n}`)))
    assertError((await refusedBy(socketFrom('2001:db8:0:7:ffff::1'))).data, { code: 'TOO_MANY_REQUESTS' })
    await joined('2001:db8:0:8::1')
  })

  it('hold for those that are not signed in; who signs in makes room and is not refused', async () => {
    const [first] = await Promise.all([1, 2, 3, 4, 5].map((n) => joined(`198.51.100.${n}`)))
    const refusal = await refusedBy(socketFrom('198.51.100.9'))
    assertError(refusal.data, { code: 'TOO_MANY_REQUESTS' })
    assert.match(refusal.data.error.hint, /Sign in/)
    await joined('198.51.100.9', owner)
    const credentials = { strategy: 'jwt', accessToken: owner.token }
    await new Promise((resolve) => first!.emit('create', 'authentication', credentials, resolve))
    await joined('198.51.100.10')
    assertError((await refusedBy(socketFrom('198.51.100.11'))).data, { code: 'TOO_MANY_REQUESTS' })
  })

  const managerFrom = (address: string) => {
    const manager = new Manager(world.url, { ...optionsOf(address), autoConnect: false })
    open.push({ disconnect: () => manager._close() })
    return manager
  }
  const opened = (address: string): Promise<Manager> =>
    new Promise((resolve, reject) => {
      const manager = managerFrom(address)
      manager.open((error) => (error ? reject(error) : resolve(manager)))
    })

  it('count handshakes that are not finished, which end in time', async () => {
    const halves = await Promise.all([1, 2, 3].map(() => opened('203.0.113.77')))
    assertError((await refusedBy(socketFrom('203.0.113.77'))).data, { code: 'TOO_MANY_REQUESTS' })
    await Promise.all(halves.map((manager) => once(manager as never, 'close')))
    await joined('203.0.113.77')
  })

  it('open no connection beyond twice the bound of an address', async () => {
    await Promise.all([1, 2, 3, 4, 5, 6].map(() => opened('203.0.113.78')))
    await assert.rejects(opened('203.0.113.78'), /error/)
    for (const path of HANDSHAKES) {
      const { status, headers, body } = await handshake(world.url, path, from('203.0.113.78').headers)
      assert.deepEqual([status, headers['retry-after'], body.error.code], [429, '60', 'TOO_MANY_REQUESTS'], path) // prettier-ignore
    }
    assert.equal(engine().clientsCount, 6)
    await opened('203.0.113.79')
  })
})
