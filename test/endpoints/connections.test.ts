import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import type { World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { assertError } from '../input/contract'
import { openStream } from '../streams/reader'
import { anonymous } from '../helpers/world'

const MOST = 4
const opened: Socket[] = []

const open = async ({ url }: World): Promise<Socket> => {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  opened.push(socket)
  socket.on('error', () => undefined)
  await once(socket, 'connect')

  return socket
}

/** The status of a request on this connection, with the error; undefined where it was closed. */
const ask = async (socket: Socket): Promise<{ status: number; body: any } | undefined> => {
  let text = ''
  socket.on('data', (part) => (text += String(part)))
  const closed = once(socket, 'close')
  socket.write('GET /api/v1/products?limit=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  await closed
  const [head = '', body = ''] = text.split('\r\n\r\n')

  return text === '' ? undefined : { status: Number(head.split(' ')[1]), body: JSON.parse(body) }
}

describe('connections of one address', () => {
  let world: World
  before(async () => {
    world = await startWorld({ settings: { http: { per_address: MOST }, rate_limit: { requests: 0 } } })
  })
  afterEach(async () => {
    const closed = opened.filter(({ closed: isClosed }) => !isClosed).map((socket) => once(socket, 'close'))
    for (const socket of opened.splice(0)) socket.destroy()
    await Promise.all(closed)
  })
  after(() => world?.close())

  it('are answered up to the bound, and told so beyond it; those that are closed count no more', async () => {
    const first: Socket[] = []
    for (let index = 0; index < MOST; index++) first.push(await open(world))
    const refused = await ask(await open(world))
    assert.equal(refused?.status, 429)
    assertError(refused.body, { code: 'TOO_MANY_REQUESTS' })
    assert.equal((await ask(first[0]!))?.status, 200)
    assert.equal((await ask(await open(world)))?.status, 200)
    for (const socket of first.slice(1)) assert.equal((await ask(socket))?.status, 200)
  })

  it('are not opened where they are twice as many', async () => {
    const sockets: Socket[] = []
    for (let index = 0; index < 2 * MOST; index++) sockets.push(await open(world))
    assert.equal(await ask(await open(world)), undefined)
    assert.equal((await ask(sockets[0]!))?.status, 200)
  })

  it('leave out websockets, which have a bound of their own', async () => {
    const sockets = []
    for (let index = 0; index < MOST + 1; index++) sockets.push(await world.socket())
    assert.equal((await ask(await open(world)))?.status, 200)
    for (const socket of sockets) socket.socket.disconnect()
  })

  it('are requests under way behind a trusted proxy, by the address that it tells', async () => {
    const proxied = await startWorld({
      settings: { http: { per_address: MOST }, trust_proxy: 1, rate_limit: { requests: 0 } }
    })
    const agent = new Agent({ keepAlive: true })
    const status = async (address: string) => {
      const sent = request(`${proxied.url}/api/v1/products?limit=1`, { agent, headers: { 'X-Forwarded-For': address } }) // prettier-ignore
      sent.end()
      const [response] = (await once(sent, 'response')) as [IncomingMessage]
      response.resume()
      await once(response, 'end')
      return response.statusCode
    }
    const from = (address: string) => ({ 'X-Forwarded-For': address })
    const streams = []
    for (let index = 0; index < MOST; index++)
      streams.push(await openStream(proxied, anonymous, '?resources=products', from('198.51.100.1')))
    assert.equal(await status('198.51.100.1'), 429)
    assert.equal(await status('198.51.100.2'), 200)
    assert.equal(await status('203.0.113.1, 198.51.100.1'), 429)
    streams[0]!.close()
    await streams[0]!.ended()
    while ((await status('198.51.100.1')) === 429) await new Promise((resolve) => setImmediate(resolve))
    for (const stream of streams) stream.close()
    agent.destroy()
    await proxied.close()
  })
})
