import assert from 'node:assert/strict'
import fs from 'fs'
import path from 'path'
import type { EmbeddedServer } from '../../packages/rachis/src/database/embedded/embedded'
import { startEmbedded } from '../../packages/rachis/src/database/embedded/embedded'
import { SCRATCH } from '../helpers/memory'
import type { Answer, Listener, Person, World } from '../helpers/world'
import { anonymous, PASSWORD, startWorld } from '../helpers/world'
import { assertError, assertRefused, send } from '../input/contract'

const LOST = { code: 'UNAVAILABLE' } as const
const settings = { fsync: 'off' }

/** Below a folder that everyone may enter: PostgreSQL does not run as root. */
const makeFolder = () => {
  const folder = fs.mkdtempSync(path.join(SCRATCH, 'rachis-outage-'))
  fs.chmodSync(folder, 0o755)

  return path.join(folder, 'data')
}

describe('a database that goes away', () => {
  let folder: string
  let server: EmbeddedServer
  let world: World
  let owner: Person
  let socket: Listener
  before(async () => {
    folder = makeFolder()
    server = await startEmbedded(folder, { settings })
    const { host, port, user } = server.connection
    const url = `postgresql://${user}@localhost/postgres?${new URLSearchParams({ host, port: String(port) }).toString()}`
    // No token is kept: each call has to ask.
    world = await startWorld({ database: url, settings: { auth: { cache_ttl: 0 } } })
    owner = await world.register('owner')
    socket = await world.socket(owner)
  })
  after(async () => {
    await world?.close(true)
    await server?.stop()
    fs.rmSync(path.dirname(folder), { recursive: true, force: true })
  })

  const restart = async () => {
    await server.stop()
    server = await startEmbedded(folder, { settings })
  }
  const create = (title: string) => world.rest(owner, 'POST', '/tasks', { body: { title } })
  /** Resolves with the first answer that is not a refusal for want of a database. */
  const recovered = async (call: () => Promise<Answer>): Promise<Answer> => {
    for (;;) {
      const answer = await call()
      if (answer.status !== 503) return answer
      assertRefused(answer, LOST)
    }
  }

  it('is answered by 503 with Retry-After on every way in, within seconds', async () => {
    await server.stop()
    const login = { email: owner.email, password: PASSWORD }
    const calls: [string, () => Promise<Answer>][] = [
      ['a list for everybody', () => world.rest(anonymous, 'GET', '/products')],
      ['a list for its owner', () => world.rest(owner, 'GET', '/tasks')],
      ['a creation', () => create('x')],
      ['an action', () => world.rest(owner, 'POST', '/tasks/1/complete')],
      ['signing in', () => world.rest(anonymous, 'POST', '/auth/login', { body: login })],
      ['registering', () => world.rest(anonymous, 'POST', '/auth/register', { body: { ...login, username: 'other' } })],
      ['refreshing', () => world.rest(anonymous, 'POST', '/auth/refresh', { body: { refresh_token: owner.refresh_token } })],
      ['logging out', () => world.rest(owner, 'POST', '/auth/logout', { body: {} })]
    ] // prettier-ignore
    for (const [what, call] of calls) {
      const start = Date.now()
      const answer = await call()
      assert.equal(answer.status, 503, `${what}: ${JSON.stringify(answer.body)}`)
      assertRefused(answer, LOST)
      assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/)
      assert.ok(Date.now() - start < 9000, what)
    }
    assertError(await socket.refusal('find', 'products'), LOST)
    assertError(await socket.refusal('login', 'auth', login), LOST)
    assert.equal((await send(world, 'GET', '/health')).status, 200)
    assert.equal((await send(world, 'GET', '/health/ready')).status, 503)
  })

  it('is used again by itself when it is back, and events come again', async () => {
    await restart()
    const { status, body } = await recovered(() => create('After'))
    assert.equal(status, 201)
    // A socket whose rights could not be found out was cut: its client signs in again, as Feathers' does.
    await socket.call('create', 'authentication', { strategy: 'jwt', accessToken: owner.token })
    await world.rest(owner, 'PATCH', `/tasks/${body.id}`, { body: { title: 'Live' } })
    await socket.event('tasks patched', ({ title }) => title === 'Live')
    await world.sql(`update tasks set title = 'By hand' where id = $1`, [body.id])
    await socket.event('tasks patched', ({ title }) => title === 'By hand')
    assert.equal((await socket.call('find', 'tasks')).total, 1)
    assert.equal((await send(world, 'GET', '/health/ready')).status, 200)
    const refreshed = await world.rest(anonymous, 'POST', '/auth/refresh', { body: { refresh_token: owner.refresh_token } })
    assert.equal(refreshed.status, 200)
  }) // prettier-ignore

  for (const [how, kill] of [
    ['stopped', () => server.stop()],
    ['killed', () => Promise.resolve(process.kill(server.pid, 'SIGKILL'))]
  ] as const) {
    it(`${how} under load: each call is answered, and what was acknowledged is there, once, also as an event`, async () => {
      let isOver = false
      const acknowledged: number[] = []
      const statuses = new Set<number>()
      const worker = async (name: number) => {
        for (let n = 0; !isOver; n++) {
          const { status, body } = await create(`${how} ${name}/${n}`)
          statuses.add(status)
          if (status === 201) acknowledged.push(body.id)
          else assertError(body, LOST)
          // Reads that share a connection are under way when it happens, and open transactions.
          const read = status === 201 && (await world.rest(owner, 'GET', `/tasks/${body.id}`))
          if (read && read.status !== 200) assertRefused(read, LOST)
          const step = status === 201 && (await world.rest(owner, 'POST', `/tasks/${body.id}/complete`))
          if (!step || step.status === 200) continue
          assertRefused(step, LOST)
          // It may be away between a creation and its step alone.
          statuses.add(step.status)
        }
      }
      socket.forget()
      const workers = [1, 2, 3, 4].map(worker)
      await socket.event('tasks created', () => acknowledged.length > 50)
      await kill()
      await restart()
      const { body: last } = await recovered(() => create(`${how} last`))
      isOver = true
      await Promise.all(workers)
      await socket.event('tasks created', ({ id }) => id === last.id)
      await world.settled()
      await socket.call('find', 'tasks', { $limit: 0 })
      assert.deepEqual([...statuses].sort(), [201, 503])
      const rows = await world.sql('select id::int from tasks where title like $1', [`${how} %`])
      const told = socket.events.filter(({ name }) => name === 'tasks created').map(({ data }) => data.id)
      assert.equal(new Set(told).size, told.length)
      assert.deepEqual(new Set(told), new Set(rows.map(({ id }) => id)))
      for (const id of acknowledged) assert.ok(told.includes(id), `${id} was acknowledged`)
    })
  }

  it('the embedded one, killed, is started again by the server that owns it', async () => {
    const data_dir = path.join(path.dirname(folder), 'embedded')
    const own = await startWorld({ database: '', settings: { database: { data_dir } } })
    const person = await own.register('somebody')
    const pidFile = path.join(data_dir, 'postgresql/postmaster.pid')
    const pid = Number(fs.readFileSync(pidFile, 'utf8').split('\n')[0])
    process.kill(pid, 'SIGKILL')
    const { status } = await recovered(() => own.rest(person, 'POST', '/tasks', { body: { title: 'Again' } }))
    assert.equal(status, 201)
    const listener = await own.socket(person)
    const { body } = await recovered(() => own.rest(person, 'POST', '/tasks', { body: { title: 'Live' } }))
    await listener.event('tasks created', ({ id }) => id === body.id)
    await own.close(true)
    assert.equal(fs.existsSync(pidFile), false)
  })
})
