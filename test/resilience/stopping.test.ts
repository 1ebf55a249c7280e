import assert from 'node:assert/strict'
import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import {
  isRunning,
  postgresProcessesOf,
  untilGone
} from '../../packages/rachis/src/database/embedded/embedded-process'
import { SCRATCH } from '../helpers/memory'
import { anonymous, PASSWORD } from '../helpers/world'
import type { World } from '../helpers/world'
import { Server } from './server'

const ACCOUNT = { email: 'owner@example.com', password: PASSWORD, username: 'owner' }

describe('a server that npm started', function () {
  this.timeout(180_000)
  let scratch: string
  let folder: string
  const running: Server[] = []
  before(() => {
    scratch = fs.mkdtempSync(path.join(SCRATCH, 'rachis-stop-'))
    fs.chmodSync(scratch, 0o755)
    folder = path.join(scratch, 'data')
  })
  after(async () => {
    for (const server of running) if (server.child.exitCode === null) await server.end('SIGTERM')
    fs.rmSync(scratch, { recursive: true, force: true })
  })

  const start = async (): Promise<Server> => {
    const server = Server.npm('start', { DATA_DIR: folder })
    running.push(server)
    await server.ready()

    return server
  }
  const ownerPid = () => JSON.parse(fs.readFileSync(path.join(folder, 'owner.json'), 'utf8')).pid as number
  const postgres = () => postgresProcessesOf(fs.realpathSync(path.join(folder, 'postgresql')))

  /** One request on a connection that is kept; what became of it. */
  const ask = (agent: http.Agent, url: string, token: string) =>
    new Promise<number | string>((resolve) => {
      const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
      const request = http.request(`${url}/api/v1/tasks`, { agent, method: 'POST', headers }, (response) => {
        response.resume().once('end', () => resolve(response.statusCode!))
      })
      request.once('error', ({ code, syscall }: NodeJS.ErrnoException) => resolve(`${syscall} ${code}`))
      request.end(JSON.stringify({ title: 'Sent while it stops' }))
    })

  /** Asks until the server takes no connection any more. */
  const client = async (world: World, token: string, answers: (number | string)[]) => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    for (;;) {
      const answer = await ask(agent, world.url, token)
      if (answer === 'connect ECONNREFUSED') break
      answers.push(answer)
    }
    agent.destroy()
  }

  it('answers, at SIGTERM to npm, every request that was sent, and ends with its database before npm does', async () => {
    const server = await start()
    const world = server.world()
    await world.rest(anonymous, 'POST', '/auth/register', { body: ACCOUNT })
    const { token } = await world.login({ name: 'owner', email: ACCOUNT.email })
    const socket = await world.socket()
    const answers: (number | string)[] = []
    const clients = Array.from({ length: 8 }, () => client(world, token!, answers))
    while (answers.length < 100) await setTimeout(5)
    const { email, password } = ACCOUNT
    const logins = [1, 2, 3].map(() => socket.call('create', 'authentication', { strategy: 'local', email, password }))
    await socket.call('find', 'products', { $limit: 0 })
    assert.equal(await server.end('SIGTERM'), 0, server.output)
    await Promise.all(clients)
    assert.deepEqual(answers.filter((answer) => answer !== 201), [])
    for (const { accessToken } of await Promise.all(logins)) assert.ok(accessToken)
    assert.deepEqual([postgres(), fs.existsSync(path.join(folder, 'owner.json'))], [[], false])
    socket.socket.disconnect()
  }) // prettier-ignore

  it('ends when npm is killed, and does not keep the next start from its folder', async () => {
    const server = await start()
    const [pid, children] = [ownerPid(), postgres()]
    assert.equal(await server.end('SIGKILL'), 'SIGKILL')
    const next = await start()
    assert.ok(await untilGone(pid, 10_000))
    assert.deepEqual(children.filter((child) => isRunning(child)), [])
    assert.notEqual(ownerPid(), pid)
    assert.equal(await next.end('SIGTERM'), 0, next.output)
  }) // prettier-ignore
})
