import assert from 'node:assert/strict'
import fs from 'node:fs'
import { get } from 'node:http'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { execFileSync } from 'node:child_process'
import { SCRATCH } from '../helpers/memory'
import type { Person, World } from '../helpers/world'
import { anonymous, PASSWORD } from '../helpers/world'
import { Server } from './server'
import { onlyInDepth } from '../helpers/depth'

const TOKEN = 'a-token-of-the-operators'
const user = { email: 'ann@example.com', username: 'annabel', password: PASSWORD }

describe('WEB_CONCURRENCY=2 npm start (TEST_DEPTH=2)', function () {
  this.timeout(120_000)
  let folder: string
  let server: Server
  let world: World
  let owner: Person
  before(async function () {
    onlyInDepth(this)
    // No other process can send a signal there.
    if (process.platform === 'win32') this.skip()
    folder = fs.mkdtempSync(path.join(SCRATCH, 'rachis-workers-'))
    fs.chmodSync(folder, 0o755)
    const env = { WEB_CONCURRENCY: '2', DATA_DIR: path.join(folder, 'data'), METRICS_TOKEN: TOKEN, METRICS_OPEN: 'never', LOG_LEVEL: 'warn' }
    server = Server.npm('start', env)
    await server.ready()
    world = server.world()
    const { body } = await world.rest(anonymous, 'POST', '/auth/register', { body: user })
    owner = { name: 'ann', id: body.user.id, email: user.email, token: body.access_token }
  }) // prettier-ignore
  after(async () => {
    world?.hangUp()
    if (server) assert.equal(await server.end('SIGTERM'), 0, server.output)
    if (folder) fs.rmSync(folder, { recursive: true, force: true })
  })

  /** The processes of this start, by what `ps` says of their parents. */
  const descendants = (): { pid: number; command: string }[] => {
    const all = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
      .split('\n')
      .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
      .flatMap((found) => (found ? [{ pid: Number(found[1]), parent: Number(found[2]), command: found[3]! }] : []))
    const below = (pid: number): typeof all =>
      all.filter(({ parent }) => parent === pid).flatMap((child) => [child, ...below(child.pid)])

    return below(server.child.pid!)
  } // prettier-ignore
  const workers = () =>
    descendants().filter(({ command, pid }) => /src\/index\.ts/.test(command) && pid !== server.child.pid)
  const isPostmaster = ({ command }: { command: string }) => /postgres .*-D|bin\/postgres/.test(command)

  const scrape = async () => {
    const answer = await fetch(`${world.url}/metrics`, { headers: { Authorization: `Bearer ${TOKEN}` } })
    assert.equal(answer.status, 200)
    return answer.text()
  }

  it('says once that it is ready, and has one database', () => {
    assert.equal(server.output.match(/Rachis is ready/g)?.length, 1, server.output)
    assert.equal(descendants().filter(isPostmaster).length, 1)
  })

  it('tells what one process has written to the sockets of both', async () => {
    const sockets = await Promise.all([1, 2, 3, 4, 5, 6].map(() => world.socket(owner)))
    await world.rest(owner, 'POST', '/tasks', { body: { title: 'for all' } })
    for (const socket of sockets) await socket.event('tasks created', ({ title }) => title === 'for all')
  })

  it('shows the metrics of both together, whichever is asked', async () => {
    for (let n = 0; n < 10; n++) await world.rest(anonymous, 'GET', '/products', { headers: { Connection: 'close' } })
    const counts = [await scrape(), await scrape()].map((text) =>
      Number(/rachis_http_requests_total\{route="\/api\/v1\/products",method="GET",status="200"\} (\d+)/.exec(text)?.[1])
    )
    assert.deepEqual(counts, [10, 10])
    assert.match(await scrape(), /rachis_ready 2/)
  }) // prettier-ignore

  it('takes no polling of sockets, which would reach another process each time', async () => {
    const polled = await fetch(`${world.url}/socket.io/?EIO=4&transport=polling`)
    assert.equal(polled.status, 400)
  })

  /** The status of an answer over a connection of its own, or why there is none. */
  const product = () =>
    new Promise<number | string>((resolve) => {
      const request = get(`${world.url}/api/v1/products`, { agent: false, timeout: 20_000 }, (answer) => {
        answer.resume().once('end', () => resolve(answer.statusCode!))
      })
      request.once('timeout', () => request.destroy(new Error('nothing was answered')))
      request.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    })
  const until = async (what: string, holds: () => boolean | Promise<boolean>) => {
    for (const begun = performance.now(); !(await holds()); await setTimeout(200))
      assert.ok(performance.now() - begun < 45_000, `waited for ${what}:\n${server.output}`)
  }

  it('replaces a process that ends by itself, and leaves no connection without an answer meanwhile', async () => {
    const children = workers()
    const victim = children.at(-1)!
    // Connections that come while the process is killed are on their way to it.
    const asked = Array.from({ length: 20 }, async (_, index) => {
      const first = await product()
      if (index === 0) process.kill(victim.pid, 'SIGKILL')
      return [first, await product(), await product(), await product()]
    })
    const statuses = (await Promise.all(asked)).flat()
    // What the killed process was answering is cut; everything else is answered.
    assert.deepEqual(statuses.filter((status) => ![200, 'ECONNRESET'].includes(status)), [])
    await until('another process in its place', () => workers().length >= children.length && workers().every(({ pid }) => pid !== victim.pid))
    await until('/metrics to show two processes', async () => /rachis_ready 2/.test(await scrape()))
  }) // prettier-ignore
})

describe('several processes of which one cannot start', function () {
  this.timeout(60_000)

  it('end all together, with the reason and exit code 1', async () => {
    const server = Server.spawn({
      DATABASE_URL: 'postgres://postgres@127.0.0.1:1/none',
      WEB_CONCURRENCY: '2'
    })
    assert.equal(await server.end(), 1)
    assert.match(server.output, /The database at 127\.0\.0\.1:1 cannot be used/)
    assert.doesNotMatch(server.output, /another one is started|EPIPE/)
  })
})
