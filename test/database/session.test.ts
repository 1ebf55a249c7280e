import assert from 'node:assert/strict'
import { Client } from 'pg'
import type { Json, Listener, Person, World } from '../helpers/world'
import { anonymous, PASSWORD, startWorld } from '../helpers/world'
import { createDatabase, onServer } from '../helpers/database'

/** What an operator, another application or a connection string may set; each of them changes how PostgreSQL reads or writes. */
const HOSTILE = {
  DateStyle: 'SQL, DMY',
  TimeZone: 'Asia/Kolkata',
  IntervalStyle: 'sql_standard',
  extra_float_digits: '-3',
  bytea_output: 'escape',
  array_nulls: 'off',
  transform_null_equals: 'on',
  client_encoding: 'latin1',
  default_transaction_isolation: 'serializable',
  default_transaction_deferrable: 'on',
  search_path: 'shadow, public',
  lock_timeout: '1',
  statement_timeout: '1',
  idle_in_transaction_session_timeout: '1',
  'app.context': 'no JSON'
}
const OPTIONS = `-c TimeZone=America/St_Johns -c DateStyle=German -c search_path=shadow -c statement_timeout=1 -c work_mem=7MB`

const nameOf = (url: string) => new URL(url).pathname.slice(1)

/** Tables of the same names, empty and of other types, where the search path leads first. */
const SHADOW = `
  create schema shadow;
  create table shadow.tasks (id text);
  create table shadow.users (id text);
  create table shadow.sessions (id text);
  create function shadow.lower(text) returns text language sql as 'select ''lower'''`

const hostileDatabase = async (): Promise<string> => {
  const url = await createDatabase()
  await onServer((client) => client.query(SHADOW), { connectionString: url })
  await onServer(async (client) => {
    for (const [name, value] of Object.entries(HOSTILE))
      await client.query(
        `alter database ${nameOf(url)} set ${name} = ${name === 'search_path' ? value : `'${value}'`}`
      )
  })

  return `${url}${url.includes('?') ? '&' : '?'}options=${encodeURIComponent(OPTIONS)}&statement_timeout=1&lock_timeout=1`
}

const TIMES = /^(created_at|updated_at|last_login|expires_at|refreshed_at)$/
/** A moment of this month, such as an older value in a history. */
const isMoment = (value: unknown) =>
  typeof value === 'string' && /T.*Z$/.test(value) && value.startsWith(new Date().toISOString().slice(0, 7))
/** Moments differ between two runs, but each is now. */
const comparable = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (name: string, inner: unknown) => {
      if (name === 'trace_id') return undefined
      if ((!TIMES.test(name) && !isMoment(inner)) || typeof inner === 'object') return inner
      assert.ok(Math.abs(Date.parse(String(inner)) - Date.now()) < 60_000, `${name} is ${String(inner)}`)
      return 'now'
    })
  )

const DUE = '2030-02-01T05:06:07.089Z'
const PRODUCT = { name: 'Ünïcode → \\', sku: 'abc-1', price: 0.1, weight: 0.1 + 0.2, tags: ['NULL', "it's", '"', '\\'], attributes: { a: '\\n' } } // prettier-ignore

/** Everything that a database may read, write or compare, as clients see it. */
const story = async (world: World): Promise<unknown[]> => {
  const owner: Person = await world.register('owner')
  const admin: Person = await world.register('admin', { role: 'admin' })
  const socket: Listener = await world.socket(owner)
  const told: unknown[] = []
  const rest = async (person: Person, method: string, path: string, body?: Json) => {
    const answer = await world.rest(person, method, path, { body })
    told.push([path.replace(/=20.*/, ''), answer.status, comparable(answer.body)])

    return answer.body as Json
  }
  const product = await rest(admin, 'POST', '/products', PRODUCT)
  await rest(anonymous, 'GET', `/products/${product.id}`)
  await rest(anonymous, 'GET', '/products?tags[$contains]=NULL')
  const task = await rest(owner, 'POST', '/tasks', { title: 'a \\ b', due_date: DUE })
  await rest(owner, 'GET', `/tasks?due_date[$gte]=${DUE}&due_date[$lte]=${DUE}`)
  await rest(owner, 'GET', '/tasks?due_date[$lt]=2030-02-01T05:06:07.089Z')
  await rest(owner, 'GET', `/tasks?created_at[$gt]=${new Date(Date.now() - 60_000).toISOString()}`)
  await rest(owner, 'PATCH', `/tasks/${task.id}`, { due_date: '2030-03-01T00:00:00+05:30' })
  await rest(owner, 'POST', `/tasks/${task.id}/complete`)
  told.push(comparable((await socket.event('tasks complete')).data))
  await rest(admin, 'GET', `/products/${product.id}/history`)
  await rest(admin, 'GET', '/analytics/sales?days=3')
  const refreshed = await world.rest(anonymous, 'POST', '/auth/refresh', { body: { refresh_token: owner.refresh_token } })
  told.push(refreshed.status)
  const wrong = await world.rest(anonymous, 'POST', '/auth/login', { body: { email: owner.email, password: `${PASSWORD}x` } })
  told.push([wrong.status, wrong.body.error.code])
  assert.equal((await fetch(`${world.url}/health/ready`)).status, 200)

  return told
} // prettier-ignore

describe('the session of the program', () => {
  let worlds: World[]
  before(async () => {
    worlds = [await startWorld(), await startWorld({ database: await hostileDatabase() })]
  })
  after(async () => void (await Promise.all(worlds.map((world) => world.close()))))

  it('reads, writes and compares alike whatever the database and the connection string set', async () => {
    const [plain, hostile] = [await story(worlds[0]!), await story(worlds[1]!)]
    assert.deepEqual(hostile, plain)
  })

  it('keeps what a connection string asks for beside that', async () => {
    const { rows } = await worlds[1]!.app.get('postgresqlClient').raw('show work_mem')
    assert.deepEqual(rows, [{ work_mem: '7MB' }])
  })

  it('is that of connections of their own, too, and of migrations', async () => {
    const shown = async (client: Client) => (await client.query('show TimeZone')).rows
    const connection = worlds[1]!.app.get('connection')
    const client = new Client(await connection.config())
    await client.connect()
    assert.deepEqual(await shown(client).finally(() => client.end()), [{ TimeZone: 'UTC' }])
    await connection.withMigrator(async (knex) => {
      const { rows } = await knex.raw(
        `select current_setting('TimeZone') || current_setting('statement_timeout') as is`
      )
      assert.deepEqual(rows, [{ is: 'UTC0' }])
    })
  })
})

describe('the schema of the tables', () => {
  const databases: string[] = []
  const worlds: World[] = []
  const empty = async (sql: string) => {
    const url = await createDatabase('template0')
    databases.push(url)
    await onServer((client) => client.query(sql), { connectionString: url })

    return url
  }
  const tablesIn = async (url: string) =>
    onServer(
      async (client) =>
        (await client.query<{ schema: string }>(`select relnamespace::regnamespace::text as schema from pg_class where relname = 'tasks'`)).rows.map(({ schema }) => schema),
      { connectionString: url }
    ) // prettier-ignore
  const start = async (database: string, schema = '') => {
    const world = await startWorld({ database, settings: { database: { schema } } })
    worlds.push(world)

    return world
  }
  after(async () => void (await Promise.all(worlds.map((world) => world.close()))))

  it('is the one of the setting, and then wherever the tables are', async () => {
    const url = await empty('create schema app; create schema other')
    const world = await start(url, 'app')
    assert.deepEqual(await tablesIn(url), ['app'])
    await world.close(true)
    worlds.pop()
    const again = await start(
      `${url}${url.includes('?') ? '&' : '?'}options=${encodeURIComponent('-c search_path=other')}`
    )
    const owner = await again.register('owner')
    const socket = await again.socket(owner)
    const { status, body } = await again.rest(owner, 'POST', '/tasks', { body: { title: 'There' } })
    assert.equal(status, 201)
    assert.equal((await socket.event('tasks created')).data.id, body.id)
    assert.deepEqual(await tablesIn(url), ['app'])
  })

  it('is filled also where the extension that it needs is beside the migrations of another program', async () => {
    const url = await empty(
      'create schema other; create extension if not exists pg_trgm; alter extension pg_trgm set schema other'
    )
    const before = await start(url, 'public')
    await before.sql('create table other.knex_migrations as table public.knex_migrations')
    await before.close(true)
    worlds.pop()
    await onServer((client) => client.query('drop schema public cascade; create schema public'), {
      connectionString: url
    })
    const world = await start(url, 'public')
    assert.deepEqual(await tablesIn(url), ['public'])
    const owner = await world.register('owner')
    assert.equal((await world.rest(owner, 'GET', '/tasks')).body.total, 0)
  })

  it('is filled without touching indexes of another program that is beside that extension', async () => {
    const names = ['changes_before_key', 'changes_created_at_blocks_idx', 'changes_created_at_idx', 'changes_resource_created_at_idx'] // prettier-ignore
    const url = await empty(
      `create schema other; create extension if not exists pg_trgm; alter extension pg_trgm set schema other;
      create table other.things (id int); ${names.map((name) => `create index ${name} on other.things (id)`).join(';')}`
    )
    const world = await start(url, 'public')
    const left = await world.sql(`select indexname from pg_indexes where schemaname = 'other' order by 1`)
    assert.deepEqual(left, names.map((indexname) => ({ indexname }))) // prettier-ignore
  })

  it('has to be named where there are two', async () => {
    const marks = (schema: string) =>
      `create schema ${schema}; create table ${schema}.changes (id int); create function ${schema}.record_change() returns int language sql as 'select 1'`
    const url = await empty(`${marks('one')}; ${marks('two')}`)
    await assert.rejects(
      startWorld({ database: url }),
      /several schemas \(one, two\): say by DATABASE_SCHEMA/
    )
  })
})
