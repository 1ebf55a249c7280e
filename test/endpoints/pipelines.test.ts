import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import type { Socket } from 'node:net'
import type { DrainingServer } from '../../packages/rachis/src/http/draining-server'
import type { Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'

const MEGABYTE = 2 ** 20

describe('requests that are sent ahead on one connection', () => {
  let world: World
  let owner: Person
  before(async () => {
    world = await startWorld({ settings: { http: { write_timeout: 1 } } })
    owner = await world.register('owner')
    await world.sql(
      `insert into tasks (title, description, user_id) select 'Large', repeat('x', 10000), $1 from generate_series(1, 100)`,
      [owner.id]
    )
  })
  after(() => world?.close())

  const connect = async ({ url } = world): Promise<Socket> => {
    const socket = net.connect(Number(new URL(url).port), '127.0.0.1')
    await once(socket, 'connect')

    return socket
  }
  const requestOf = (method: string, path: string, name: string, body = '') =>
    [
      `${method} /api/v1${path} HTTP/1.1`,
      'Host: localhost',
      `X-Request-Id: ${name}`,
      `Authorization: Bearer ${owner.token}`,
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}\r\n`,
      body
    ].join('\r\n')
  /** Status and request of each answer, in the order in which they come. */
  const answersOf = async (socket: Socket, count: number) => {
    let received = ''
    for await (const chunk of socket) {
      received += String(chunk)
      if (received.split('X-Request-Id: ').length > count && received.endsWith('}')) break
    }

    return [...received.matchAll(/HTTP\/1.1 (\d+)[^]*?X-Request-Id: (\w+)/g)].map(([, status, name]) => `${status} ${name}`) // prettier-ignore
  }

  it('are all answered, in their order, and others are not held up', async () => {
    const socket = await connect()
    const count = 2000
    let received = 0
    socket.on('data', (chunk: Buffer) => (received += String(chunk).split('X-Request-Id: ').length - 1))
    const answers = answersOf(socket, count)
    socket.write(Array.from({ length: count }, (_, index) => requestOf('GET', '/nothing', `n${index}`)).join('')) // prettier-ignore
    assert.equal((await world.rest(anonymous, 'GET', '/nothing')).status, 404)
    assert.ok(received < count / 2, `${received} were answered before another client`)
    assert.deepEqual(
      await answers,
      Array.from({ length: count }, (_, index) => `404 n${index}`)
    )
  })

  it('lose no body, however many wait', async () => {
    const socket = await connect()
    const body = JSON.stringify({ title: 'Ahead', description: 'x'.repeat(9000) })
    const count = 150
    socket.write(Array.from({ length: count }, (_, index) => requestOf('POST', '/tasks', `b${index}`, body)).join('')) // prettier-ignore
    assert.deepEqual(
      await answersOf(socket, count),
      Array.from({ length: count }, (_, index) => `201 b${index}`)
    )
    const [row] = await world.sql(`select count(*)::int as tasks from tasks where title = 'Ahead'`)
    assert.equal(row!.tasks, count)
  })

  it('are forgotten with their connection', async () => {
    const socket = await connect()
    const title = 'Never'
    const body = JSON.stringify({ title })
    socket.write(Array.from({ length: 1000 }, (_, index) => requestOf('POST', '/tasks', `c${index}`, body)).join('')) // prettier-ignore
    await once(socket, 'data')
    socket.destroy()
    // Those that had begun end; what is asked now is answered behind them.
    await world.rest(owner, 'GET', '/tasks?limit=1')
    const [row] = await world.sql(`select count(*)::int as tasks from tasks where title = $1`, [title])
    assert.ok(row!.tasks < 500, `${row!.tasks} were handled for a client that had gone`)
  })

  const asking = async (answers: number, of = world) => {
    const socket = await connect(of)
    socket.pause()
    socket.on('error', () => undefined)
    socket.write(Array.from({ length: answers }, (_, index) => requestOf('GET', '/tasks?limit=100', `s${index}`)).join('')) // prettier-ignore

    return socket
  }
  const connections = ({ app } = world) =>
    (app.server as unknown as Pick<DrainingServer<never>, 'pipelines'>).pipelines
  const waitingBytes = (of = world) => [...connections(of).values()].reduce((sum, { bytes }) => sum + bytes, 0) // prettier-ignore
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20))
  }

  it('end with their connection where their client takes nothing of the answers', async () => {
    const mute = await asking(20)
    await until(() => waitingBytes() > 0)
    const waiting = [...connections()].find(([, { bytes }]) => bytes > 0)![0]
    await once(waiting, 'close')
    mute.destroy()
    assert.equal((await world.rest(owner, 'GET', '/tasks?limit=100')).body.data.length, 100)
  })

  it('are answered to a client that reads slowly', async () => {
    const slow = await asking(12)
    await until(() => waitingBytes() > 0)
    let received = 0
    slow.on('data', (chunk: Buffer) => {
      received += chunk.length
      slow.pause()
      setTimeout(() => slow.resume(), 2)
    })
    slow.resume()
    // Each answer is a hundred descriptions of 10,000 letters.
    await until(() => received > 12e6 || slow.destroyed)
    assert.ok(received > 12e6, `${received} bytes`)
    slow.destroy()
  })

  it('of all connections together keep a bounded number of bytes waiting', async () => {
    const settings = { secret_key: world.app.get('secret_key'), http: { buffer_limit: 16 * MEGABYTE } }
    const bounded = await startWorld({ database: world.database, settings })
    try {
      const mute = await Promise.all(Array.from({ length: 12 }, () => asking(12, bounded)))
      await until(() => waitingBytes(bounded) > 16 * MEGABYTE)
      await until(() => waitingBytes(bounded) <= 16 * MEGABYTE)
      assert.ok(waitingBytes(bounded) > 0, 'not more are cut than need be')
      assert.equal((await bounded.rest(owner, 'GET', '/tasks?limit=100')).body.data.length, 100)
      for (const socket of mute) socket.destroy()
    } finally {
      await bounded.close(true)
    }
  })
})
