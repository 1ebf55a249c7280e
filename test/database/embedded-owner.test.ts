import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { Client } from 'pg'
import { DataDirInUse, startEmbedded } from '../../packages/rachis/src/database/embedded/embedded'
import {
  isRunning,
  postgresProcessesOf,
  startOf,
  untilGone
} from '../../packages/rachis/src/database/embedded/embedded-process'
import {
  isLinux,
  made,
  start,
  query,
  run,
  runRole,
  kill,
  postmasterPid,
  plantLock,
  deadPid,
  withScratch
} from './embedded-servers'

describe('the embedded PostgreSQL', () => {
  withScratch()

  describe('has one owner', () => {
    it('so a second start is refused, in this process and in another, and the first goes on', async () => {
      const dataDir = made
      const server = await start(dataDir)
      await assert.rejects(startEmbedded(dataDir), (error: Error) => {
        assert.ok(error instanceof DataDirInUse)
        assert.ok(error.message.includes(dataDir) && error.message.includes(String(process.pid)))
        assert.match(error.message, /DATA_DIR|DATABASE_URL/)
        return true
      })
      assert.match(await runRole(dataDir, 'hold').said('failed'), new RegExp(`DataDirInUse.* ${process.pid}`))
      assert.deepEqual(await query(server, 'SELECT 1 AS one'), [{ one: 1 }])
    })

    it('so one of several wins the folder of a killed one', async () => {
      const dataDir = made
      plantLock(dataDir, await deadPid(), '')
      const starters = [1, 2, 3, 4].map(() => runRole(dataDir, 'contend'))
      await Promise.all(starters.map(({ said }) => said('waiting')))
      starters.forEach(({ child }) => child.stdin?.write('go\n'))
      const outcomes = await Promise.all(
        starters.map(({ until }) => until((lines) => lines.find((line) => /^(started|failed)/.test(line))))
      )
      const [lost, won] = [
        outcomes.filter((line) => /^failed DataDirInUse/.test(line)),
        outcomes.filter((line) => /^started/.test(line))
      ]
      assert.deepEqual([won.length, lost.length], [1, 3], outcomes.join())
    })

    it('unless its pid is now of another process', async function () {
      // Elsewhere the system does not tell when a process was started, by which another one of the same pid is known.
      if (!isLinux) return this.skip()
      const dataDir = made
      plantLock(dataDir, process.pid, `${startOf(process.pid)}0`)
      await start(dataDir)
    })

    it('who gives it back when the start fails', async () => {
      const dataDir = made
      await assert.rejects(
        startEmbedded(dataDir, { settings: { shared_buffers: 'much' } }),
        /shared_buffers.*much/s
      )
      await start(dataDir)
    })
  })

  describe('loses nothing', () => {
    it('when its owner is killed while it writes', async () => {
      const dataDir = made
      const writer = runRole(dataDir, 'write')
      const orphan = Number(await writer.said('started'))
      await writer.until((lines) => lines.length > 300 || undefined)
      const closed = once(writer.child, 'close')
      await kill(writer.child)
      await closed
      assert.ok(isRunning(orphan), 'runs on')
      const server = await start(dataDir)
      assert.ok(!isRunning(orphan), 'stopped by the next start')
      const rows = await query(server, 'SELECT id FROM written')
      const there = new Set(rows.map(({ id }) => String(id)))
      const acknowledged = writer.lines.filter((line) => line.startsWith('row ')).map((line) => line.slice(4))
      assert.ok(acknowledged.length > 200)
      assert.deepEqual(
        acknowledged.filter((id) => !there.has(id)),
        []
      )
    })

    it('when the server is killed', async () => {
      const dataDir = made
      const log = new EventEmitter()
      const server = await start(dataDir, { log: (line) => log.emit('line', line) })
      await query(server, 'CREATE TABLE kept AS SELECT 1 AS one')
      const busy = new Client(server.connection)
      busy.on('error', () => undefined)
      await busy.connect()
      // a backend that computes does not notice that its server is gone
      busy.query('SELECT count(*) FROM generate_series(1, 1000000000)').catch(() => undefined)
      const ended = once(log, 'line')
      process.kill(server.pid, 'SIGKILL')
      assert.match(String(await ended), /ended by itself \(SIGKILL\)/)
      await server.stop()
      assert.deepEqual(await query(await start(dataDir), 'SELECT * FROM kept'), [{ one: 1 }])
    })

    it("when another process now has the killed server's pid", async () => {
      const dataDir = made
      const other = run('sleep', ['60'])
      const pidFile = path.join(dataDir, 'postgresql/postmaster.pid')
      fs.writeFileSync(pidFile, `${other.child.pid}\n${dataDir}/postgresql\n1\n1\n\n\n1 1\nready\n`)
      const server = await start(dataDir)
      assert.equal(postmasterPid(dataDir), server.pid)
      assert.ok(isRunning(other.child.pid ?? 0), 'which is none of our business')
    })
  })

  describe('stops', () => {
    it('and leaves no process, lock or socket', async () => {
      const dataDir = made
      const server = await start(dataDir)
      const client = new Client(server.connection)
      client.on('error', () => undefined)
      await client.connect()
      await Promise.all([server.stop(), server.stop()])
      assert.ok(!isRunning(server.pid))
      assert.deepEqual(postgresProcessesOf(path.join(dataDir, 'postgresql')), [])
      assert.deepEqual(fs.readdirSync(dataDir).sort(), ['postgresql', 'postgresql.log'])
    })

    for (const [role, title] of [
      ['end', 'with a process that has nothing left to do, which it does not keep alive'],
      ['exit', 'with a process that exits']
    ] as const) {
      it(title, async () => {
        const dataDir = made
        const { child, said } = runRole(dataDir, role)
        const pid = Number(await said('started'))
        if (child.exitCode === null) await once(child, 'exit')
        assert.ok(await untilGone(pid, 5000))
        assert.deepEqual(fs.readdirSync(dataDir).sort(), ['postgresql', 'postgresql.log'])
      })
    }

    it("after the application when the terminal's Ctrl-C is for all of its group", async () => {
      const { child, said } = runRole(made, 'interrupt', { detached: true })
      await said('listening')
      process.kill(-(child.pid as number), 'SIGINT')
      await said('served')
      if (child.exitCode === null) await once(child, 'exit')
      assert.equal(child.exitCode, 0)
    })
  })
})
