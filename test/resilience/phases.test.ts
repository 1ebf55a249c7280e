import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { createDatabase, dropDatabase, onServer } from '../helpers/database'
import type { Json } from '../helpers/world'
import { Server } from './server'

interface Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: Json
}

const ask = async (url: string, path: string, agent?: http.Agent): Promise<Answer> => {
  const [response] = (await once(http.get(url + path, { agent }), 'response')) as [http.IncomingMessage]

  return { status: response.statusCode!, headers: response.headers, body: (await json(response)) as Json }
}
const freePort = async (): Promise<number> => {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')

  return port
}
/** Asks until somebody listens. */
const firstAnswer = async (url: string, path: string): Promise<Answer> => {
  for (;;) {
    const answer = await ask(url, path).catch(({ code }: NodeJS.ErrnoException) => code)
    if (typeof answer === 'object') return answer
    assert.equal(answer, 'ECONNREFUSED')
    // Asked without a pause, it would start more slowly.
    await setTimeout(50)
  }
}
/**
 * Opens connections, and then asks over one after the other until a server that stops answers. It takes no new connection, and says
 * `Connection: close` on those that there are, also with the answer to what was asked before it began to stop.
 */
const untilStopping = async (url: string, path: string): Promise<() => Promise<Answer>> => {
  const agents = Array.from({ length: 4 }, () => new http.Agent({ keepAlive: true, maxSockets: 1 }))
  for (const agent of agents) assert.equal((await ask(url, path, agent)).status, 200)

  return async () => {
    for (let asked = 0, closed = 0; ; asked++) {
      const answer = await ask(url, path, agents[asked % agents.length])
      if (answer.headers.connection === 'close') closed++
      if (closed === 2) return answer
    }
  }
}
const assertUnready = ({ status, headers, body }: Answer, phase: string) => {
  assert.equal(status, 503)
  assert.equal(headers['retry-after'], '2')
  assert.equal(body.error.code, 'UNAVAILABLE')
  assert.equal(body.error.message, `The server is ${phase}`)
  assert.equal(body.error.trace_id, headers['x-request-id'])
}

const UPGRADE = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': 13, 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==' } // prettier-ignore

const POLL = '/socket.io/?EIO=4&transport=polling'
/** How sockets and streams begin: as a websocket, by polling, and as an event stream. */
const HANDSHAKES = [[POLL.replace('polling', 'websocket'), UPGRADE], [POLL, {}], ['/api/v1/events?resources=products', {}]] as const // prettier-ignore

/** Sends a handshake, and answers once it has arrived; `status` is told later. */
const dial = async (url: string, path: string, headers: http.OutgoingHttpHeaders) => {
  const sent = http.get(url + path, { agent: false, headers })
  const status = new Promise<number>((resolve, reject) => {
    sent.once('response', (response) => (response.destroy(), resolve(response.statusCode!)))
    sent.once('upgrade', ({ statusCode }, socket) => (socket.destroy(), resolve(statusCode!)))
    sent.once('error', reject)
  })
  await once(sent, 'finish')
  // Its connection is opened behind that of the handshake, which is read before.
  await ask(url, '/health')

  return { status }
}
const dialAll = (url: string) => Promise.all(HANDSHAKES.map(([path, headers]) => dial(url, path, headers)))
type Dials = Awaited<ReturnType<typeof dialAll>>
const statusesOf = (dials: Dials) => Promise.all(dials.map(({ status }) => status))

describe('health of a server that starts or stops', function () {
  this.timeout(180_000)
  let database: string
  before(async () => (database = await createDatabase()))
  after(() => dropDatabase(database))

  it('is told as 503 with the phase and without an error in the log, while /health is 200', async () => {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    let server!: Server
    let dials!: Dials
    // Whoever migrates waits for this table.
    const holdUp = onServer(async (client) => {
      await client.query('begin; lock table knex_migrations in access exclusive mode')
      server = Server.spawn({ DATABASE_URL: database, PORT: String(port), LOG_LEVEL: 'warn' })
      assertUnready(await firstAnswer(url, '/health/ready'), 'starting')
      assert.deepEqual((await ask(url, '/health')).body, { status: 'ok' })
      dials = await dialAll(url)
      await client.query('rollback')
    }, { connectionString: database }) // prettier-ignore
    await holdUp
    await server.ready()
    assert.equal((await ask(url, '/health/ready')).body.status, 'ready')
    assert.deepEqual(await statusesOf(dials), [101, 200, 200], 'sockets wait as requests do')

    const clients = [await untilStopping(url, '/health/ready'), await untilStopping(url, '/health')]
    const ended = server.end('SIGTERM')
    const [ready, live] = await Promise.all(clients.map((answer) => answer()))
    assert.equal(await ended, 0, server.output)
    assertUnready(ready!, 'stopping')
    assert.deepEqual([live!.status, live!.body], [200, { status: 'ok' }])
    assert.doesNotMatch(server.output, /"level":[3-6]0/)
  })

  it('refuses the sockets that wait where it is stopped before it has started', () =>
    onServer(async (client) => {
      const port = await freePort()
      const url = `http://127.0.0.1:${port}`
      // As a process that migrates has it, for which others wait.
      await client.query('select pg_advisory_lock(7226443171)')
      const server = Server.spawn({ DATABASE_URL: database, PORT: String(port), SHUTDOWN_GRACE: '5' })
      await firstAnswer(url, '/health')
      const dials = await dialAll(url)
      const ended = server.end('SIGTERM')
      assert.deepEqual(await statusesOf(dials), [503, 503, 503])
      assert.equal(await ended, 0, server.output)
    }, { connectionString: database })) // prettier-ignore
})
