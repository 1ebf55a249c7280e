import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createDatabase, dropDatabase } from '../helpers/database'
import { runCli } from '../helpers/cli'
import type { Listener, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { onlyInDepth } from '../helpers/depth'
import { clientMajor } from './client-programs'

describe('a backup (TEST_DEPTH=2)', function () {
  this.timeout(120_000)
  let folder: string
  let file: string
  let world: World
  let owner: Person
  let position: string
  before(async function () {
    onlyInDepth(this)
    world = await startWorld()
    const [{ version }] = (await world.sql(`select current_setting('server_version_num')::int / 10000 as version`)) as [{ version: number }]
    // pg_dump saves no server that is newer than itself.
    if (clientMajor < version) this.skip()
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rachis-backup-'))
    file = path.join(folder, 'all.dump')
    owner = await world.person('owner')
    for (const title of ['one', 'two']) await world.rest(owner, 'POST', '/tasks', { body: { title } })
    position = (await world.rest(owner, 'GET', '/tasks')).headers.get('x-rachis-position')!
  }) // prettier-ignore
  after(async () => {
    await world?.close()
    if (folder) fs.rmSync(folder, { recursive: true, force: true })
  })

  const databasesOnServer = () => world.sql(`select datname from pg_database where datname like 'verify%'`)
  /** Other tests may verify backups on this server meanwhile, whose databases go as well. */
  const assertNothingLeft = async () => {
    const end = Date.now() + 60_000
    let left = await databasesOnServer()
    while (left.length > 0 && Date.now() < end) {
      await pause(200)
      left = await databasesOnServer()
    }
    assert.deepEqual(left, [])
  }

  it('is written while the server serves, whole or not at all', async () => {
    const { code, out } = await runCli('backup', [file], { url: world.database })
    assert.equal(code, 0, out)
    assert.match(out, /Wrote .*all\.dump \(\d+\.\d MB\)/)
    assert.deepEqual(fs.readdirSync(folder), ['all.dump'])
    const failed = await runCli('backup', [path.join(folder, 'b.dump')], { url: `${world.database}_missing` })
    assert.equal(failed.code, 1)
    assert.deepEqual(fs.readdirSync(folder), ['all.dump'])
  })

  it('is verified by restoring it elsewhere, which leaves nothing behind', async () => {
    const { code, out } = await runCli('backup-verify', [file], { url: world.database })
    assert.equal(code, 0, out)
    assert.match(out, /restores: \d+ tables with \d+ records/)
    await assertNothingLeft()
    const broken = path.join(folder, 'broken.dump')
    fs.writeFileSync(broken, fs.readFileSync(file).subarray(0, fs.statSync(file).size >> 1))
    const said = await runCli('backup-verify', [broken], { url: world.database })
    assert.equal(said.code, 1)
    await assertNothingLeft()
    const other = await runCli('backup-verify', [__filename], { url: world.database })
    assert.match(other.out, /is no backup/)
  })

  it('is not restored over what is there, unless that is asked for', async () => {
    const { code, out } = await runCli('restore', [file], { url: world.database })
    assert.equal(code, 1)
    assert.match(out, /has tables in .*public.*--replace/)
    assert.equal((await world.rest(owner, 'GET', '/tasks')).body.total, 2)
  })

  it('restored into an empty database is the same to its users, with another history: who comes back fetches anew', async () => {
    await world.rest(owner, 'POST', '/tasks', { body: { title: 'after the backup' } })
    const url = await createDatabase('template0')
    const { code, out } = await runCli('restore', [file], { url })
    assert.equal(code, 0, out)
    const settings = { secret_key: world.app.get('secret_key') }
    const restored = await startWorld({ database: url, settings })
    assert.deepEqual((await restored.rest(owner, 'GET', '/tasks')).body.data.map(({ title }: { title: string }) => title), ['one', 'two'])
    const socket: Listener = await restored.socket(owner)
    const answer = await socket.call('subscribe', 'tasks', { query: {}, after: position }, {})
    assert.equal(answer.resumed, false)
    assert.equal((await socket.event('tasks reset')).meta.reason, 'epoch')
    // What is written from now on is told as ever.
    await restored.rest(owner, 'POST', '/tasks', { body: { title: 'after the restore' } })
    await socket.event('tasks created', ({ title }) => title === 'after the restore')
    await restored.close(true)
    await dropDatabase(url)
  }) // prettier-ignore

  it('takes the place of what is there under a running server, whose readers are told', async () => {
    const socket = await world.socket(owner)
    const { code, out } = await runCli('restore', [file, '--replace'], { url: world.database })
    assert.equal(code, 0, out)
    await socket.event('tasks reset')
    const answer = await world.rest(owner, 'GET', '/tasks')
    assert.equal(answer.body.total, 2, JSON.stringify(answer.body))
  })
})
