import assert from 'node:assert/strict'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import type Redis from 'ioredis'
import { Client } from 'pg'
import { createDatabase, dropDatabase } from '../helpers/database'
import { HAS_REDIS, OwnRedis } from '../helpers/own-redis'
import type { Listener, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'

const COUNT = 3
/** As a second process would that believes to be the one that reads. */
const putStrange = async (client: Redis) => {
  const [key] = await client.keys('*looks')
  const [last] = await client.xrevrange(key!, '+', '-', 'COUNT', 1)
  const [place, number] = (last?.[0] ?? '0-0').split('-')
  const text = Math.random() < 0.5 ? '{' : '{"previous":""}'
  // Refused where another entry was faster.
  await client.xadd(key!, `${place}-${Number(number) + 1}`, 'look', text).catch(() => undefined)
}
const describeWithRedis = HAS_REDIS ? describe : describe.skip

describeWithRedis('feed.url: one process reads the table of changes and tells the others', function () {
  this.timeout(120_000)
  let redis: OwnRedis
  let database: string
  let worlds: World[]
  let owner: Person
  let stranger: Person
  let sockets: Listener[]
  const start = () =>
    startWorld({ database, settings: { secret_key: `of-the-tests-only-${database}`, feed: { url: redis.url } } }) // prettier-ignore
  before(async () => {
    redis = await OwnRedis.start()
    database = await createDatabase()
    worlds = [await start()]
    while (worlds.length < COUNT) worlds.push(await start())
    owner = await worlds[0]!.person('owner')
    stranger = await worlds[0]!.person('stranger')
  })
  beforeEach(async () => {
    await untilSources('relay', 'stream', 'stream')
    sockets = await Promise.all(worlds.map((world) => world.socket(owner)))
  })
  afterEach(() => {
    for (const { socket } of sockets) socket.disconnect()
  })
  after(async () => {
    for (const world of worlds ?? []) await world.close(true)
    if (database) await dropDatabase(database)
    await redis?.stop()
  })

  const feeds = () => worlds.map(({ app }) => app.get('engine').feed)
  const sources = () => feeds().map(({ source }) => source)
  const untilSources = async (...expected: string[]) => {
    while (sources().sort().join() !== expected.join()) await pause(20)
  }
  const relay = () => worlds.find(({ app }) => app.get('engine').feed.source === 'relay')!
  const insert = (title: string) =>
    worlds[0]!.sql('insert into tasks (title, user_id) values ($1, $2)', [title, owner.id])
  const heard = (title: string) => Promise.all(sockets.map((socket) => socket.event('tasks created', (data) => data.title === title))) // prettier-ignore
  const told = () =>
    sockets.map(({ events }) =>
      events.filter(({ name }) => name === 'tasks created').map(({ data }) => data.title as string)
    )
  /** Writes by hand and over HTTP at each process, for as long as something goes on; what is told has to be just that. */
  const holdsWhile = async (name: string, work: () => Promise<unknown>) => {
    let isOver = false
    const write = (async () => {
      for (let count = 0; !isOver; count++) {
        await insert(`${name} by hand ${count}`)
        const title = `${name} ${count}`
        await worlds[count % worlds.length]!.rest(owner, 'POST', '/tasks', { body: { title } })
        await pause(5)
      }
    })()
    await work().finally(() => (isOver = true))
    await write
    await insert(`${name} last`)
    await heard(`${name} last`)
    const rows = await worlds[0]!.sql(
      `select after->>'title' as title from changes where resource = 'tasks' and event = 'created' and after->>'title' like $1 order by id`,
      [`${name} %`]
    )
    const order = rows.map(({ title }) => title as string)
    assert.ok(order.length > 3)
    for (const one of told()) assert.deepEqual(one, order)
    for (const { events } of sockets) assert.ok(events.every(({ name: event }) => !event.endsWith('reset')))
  }

  it('tells all the same, in order and once, and strangers nothing', async () => {
    const others = await Promise.all(worlds.map((world) => world.socket(stranger)))
    await holdsWhile('Rush', async () => {
      await worlds[0]!.sql(
        `insert into tasks (title, user_id) select 'Rush many ' || n, $1 from generate_series(1, 3000) n`,
        [owner.id]
      )
    })
    await worlds[0]!.sql(`insert into tasks (title, user_id) values ('For the stranger', $1)`, [stranger.id])
    for (const socket of others) {
      await socket.event('tasks created')
      assert.deepEqual(
        socket.events.map(({ data }) => data.title),
        ['For the stranger']
      )
    }
  })

  it('waits for an open transaction with a lower place, and tells nothing of one that was rolled back', async () => {
    const clients = [new Client({ connectionString: database }), new Client({ connectionString: database })]
    await Promise.all(clients.map((client) => client.connect()))
    const [first, second] = clients as [Client, Client]
    const write = (client: Client, title: string) =>
      client.query('insert into tasks (title, user_id) values ($1, $2)', [title, owner.id])
    await first.query('begin')
    await write(first, 'Begun first')
    await second.query('begin')
    await write(second, 'Never')
    await insert('Behind')
    while (!feeds().every((feed) => feed.status().lag > 0)) await pause(20)
    assert.deepEqual(told(), sockets.map(() => [])) // prettier-ignore
    await second.query('rollback')
    await first.query('commit')
    await heard('Behind')
    for (const one of told()) assert.deepEqual(one, ['Begun first', 'Behind'])
    await Promise.all(clients.map((client) => client.end()))
  })

  it('tells a writer when their own write was passed, while another transaction stays open', async () => {
    const other = new Client({ connectionString: database })
    await other.connect()
    await other.query('begin; select pg_current_xact_id()')
    for (const socket of sockets) {
      const ack = await new Promise<any[]>((resolve) => socket.socket.emit('create', 'tasks', { title: 'Own' }, {}, (...args: unknown[]) => resolve(args))) // prettier-ignore
      const { tx } = ack[2] as { tx: string }
      await socket.event('applied', (data) => data.tx === tx)
      const created = socket.events.find(({ data }) => data.id === (ack[1] as { id: number }).id)
      assert.equal(created?.name, 'tasks created', 'it was told before')
    }
    await other.end()
  })

  it('goes on from the table where Redis is killed, and over Redis again once it is back', () =>
    holdsWhile('Killed', async () => {
      await redis.stop()
      await untilSources('table', 'table', 'table')
      await pause(100)
      await redis.start()
      await untilSources('relay', 'stream', 'stream')
    }))

  it('does the same where Redis gives no answer', () =>
    holdsWhile('Paused', async () => {
      redis.pause()
      await untilSources('table', 'table', 'table').finally(() => redis.goOn())
      await untilSources('relay', 'stream', 'stream')
    }))

  it('reads from the table what the stream has lost', async () => {
    const before = feeds().reduce((sum, { refills }) => sum + refills, 0)
    await holdsWhile('Lost', async () => {
      for (let round = 0; round < 5; round++) {
        await redis.do((client) => client.flushall())
        await pause(100)
        const [key] = await redis.do((client) => client.keys('*looks'))
        if (key) await redis.do((client) => client.xtrim(key, 'MAXLEN', 0))
        await pause(100)
        await redis.do(putStrange)
        await pause(100)
      }
    })
    assert.ok(feeds().reduce((sum, { refills }) => sum + refills, 0) > before)
  })

  it('has another one read where the lease is taken away from the one that does', async () => {
    const former = relay()
    await holdsWhile('Taken', async () => {
      const [key] = await redis.do((client) => client.keys('*relay'))
      await redis.do((client) => client.set(key!, 'another', 'PX', 1500))
      while (former.app.get('engine').feed.source === 'relay') await pause(20)
      await untilSources('relay', 'stream', 'stream')
    })
  })

  it('has all of them read anew where the table has another history, and goes on in that one', async () => {
    const lost = feeds().map((feed) => once(feed, 'lost'))
    await worlds[0]!.sql(`update feed_epoch set epoch = 'renamed'`)
    await Promise.all([...lost, ...sockets.map((socket) => socket.event('tasks reset'))])
    await untilSources('relay', 'stream', 'stream')
    await insert('In another history')
    await heard('In another history')
    assert.ok(feeds().every(({ epoch }) => epoch === 'renamed'))
  })

  it('begins while Redis is away, and follows once it is there', async () => {
    await redis.stop()
    worlds.push(await start())
    sockets.push(await worlds.at(-1)!.socket(owner))
    await insert('Without Redis')
    await heard('Without Redis')
    await redis.start()
    await untilSources('relay', 'stream', 'stream', 'stream')
    await insert('With Redis')
    await heard('With Redis')
    for (const one of told()) assert.deepEqual(one, ['Without Redis', 'With Redis'])
    await worlds.pop()!.close(true)
    sockets.pop()
    await untilSources('relay', 'stream', 'stream')
  })

  it('has another one read at once where the one that does stops', async () => {
    const former = relay()
    sockets[worlds.indexOf(former)]!.socket.disconnect()
    sockets.splice(worlds.indexOf(former), 1)
    worlds.splice(worlds.indexOf(former), 1)
    await holdsWhile('Stopped', async () => {
      await former.close(true)
      await untilSources('relay', 'stream')
    })
    worlds.push(await start())
  })
})
