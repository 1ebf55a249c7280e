import assert from 'node:assert/strict'
import { on, once } from 'events'
import fs from 'fs'
import http from 'http'
import path from 'path'
import { postgresProcessesOf } from '../../packages/rachis/src/database/embedded/embedded-process'
import { SCRATCH } from '../helpers/memory'
import { isDeep, onlyInDepth } from '../helpers/depth'
import type { Person, World } from '../helpers/world'
import { anonymous, PASSWORD } from '../helpers/world'
import { bearer, send } from '../input/contract'
import { Server } from './server'

const LOGIN = { email: 'owner@example.com', password: PASSWORD }

/** A request on a connection of its own, and when all of it was sent. */
const sentTo = (world: World, path: string, body: object) => {
  const { hostname, port } = new URL(world.url)
  const headers = { 'Content-Type': 'application/json' }
  const request = http.request({ hostname, port, method: 'POST', path, headers, agent: false })
  const status = once(request, 'response').then(([response]) => {
    const answer = response as http.IncomingMessage
    answer.resume()
    return answer.statusCode
  })
  const sent = once(request, 'finish')
  request.end(JSON.stringify(body))

  return { sent, status }
}

describe('npm start', function () {
  this.timeout(180_000)
  let scratch: string
  let folder: string
  const running: Server[] = []
  before(() => {
    // PostgreSQL does not run as root, and its account has to reach the folder.
    scratch = fs.mkdtempSync(path.join(SCRATCH, 'rachis-start-'))
    fs.chmodSync(scratch, 0o755)
    folder = path.join(scratch, 'data')
  })
  after(async () => {
    for (const server of running) if (server.child.exitCode === null) await server.end('SIGTERM')
    fs.rmSync(scratch, { recursive: true, force: true })
  })

  const spawn = (env: NodeJS.ProcessEnv) => {
    // From any folder: configuration and migrations are the checkout's.
    const server = Server.spawn(env, { cwd: scratch })
    running.push(server)

    return server
  }
  const postgres = () => postgresProcessesOf(fs.realpathSync(path.join(folder, 'postgresql')))
  const start = async () => {
    const begun = Date.now()
    const server = spawn({ DATA_DIR: folder, SHUTDOWN_GRACE: '5' })
    await server.ready()
    // As somebody with psql would come in.
    const socket = new URLSearchParams({ host: path.join(folder, 'socket'), port: '1' }).toString()
    const world = server.world(`postgresql://postgres@localhost/postgres?${socket}`)
    const { status } = await world.rest(anonymous, 'GET', '/products?limit=1')
    assert.equal(status, 200)

    return { server, world, milliseconds: Date.now() - begun }
  }
  const signIn = async (world: World): Promise<Person> => {
    await world.rest(anonymous, 'POST', '/auth/register', { body: { ...LOGIN, username: 'owner' } })
    return world.login({ name: 'owner', email: LOGIN.email })
  }

  /** Ends one while it starts: it must neither complain nor leave its lock behind. */
  const endedEarly = async () => {
    const early = path.join(scratch, 'early')
    fs.mkdirSync(early, { mode: 0o711 })
    const server = spawn({ DATA_DIR: early })
    const watcher = fs.watch(early)
    for await (const [, name] of on(watcher, 'change')) if (name === 'owner.json') break
    watcher.close()
    assert.equal(await server.end('SIGTERM'), 0, server.output)
    assert.equal(fs.existsSync(path.join(early, 'owner.json')), false)
  }

  /** The one that the tests before the last share: each start takes seconds. */
  let current: Awaited<ReturnType<typeof start>>

  it('answers, cold and warm, and leaves nothing running behind', async () => {
    const cold = await start()
    assert.ok(postgres().length > 0)
    assert.equal(await cold.server.end('SIGTERM'), 0, cold.server.output)
    assert.deepEqual(postgres(), [])
    current = await start()
    console.log(`      first answer after ${cold.milliseconds} ms cold, ${current.milliseconds} ms warm`)
  })

  it('says what it lacks: a folder that another process serves, a port that is taken, a database that is not there', async () => {
    const { port } = new URL(current.world.url)
    const { pid } = current.server.child
    const rows: [NodeJS.ProcessEnv, RegExp][] = [
      [{ DATA_DIR: folder }, new RegExp(`could not start: The data folder .* is in use by process ${pid}`)],
      [
        { DATA_DIR: path.join(scratch, 'other'), PORT: port },
        /could not start: 127\.0\.0\.1:\d+ cannot be listened on \(EADDRINUSE\): .*Set PORT/
      ],
      [
        { DATABASE_URL: 'postgres://postgres:hunter2@127.0.0.1:1/none', LOG_LEVEL: 'info' },
        /could not start: The database at 127\.0\.0\.1:1 cannot be used \(.*ECONNREFUSED.*\): .*set DATABASE_URL/
      ],
      [{ PORT: 'abc' }, /port must be a whole number, but is "abc"; set PORT/]
    ]
    /** Each is a process, which costs seconds; the settings alone are tested elsewhere as well. */
    const deep: [NodeJS.ProcessEnv, RegExp][] = [
      [{ DATABASE_URL: 'localhost/shop' }, /database\.url must match .*postgres/],
      [{ REDIS_URL: 'localhost' }, /redis_url must match .*redis/],
      [{ AUTH_PREVIOUS_KEYS: '{bad' }, /auth\.previous_keys must be a list; .*set AUTH_PREVIOUS_KEYS/],
      [
        { DATABASE_URL: current.world.database, DATABASE_SCHEMA: 'nosuch' },
        /The database has no schema nosuch: create it, or set DATABASE_SCHEMA/
      ],
      [{ LOG_LEVEL: 'loud' }, /LOG_LEVEL is loud; write one of silent/],
      // The kernel lets nobody make a folder there, and Node's own mkdir would try for ever.
      [{ DATA_DIR: '/proc/nobody', LOG_LEVEL: '' }, /could not start: E/]
    ]
    const ended = [...rows, ...(isDeep ? deep : [])].map(async ([env, said]) => {
      const server = spawn(env)
      assert.equal(await server.end(), 1, server.output)
      assert.match(server.output, said)
      assert.doesNotMatch(server.output, /hunter2|Acquire connection/)
      // One line beside the log, and no stack.
      const lines = server.output.trim().split('\n')
      assert.equal(lines.filter((line) => line && !line.startsWith('{')).length, 1, server.output)
    })
    await Promise.all([...ended, endedEarly()])
    assert.equal((await current.world.rest(anonymous, 'GET', '/products')).status, 200)
  })

  it('prints an address that leads to it, also over IPv6 (TEST_DEPTH=2)', async function () {
    onlyInDepth(this)
    const server = spawn({ DATABASE_URL: current.world.database, HOST: '::1' })
    await server.ready()
    assert.match(server.url!, /^http:\/\/\[::1\]:\d+$/)
    assert.equal((await server.world().rest(anonymous, 'GET', '/products?limit=1')).status, 200)
    assert.equal(await server.end('SIGTERM'), 0, server.output)
  })

  it('stops in order while sockets are open, requests run and a client never ends its own', async () => {
    const { server, world } = current
    const owner = await signIn(world)
    const { socket } = await world.socket(owner)
    const { hostname, port } = new URL(world.url)
    const headers = { ...bearer(owner.token), 'Content-Type': 'application/json', 'Content-Length': 1000 }
    const upload = http.request({ hostname, port, method: 'POST', path: '/api/v1/tasks', headers })
    upload.on('error', () => undefined)
    await new Promise<void>((resolve) => upload.write('{', () => resolve()))
    const cut = once(socket as never, 'disconnect')
    const logins = [1, 2, 3].map(() => sentTo(world, '/api/v1/auth/login', LOGIN))
    await Promise.all(logins.map(({ sent }) => sent))
    // Hashing takes its time: they are at it when this has been answered.
    await send(world, 'GET', '/health')
    const answers = Promise.all(logins.map(({ status }) => status))
    assert.equal(await server.end('SIGTERM'), 0, server.output)
    // A client that was told to go would not come back by itself.
    assert.deepEqual((await cut)[0], 'transport close')
    socket.disconnect()
    assert.deepEqual(await answers, [200, 200, 200])
    assert.deepEqual(postgres(), [])
  }) // prettier-ignore

  it('killed under load, it has everything that it acknowledged, and tells of what comes (TEST_DEPTH=2)', async function () {
    onlyInDepth(this)
    const { server, world } = await start()
    const owner = await signIn(world)
    const acknowledged: number[] = []
    let kill = () => {}
    const enough = new Promise<void>((resolve) => (kill = resolve))
    const worker = async () => {
      for (;;) {
        const answer = await world.rest(owner, 'POST', '/tasks', { body: { title: 'Kept' } }).catch(() => undefined)
        if (answer?.status !== 201) return
        if (acknowledged.push(answer.body.id) === 200) kill()
      }
    }
    const workers = [1, 2, 3, 4].map(worker)
    await enough
    assert.equal(await server.end('SIGKILL'), 'SIGKILL')
    await Promise.all(workers)

    const again = (await start()).world
    const found = new Set<number>()
    for (let skip = 0, total = 1; skip < total; skip += 100) {
      const { body } = await again.rest(owner, 'GET', `/tasks?limit=100&skip=${skip}`)
      total = body.total
      for (const { id } of body.data) found.add(id)
    }
    assert.deepEqual(acknowledged.filter((id) => !found.has(id)), [])
    // So has the feed, which is written with them.
    const told = await again.sql(`select record_id::int as id from changes where resource = 'tasks' and event = 'created'`)
    assert.deepEqual(new Set(told.map(({ id }) => id)), found)
    const socket = await again.socket(await again.login(owner))
    const { body } = await again.rest(owner, 'POST', '/tasks', { body: { title: 'New' } })
    await socket.event('tasks created', ({ id }) => id === body.id)
    assert.ok(!found.has(body.id))
    socket.socket.disconnect()
  }) // prettier-ignore
})
