import assert from 'node:assert/strict'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { postgresProcessesOf } from '../../packages/rachis/src/database/embedded/embedded-process'
import { SCRATCH } from '../helpers/memory'
import { onlyInDepth } from '../helpers/depth'
import { anonymous } from '../helpers/world'
import { Server } from './server'

/** Rejects a promise that nobody handles, or throws, at a signal. */
const FAULTY = `process.on('SIGUSR2', () => { Promise.reject(new Error('nobody handles this')) });
process.on('SIGWINCH', () => { throw new Error('nobody catches this') })`

describe('a server that meets a fault', function () {
  this.timeout(180_000)
  let scratch: string
  let server: Server
  before(function () {
    // Signals and /dev/full.
    if (process.platform !== 'linux') return this.skip()
    scratch = fs.mkdtempSync(path.join(SCRATCH, 'rachis-fault-'))
    fs.chmodSync(scratch, 0o755)
  })
  afterEach(async () => {
    if (server?.child.exitCode === null) await server.end('SIGTERM')
  })
  after(() => scratch && fs.rmSync(scratch, { recursive: true, force: true }))

  const status = async () => (await server.world().rest(anonymous, 'GET', '/products?limit=1')).status
  const said = async (text: string) => {
    while (!server.output.includes(text)) await once(server.child.stdout!, 'data')
  }

  it('goes on after a rejection that nobody handles, and ends in order after an exception that nobody caught', async () => {
    const faulty = path.join(scratch, 'faulty.cjs')
    fs.writeFileSync(faulty, FAULTY)
    const env = {
      DATA_DIR: path.join(scratch, 'data'),
      LOG_LEVEL: 'error',
      NODE_OPTIONS: `--require ${faulty}`
    }
    server = await Server.start(env)
    server.child.kill('SIGUSR2')
    await said('nobody handles this')
    assert.equal(await status(), 200)
    server.child.kill('SIGWINCH')
    assert.equal(await server.end(), 1)
    assert.match(server.output, /nobody catches this/)
    assert.deepEqual(postgresProcessesOf(fs.realpathSync(path.join(scratch, 'data/postgresql'))), [])
  })

  it('answers 503 while its embedded database cannot come back, and 200 when it can', async () => {
    const folder = path.join(scratch, 'broken')
    server = await Server.start({ DATA_DIR: folder, LOG_LEVEL: 'info' })
    const [pgdata, away] = [path.join(folder, 'postgresql'), path.join(folder, 'away')]
    const [line] = fs.readFileSync(path.join(pgdata, 'postmaster.pid'), 'utf8').split('\n')
    // Not a folder of PostgreSQL any more: each attempt to start it fails.
    fs.renameSync(pgdata, away)
    fs.mkdirSync(pgdata)
    fs.writeFileSync(path.join(pgdata, 'full'), '')
    process.kill(Number(line), 'SIGKILL')
    await said('is no folder of PostgreSQL')
    assert.deepEqual([await status(), await status()], [503, 503])
    fs.rmSync(pgdata, { recursive: true })
    fs.renameSync(away, pgdata)
    while ((await status()) !== 200) {
      assert.equal(server.child.exitCode, null)
      await setTimeout(50)
    }
  })

  it('serves on when its log cannot be written (TEST_DEPTH=2)', async function () {
    onlyInDepth(this)
    const full = fs.openSync('/dev/full', 'w')
    // Its log, which would say which port the system chose, cannot be read; below the ports of outgoing connections few are taken.
    const port = 20_600 + (process.pid % 300)
    const env = { DATA_DIR: path.join(scratch, 'data'), LOG_LEVEL: 'trace', PORT: String(port) }
    server = Server.spawn(env, { stdout: full })
    fs.closeSync(full)
    const ready = () => fetch(`http://127.0.0.1:${port}/health/ready`).then(({ status }) => status, () => 0)
    while ((await ready()) !== 200) {
      assert.equal(server.child.exitCode, null, server.output)
      // Asked without a pause, it would start more slowly.
      await setTimeout(50)
    }
    assert.equal(await ready(), 200)
    assert.equal(await server.end('SIGTERM'), 0, server.output)
  }) // prettier-ignore
})
