import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createDatabase, dropDatabase, onServer } from '../helpers/database'
import type { Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { openStream } from '../streams/reader'

const PROGRAMS = ['pg_dump', 'psql']
/** The major version of PostgreSQL's own programs; 0 where one of them is not on this machine. */
const versionOfPrograms = (): number => {
  const versions = PROGRAMS.map((name) => {
    const { status, stdout } = spawnSync(name, ['--version'], { encoding: 'utf8' })
    return status === 0 ? Number(/\d+/.exec(stdout)![0]) : 0
  })

  return Math.min(...versions)
}
const ROLE = `epoch_role_${process.pid}`

describe('the name of a history of changes', function () {
  this.timeout(60_000)
  let world: World
  let owner: Person
  const others: World[] = []
  beforeEach(async () => {
    world = await startWorld()
    owner = await world.register('owner')
    await world.settled()
  })
  afterEach(async () => {
    for (const other of others.splice(0)) await other.close(true)
    await world.close()
  })

  const start = async (database = world.database): Promise<World> => {
    const secret_key = `of-the-tests-only-${world.database}`
    const other = await startWorld({ database, settings: { secret_key } })
    others.push(other)

    return other
  }
  const epochOf = ({ app }: World) => app.get('engine').feed.epoch
  const token = async (): Promise<string> => {
    const { headers } = await world.rest(owner, 'GET', '/tasks')
    return headers.get('x-rachis-position')!
  }
  /** Why a client with this token has to read its tasks anew; undefined where it goes on. */
  const reasonAt = async (at: World, after: string) => {
    const stream = await openStream(at, owner, `?resources=tasks&last_event_id=${after}`)
    await stream.event('synced')
    stream.close()

    return stream.events.find(({ event }) => event === 'tasks reset')?.data.reason as string | undefined
  }
  /** As a server that went away and came back, or another one in its place. */
  const cutAll = () =>
    onServer((client) =>
      client.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = $1`, [
        new URL(world.database).pathname.slice(1)
      ])
    )
  const lostAt = async ({ app }: World, cause: () => Promise<unknown>) => {
    const lost = once(app.get('engine').feed, 'lost')
    await cause()
    await lost
  }

  it('is the same for all processes, and stays over restarts and lost connections', async () => {
    const before = await token()
    assert.equal(epochOf(await start()), epochOf(world))
    await cutAll()
    await world.rest(owner, 'POST', '/tasks', { body: { title: 'Missed' } })
    await world.settled()
    assert.equal(epochOf(await start()), epochOf(world))
    assert.equal(await reasonAt(world, before), undefined)
  })

  it('is another one on a server that has taken over, and one for all processes that notice', async () => {
    const [before, other] = [await token(), await start()]
    await world.sql(`update feed_epoch set timeline = 'FFFFFFF0'`)
    await Promise.all([lostAt(world, cutAll), once(other.app.get('engine').feed, 'lost')])
    assert.equal(epochOf(world), epochOf(other))
    assert.ok(!before.includes(epochOf(world)))
    assert.equal(await reasonAt(other, before), 'epoch')
    assert.equal(await reasonAt(world, await token()), undefined)
  })

  it('is another one where a process starts on another server, or after a recovery to a point in time', async () => {
    const before = await token()
    await world.sql(`update feed_epoch set system_identifier = '1'`)
    assert.equal(await reasonAt(await start(), before), 'epoch')
  })

  it('is known by the place of a recovery to who may not ask for the timeline', async () => {
    await world.sql(`
      create role ${ROLE} login;
      grant all on all tables in schema public to ${ROLE};
      grant all on all sequences in schema public to ${ROLE};
      grant usage on schema pgboss to ${ROLE};
      grant all on all tables in schema pgboss to ${ROLE};
      revoke execute on function pg_control_system() from public;
      revoke execute on function pg_walfile_name(pg_lsn) from public;
      update feed_epoch set system_identifier = null, timeline = null`)
    try {
      const database = Object.assign(new URL(world.database), { username: ROLE }).toString()
      const poor = await start(database)
      const { timeline, system_identifier } = (await world.sql('select * from feed_epoch'))[0]!
      assert.deepEqual([timeline, system_identifier], [null, null])
      assert.equal(epochOf(poor), epochOf(world))
      const before = await token()
      assert.equal(epochOf(await start(database)), epochOf(poor), 'a restart is no recovery')
      await world.sql(`update feed_epoch set recovered_at = '0/1'`)
      assert.equal(await reasonAt(await start(database), before), 'epoch')
      // Who may ask notes what it finds, which is no other history.
      await start()
      assert.match((await world.sql('select timeline from feed_epoch'))[0]!.timeline, /^[\dA-F]{8}$/)
      assert.equal(epochOf(await start(database)), epochOf(others.at(-2)!))
    } finally {
      for (const other of others.splice(0)) await other.close(true)
      await world.sql(`drop owned by ${ROLE}; drop role ${ROLE}`)
    }
  })

  it('ends where the sequence goes back', async () => {
    const before = await token()
    await lostAt(world, () => world.sql(`delete from changes; select setval('changes_id_seq', 1)`))
    assert.equal(await reasonAt(world, before), 'epoch')
    assert.equal(await reasonAt(await start(), before), 'epoch')
  })

  it('is another one in a database that was restored from a dump', async function () {
    const [server] = await world.sql(`select current_setting('server_version_num')::int / 10000 as major`)
    // pg_dump reads no server that is newer than itself.
    if (versionOfPrograms() < server!.major) return this.skip()
    const before = await token()
    const dump = execFileSync('pg_dump', [world.database], { maxBuffer: 1e9 })
    const copy = await createDatabase('template0')
    const restore = (url: string) => execFileSync('psql', ['-qX', '-v', 'ON_ERROR_STOP=1', url], { input: dump, stdio: 'pipe' }) // prettier-ignore
    try {
      restore(copy)
      assert.equal(await reasonAt(await start(copy), before), 'epoch')
    } finally {
      await others.pop()?.close(true)
      await dropDatabase(copy)
    }
    // Into the same database, behind the back of a process: its name is stored in the dump as well.
    await world.rest(owner, 'POST', '/tasks', { body: { title: 'After the dump' } })
    await world.settled()
    await lostAt(world, async () => {
      await world.sql(
        'drop schema public cascade; drop schema if exists pgboss cascade; create schema public'
      )
      restore(world.database)
    })
    assert.equal(await reasonAt(world, before), 'epoch')
    assert.equal(await reasonAt(await start(), before), 'epoch')
  })
})
