import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'child_process'
import type { ChildProcess } from 'child_process'
import { once } from 'events'
import { connect, createServer } from 'net'
import type { AddressInfo } from 'net'
import type { Person, World } from '../helpers/world'
import { anonymous, PASSWORD, startWorld } from '../helpers/world'
import { assertRefused } from '../input/contract'

const PROGRAM = spawnSync('redis-server', ['--version']).status === 0
const describeWithRedis = PROGRAM ? describe : describe.skip

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()

  return port
}

describeWithRedis('a Redis that is stopped, paused and started', () => {
  let port: number
  let redis: ChildProcess
  let world: World
  let owner: Person
  const start = async () => {
    redis = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], { stdio: 'ignore' }) // prettier-ignore
    for (;;) {
      const socket = connect(port, '127.0.0.1')
      const isOpen = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'error').then(() => false)]).catch(() => false) // prettier-ignore
      socket.destroy()
      if (isOpen) return
    }
  }
  const stop = async () => {
    redis.kill('SIGKILL')
    await once(redis, 'exit')
  }
  before(async () => {
    port = await freePort()
    await start()
    world = await startWorld({
      settings: {
        redis_url: `redis://127.0.0.1:${port}`,
        rate_limit: { requests: 100_000 },
        auth: { limits: { login_email: 10 } }
      }
    })
    owner = await world.person('owner')
  })
  after(async () => {
    await world?.close()
    await stop()
  })

  const login = () =>
    world.rest(anonymous, 'POST', '/auth/login', { body: { email: owner.email, password: PASSWORD } })
  const serves = async () => {
    assert.equal((await world.rest(owner, 'POST', '/tasks', { body: { title: 'x' } })).status, 201)
    assert.equal((await world.rest(anonymous, 'GET', '/products')).status, 200)
    assert.equal((await fetch(`${world.url}/health/ready`)).status, 200)
  }
  const assertLoginLost = async () => {
    const start = Date.now()
    const answer = await login()
    assertRefused(answer, { code: 'UNAVAILABLE' })
    assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/)
    assert.ok(Date.now() - start < 4000)
  }
  const untilLogin = async () => {
    while ((await login()).status !== 200);
  }

  it('stopped: what counts attempts is 503, everything else goes on, and comes back without a restart', async () => {
    await serves()
    await stop()
    await serves()
    await assertLoginLost()
    await start()
    await untilLogin()
    await serves()
  })

  it('paused: the same', async () => {
    redis.kill('SIGSTOP')
    await serves()
    await assertLoginLost()
    redis.kill('SIGCONT')
    await untilLogin()
    await serves()
  })
})
