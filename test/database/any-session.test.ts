import assert from 'node:assert/strict'
import { spawnSync } from 'child_process'
import { Client } from 'pg'
import type { World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { createDatabase, dropDatabase, onServer } from '../helpers/database'

const hasPrograms = ['pg_dump', 'pg_restore', 'psql'].every(
  (name) => spawnSync(name, ['--version']).status === 0
)

describe('changes are recorded', () => {
  let world: World
  let userId: number
  const WRITER = `writer_${process.pid}`
  before(async () => {
    world = await startWorld()
    userId = (await world.register('owner')).id!
    await world.sql(`create role ${WRITER}`)
    await world.sql(`grant select, insert, update, delete on tasks, products to ${WRITER}`)
  })
  after(async () => {
    await world.sql(`drop owned by ${WRITER}`)
    await world.sql(`drop role ${WRITER}`)
    await world.close()
  })

  const recorded = async (resource: string) =>
    world.sql('select event, after, action, user_id from changes where resource = $1 order by id desc limit 1', [resource]) // prettier-ignore
  const by = async (settings: string, sql: string, values: unknown[] = []) =>
    onServer(
      async (client) => {
        await client.query(settings)
        await client.query(sql, values)
      },
      { connectionString: world.database }
    )
  const TASK = `insert into public.tasks (title, user_id, due_date) values ($1, $2, '2030-01-01T00:00:00Z')`

  const SESSIONS: [string, string][] = [
    ['without a search path', `set search_path = ''`],
    ['whose search path leads elsewhere', `create schema elsewhere; create table elsewhere.changes (id int); set search_path = elsewhere, public`],
    ['with a temporary table of the same name', 'create temporary table changes (resource text)'],
    ['whose setting of our name is no JSON', `set app.context = 'of another program'`],
    ['of another zone and style', `set timezone = 'Asia/Kolkata'; set datestyle = 'SQL, DMY'; set extra_float_digits = -10`],
    ['of a role that may write the table and nothing else', `set role ${WRITER}`]
  ] // prettier-ignore
  for (const [which, settings] of SESSIONS)
    it(`in a session ${which}`, async () => {
      await by(settings, TASK, [which, userId])
      const [change] = await recorded('tasks')
      assert.deepEqual(
        [change!.event, change!.after.title, change!.after.due_date, change!.action, change!.user_id],
        ['created', which, '2030-01-01T00:00:00+00:00', null, null]
      )
      const weight = `insert into public.products (name, sku, price, weight) values ('x', $1, 1, 0.30000000000000004)`
      await by(settings.replace(/create (schema|table)[^;]*;/g, ''), weight, [
        which.toUpperCase().slice(0, 60)
      ])
      assert.equal((await recorded('products'))[0]!.after.weight, 0.30000000000000004)
    })

  it('by a trigger that no other role can put on a table of its own', async () => {
    const own = `create table pg_temp.own (id int); create trigger t after insert on own for each row execute function public.record_change('users')`
    await assert.rejects(by(`set role ${WRITER}`, own), /permission denied for function .*record_change/)
  })

  it('also where such a role asks not to: only who owns the function may', async () => {
    const count = async () => (await world.sql('select count(*)::int as n from changes'))[0]!.n as number
    const before = await count()
    await by(`set app.recording = off`, TASK, ['unrecorded', userId])
    assert.equal(await count(), before)
    const login = `login_${process.pid}`
    await world.sql(`create role ${login} login in role ${WRITER}`)
    const client = new Client(Object.assign(new URL(world.database), { username: login }).toString())
    try {
      await client.connect()
      await client.query('set app.recording = off')
      await client.query(TASK, ['recorded', userId])
      assert.equal(await count(), before + 1)
    } finally {
      await client.end()
      await world.sql(`drop role ${login}`)
    }
  })

  it('and ids are made in a session without a search path', async () => {
    const [row] = await onServer(
      async (client) => (await client.query(`set search_path = ''; select public.uuid_v7()::text as id`)) as unknown as { rows: { id: string }[] }[],
      { connectionString: world.database }
    ) // prettier-ignore
    assert.ok(row)
  })

  it('only once by a dump of the data alone, restored into new tables', async function () {
    if (!hasPrograms) return this.skip()
    const target = await createDatabase()
    // The client programs take the folder of a socket as the driver does.
    const args = ['--data-only', '--no-owner', '--schema=public', '--exclude-table-data=knex_*', '--exclude-table=knex_*', `--dbname=${world.database}`]
    const dump = spawnSync('pg_dump', args, { encoding: 'utf8', maxBuffer: 1e9 })
    if (/server version mismatch/.test(dump.stderr)) return this.skip()
    assert.equal(dump.status, 0, dump.stderr)
    const restored = spawnSync('psql', ['-v', 'ON_ERROR_STOP=1', '-q', target], {
      input: dump.stdout,
      encoding: 'utf8',
      env: { ...process.env, PGOPTIONS: '-c app.recording=off' }
    })
    assert.equal(restored.status, 0, restored.stderr)
    const told = 'select id::int, resource, record_id, event, before, after from changes order by id'
    const rows = await onServer(async (client) => (await client.query(told)).rows, { connectionString: target })
    assert.deepEqual(rows, await world.sql(told))
    // What is written then goes on behind what was restored.
    await onServer(async (client) => void (await client.query(TASK, ['after', userId])), { connectionString: target })
    await dropDatabase(target)
  }) // prettier-ignore
})
