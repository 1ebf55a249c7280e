import assert from 'node:assert/strict'
import { once } from 'node:events'
import { IncomingMessage } from 'node:http'
import type { ServerResponse } from 'node:http'
import net from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { DrainingServer } from '../../packages/rachis/src/http/draining-server'

const requestOf = (path: string, method = 'GET') =>
  `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n`

describe('a server that is closed', () => {
  let server: DrainingServer<typeof IncomingMessage>
  let port: number
  /** Requests that wait for their answer, by path. */
  let waiting: Map<string, ServerResponse>
  let arrived: string[]

  beforeEach(async () => {
    waiting = new Map()
    arrived = []
    server = new DrainingServer({}, ({ url = '' }, response) => {
      arrived.push(url)
      waiting.set(url, response)
      server.emit('arrived')
    })
    server.linger = 200
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  })
  afterEach(() => server.cut())

  const connect = async (): Promise<Socket> => {
    const socket = net.connect(port, '127.0.0.1')
    await once(socket, 'connect')

    return socket
  }
  const send = async (socket: Socket, ...paths: string[]) => {
    socket.write(paths.map((path) => requestOf(path)).join(''))
    while (!paths.every((path) => waiting.has(path))) await once(server, 'arrived')
  }
  const answer = (path: string) => waiting.get(path)!.end(`answer ${path}`)
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()))
  /** How each answer ends its connection, and its text. */
  const answersIn = (received: string) =>
    [...received.matchAll(/Connection: ([\w-]+)[^]*?\r\n\r\n(answer \/[a-z]+)/g)].map(([, connection, body]) => [connection, body]) // prettier-ignore

  it('answers all requests of a pipeline, and ends the connection with the last', async () => {
    const socket = await connect()
    const received = text(socket)
    await send(socket, '/first', '/second')
    const closed = close()
    await send(socket, '/third')
    for (const path of ['/third', '/first', '/second']) answer(path)
    assert.deepEqual(answersIn(await received), [
      ['keep-alive', 'answer /first'],
      ['keep-alive', 'answer /second'],
      ['close', 'answer /third']
    ])
    await closed
  })

  it('answers a request that comes on a connection kept alive, and takes no new connection', async () => {
    const socket = await connect()
    const received = text(socket)
    await send(socket, '/before')
    answer('/before')
    await once(socket, 'data')
    const closed = close()
    await assert.rejects(connect(), { code: 'ECONNREFUSED' })
    await send(socket, '/late')
    answer('/late')
    assert.deepEqual(answersIn(await received).at(-1), ['close', 'answer /late'])
    await closed
  })

  it('executes nothing that comes behind the answer with which a connection ends', async () => {
    const socket = await connect()
    await send(socket, '/streamed')
    const closed = close()
    waiting.get('/streamed')!.write('part')
    await once(socket, 'data')
    const read = once(server, 'request')
    socket.write(requestOf('/behind', 'POST'))
    await read
    answer('/streamed')
    await closed
    assert.deepEqual(arrived, ['/streamed'])
  })

  it('ends idle connections, also one on which nothing was ever sent', async () => {
    const [idle, spare] = [await connect(), await connect()]
    await send(idle, '/before')
    answer('/before')
    await once(idle, 'data')
    const ended = [idle, spare].map((socket) => once(socket, 'close'))
    await close()
    await Promise.all(ended)
  })

  it('cuts what is still busy after the grace time, and not before', async () => {
    server.grace = 400
    const socket = await connect()
    const closed = once(socket, 'close')
    await send(socket, '/endless')
    const begun = Date.now()
    await close()
    await closed
    assert.ok(Date.now() - begun >= 395)
  })
})
