import assert from 'node:assert/strict'
import { Client } from 'pg'
import { createDatabase, dropDatabase, onServer } from '../helpers/database'
import type { Json, Listener, Person, World } from '../helpers/world'
import { anonymous, PASSWORD } from '../helpers/world'
import { Server } from './server'

/** A database without a table: whoever comes first migrates it. */
const createEmpty = async (): Promise<string> => {
  const url = new URL(await createDatabase())
  const name = url.pathname.slice(1)
  await onServer(async (client) => {
    await client.query(`drop database ${name}`)
    await client.query(`create database ${name}`)
  })

  return url.toString()
}

describe('several processes on one database', () => {
  let url: string
  let servers: Server[] = []
  let worlds: World[]
  let owner: Person
  let admin: Person
  /** One socket of the owner in each process. */
  let sockets: Listener[]
  const env = () => ({
    DATABASE_URL: url,
    NODE_ENV: 'test',
    ADMIN_EMAIL: 'root@example.com',
    ADMIN_PASSWORD: PASSWORD
  })
  before(async function () {
    this.timeout(180_000)
    url = await createEmpty()
    servers = await Promise.all([Server.start(env()), Server.start(env())])
    worlds = servers.map((server) => server.world(url))
    const body = { email: 'owner@example.com', username: 'owner', password: PASSWORD }
    assert.equal((await worlds[0]!.rest(anonymous, 'POST', '/auth/register', { body })).status, 201)
    owner = await worlds[1]!.login({ name: 'owner', email: body.email })
    admin = await worlds[0]!.login({ name: 'root', email: 'root@example.com' })
    sockets = await Promise.all(worlds.map((world) => world.socket(owner)))
  })
  after(async () => {
    for (const { socket } of sockets ?? []) socket.disconnect()
    for (const server of servers) if (server.child.exitCode === null && !server.child.killed) await server.end('SIGTERM')
    if (url) await dropDatabase(url)
  }) // prettier-ignore

  const sql = (text: string, values: unknown[] = []) => worlds[0]!.sql(text, values)
  const forget = () => sockets.forEach((socket) => socket.forget())
  const heard = (name: string, fits: (data: Json) => boolean) =>
    Promise.all(sockets.map((socket) => socket.event(name, fits)))
  /** What each socket has heard, once a last event has reached it. */
  const everything = async (): Promise<string[][]> => {
    const [last] = await sql(`insert into tasks (title, user_id) values ('Last', $1) returning id::int`, [
      owner.id
    ])
    await heard('tasks created', ({ id }) => id === last!.id)
    const told = sockets.map(({ events }) =>
      events
        .filter(({ data }) => data.title !== 'Last')
        .map(({ name, data }) => `${name} ${data.title ?? data.name}`)
    )
    await sql('delete from tasks where id = $1', [last!.id])
    await heard('tasks removed', ({ id }) => id === last!.id)
    forget()

    return told
  }
  const both = (...events: string[]) => [events, events]

  it('migrated once, and made one administrator', async () => {
    const [row] = await sql(`select (select count(*) from knex_migrations)::int as ran,
      (select count(distinct name) from knex_migrations)::int as names, (select count(*) from users where role = 'admin')::int as admins`)
    assert.deepEqual([row!.ran, row!.admins], [row!.names, 1])
  })

  it('tell each other’s writes, at once', async () => {
    const slow: number[] = []
    for (const [index, world] of worlds.entries()) {
      for (let n = 0; n < 5; n++) {
        const start = Date.now()
        const title = `From ${index}/${n}`
        assert.equal((await world.rest(owner, 'POST', '/tasks', { body: { title } })).status, 201)
        const [here, there] = await heard('tasks created', (data) => data.title === title)
        slow.push(Date.now() - start)
        assert.deepEqual(here, there)
      }
    }
    // Much less than the feed's next look at the table would take on its own, if nobody woke it.
    assert.ok(slow.sort((a, b) => a - b)[5]! < 1000, `${slow.join()} ms`)
    forget()
  })

  it('tell of SQL run by hand: one, many, and what follows from it', async () => {
    await sql(`insert into tasks (title, user_id) select 'Bulk ' || n, $1 from generate_series(1, 3) n`, [
      owner.id
    ])
    assert.deepEqual(
      await everything(),
      both('tasks created Bulk 1', 'tasks created Bulk 2', 'tasks created Bulk 3')
    )
    // Which row of one statement goes first is PostgreSQL's own affair, but it is the same for all.
    const ordered = async () => {
      const [told, same] = await everything()
      assert.deepEqual(told, same)
      return told!.sort()
    }
    await sql(`update tasks set priority = 'high' where title like 'Bulk %' and title <> 'Bulk 3'`)
    assert.deepEqual(await ordered(), ['tasks patched Bulk 1', 'tasks patched Bulk 2'])
    await sql(`delete from tasks where title like 'Bulk %'`)
    assert.deepEqual(await ordered(), [
      'tasks removed Bulk 1',
      'tasks removed Bulk 2',
      'tasks removed Bulk 3'
    ])
  })

  it('tell of cascades', async () => {
    const { body } = await worlds[0]!.rest(admin, 'POST', '/categories', {
      body: { name: 'Tea', slug: 'tea' }
    })
    for (const sku of ['SENCHA', 'ASSAM'])
      await worlds[1]!.rest(admin, 'POST', '/products', {
        body: { name: sku, sku, price: 1, category_id: body.id }
      })
    await heard('products created', ({ sku }) => sku === 'ASSAM')
    forget()
    await sql('delete from categories where id = $1', [body.id])
    const [told, same] = await everything()
    assert.deepEqual(told!.sort(), [
      'categories removed Tea',
      'products patched ASSAM',
      'products patched SENCHA'
    ])
    assert.deepEqual(same!.sort(), told)
  })

  it('tell nothing of what was rolled back, and of the rest in its order', async () => {
    const client = new Client({ connectionString: url })
    await client.connect()
    await client.query('begin')
    await client.query(`insert into tasks (title, user_id) values ('Never', $1)`, [owner.id])
    await worlds[0]!.rest(owner, 'POST', '/tasks', { body: { title: 'Between' } })
    await client.query('rollback')
    await client.query('begin')
    await client.query('savepoint s')
    await client.query(`insert into tasks (title, user_id) values ('Never either', $1)`, [owner.id])
    await client.query('rollback to s')
    await client.query(`insert into tasks (title, user_id) values ('After all', $1)`, [owner.id])
    await client.query('commit')
    await client.end()
    assert.deepEqual(await everything(), both('tasks created Between', 'tasks created After all'))
  })

  it('lose nothing when both write at once', async () => {
    const titles = Array.from({ length: 60 }, (_, n) => `Rush ${n}`)
    const made = await Promise.all(titles.map((title, n) => worlds[n % 2]!.rest(owner, 'POST', '/tasks', { body: { title } })))
    assert.ok(made.every(({ status }) => status === 201))
    const [here, there] = await everything()
    assert.deepEqual(here, there)
    assert.deepEqual(new Set(here), new Set(titles.map((title) => `tasks created ${title}`)))
    assert.equal(here!.length, titles.length)
  }) // prettier-ignore

  it('go on when one is killed, and take it back', async () => {
    await servers[0]!.end('SIGKILL')
    const { status } = await worlds[1]!.rest(owner, 'POST', '/tasks', { body: { title: 'Alone' } })
    assert.equal(status, 201)
    await sockets[1]!.event('tasks created', ({ title }) => title === 'Alone')
    servers[0] = await Server.start(env())
    worlds[0] = servers[0].world(url)
    sockets[0]!.socket.disconnect()
    sockets[0] = await worlds[0].socket(owner)
    await worlds[1]!.rest(owner, 'POST', '/tasks', { body: { title: 'Together' } })
    await heard('tasks created', ({ title }) => title === 'Together')
  })
})
