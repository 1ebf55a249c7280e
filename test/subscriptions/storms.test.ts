import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { io } from 'socket.io-client'
import { Rations } from '../../packages/rachis/src/feed/rations'
import { statementsOf } from '../helpers/statements'
import type { Person, World } from '../helpers/world'
import { Listener, startWorld } from '../helpers/world'

const COUNT = 60
const MISSED = 250

describe('connections that come back at once', function () {
  this.timeout(90_000)
  let here: World
  let there: World
  let owner: Person
  let stranger: Person
  let positions: string[]
  let locker: Client
  const open: Listener[] = []
  before(async () => {
    here = await startWorld()
    owner = await here.register('owner')
    stranger = await here.register('stranger')
    positions = [await positionOf(here), (await missed(5), await positionOf(here))]
    await missed(MISSED - 5)
    await here.settled()
    // A process that begins now has none of what was missed in memory.
    there = await startWorld({ database: here.database })
    locker = new Client({ connectionString: here.database })
    await locker.connect()
  })
  beforeEach(() => there.settled())
  afterEach(async () => {
    await locker.query('rollback')
    for (const { socket } of open.splice(0)) socket.disconnect()
  })
  after(async () => {
    await locker?.end()
    await there?.close(true)
    await here?.close()
  })

  const missed = (count: number) =>
    here.sql(`insert into tasks (title, user_id) select 'Missed ' || nextval('tasks_id_seq'), $1 from generate_series(1, ${count}) n`, [owner.id]) // prettier-ignore
  const connect = async (world: World, auth: object, person = owner): Promise<Listener> => {
    const extraHeaders = { authorization: `Bearer ${person.token}` }
    const socket = io(world.url, { transports: ['websocket'], forceNew: true, reconnection: false, auth, extraHeaders }) // prettier-ignore
    const listener = new Listener(socket)
    open.push(listener)
    await new Promise<void>((resolve, reject) =>
      socket.once('connect', resolve).once('connect_error', reject)
    )

    return listener
  }
  const positionOf = async (world: World) => {
    await world.settled()
    const socket = await connect(world, { events: 'subscriptions' })
    return (await socket.call('subscribe', 'tasks', { query: {} }, {})).position as string
  }
  /** Statements on this table that wait for the lock. */
  const waitingFor = async (table: string): Promise<number> => {
    const text = `select count(*)::int as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like $1`
    return (await here.sql(text, [`%${table}%`]))[0]!.count as number
  }
  const lock = (table: string) => locker.query(`begin; lock table ${table} in access exclusive mode`)
  const waits = async (table: string) => {
    while ((await waitingFor(table)) === 0) await pause(20)
  }
  const titles = ({ events }: Listener) =>
    events.filter(({ name }) => name === 'tasks created').map(({ data }) => Number(data.title.split(' ')[1]))

  it('are sent what they missed, few from the database at once, in order and once, while others are told of theirs', async () => {
    const other = await connect(there, {}, stranger)
    // Only those who read the table of changes once more look at this.
    await lock('feed_horizon')
    const sockets: Listener[] = []
    const statements = await statementsOf(async () => {
      for (let n = 0; n < COUNT; n++) sockets.push(await connect(there, { after: positions[n % 2] }))
      await waits('feed_horizon')
      const most: number[] = []
      for (let n = 0; n < 5; n++) {
        await there.rest(stranger, 'POST', '/tasks', { body: { title: `Live ${n}` } })
        await other.event('tasks created', ({ title }) => title === `Live ${n}`)
        most.push(await waitingFor('feed_horizon'))
      }
      assert.deepEqual(most, [2, 2, 2, 2, 2])
      assert.ok(sockets.every((socket) => titles(socket).length === 0))
      await locker.query('rollback')
      for (const [n, socket] of sockets.entries()) {
        await socket.event('synced', () => titles(socket).length >= MISSED - 5 * (n % 2))
        const told = titles(socket)
        assert.equal(told.length, MISSED - 5 * (n % 2))
        assert.deepEqual(
          told,
          [...new Set(told)].sort((a, b) => a - b)
        )
      }
    }, /feed_horizon/)
    assert.ok(statements.length < COUNT, `${statements.length} reads for ${COUNT} connections`)
    assert.deepEqual([...new Set(other.events.filter(({ name }) => name.startsWith('tasks')).map(({ data }) => data.user_id))], [stranger.id]) // prettier-ignore
  })

  it('read their lists anew, few at once, in the order in which they asked, while others are told of theirs', async () => {
    const other = await connect(there, {}, stranger)
    const sockets: Listener[] = []
    for (let n = 0; n < 20; n++) sockets.push(await connect(there, { events: 'subscriptions' }))
    await lock('products')
    const answered: number[] = []
    const lists = sockets.map(async (socket, n) => {
      const list = await socket.call('subscribe', 'products', { query: { $limit: 1 } }, {})
      answered.push(n)
      return list
    })
    await waits('products')
    for (let n = 0; n < 5; n++) {
      await there.rest(stranger, 'POST', '/tasks', { body: { title: `Meanwhile ${n}` } })
      await other.event('tasks created', ({ title }) => title === `Meanwhile ${n}`)
      assert.ok((await waitingFor('"products"')) <= 4)
    }
    assert.deepEqual(answered, [])
    await locker.query('rollback')
    for (const list of await Promise.all(lists)) assert.ok(list.position)
  })

  it('share one read where they have missed the same, and those who ask for something else wait for their turn', async () => {
    const asked: number[] = []
    const release: (() => void)[] = []
    const readAgain = (after: number) => {
      asked.push(after)
      return new Promise<never>((resolve) => release.push(() => resolve({ changes: [], to: after } as never)))
    }
    const rations = new Rations({ feed: { readAgain }, overloaded: () => new Error('overloaded') })
    const reads = [1, 2, 1, 3, 2, 4].map((after) => rations.replay(after))
    await pause(0)
    assert.deepEqual(asked, [1, 2])
    release[0]!()
    assert.equal(await reads[0], await reads[2])
    assert.deepEqual(asked, [1, 2, 3])
    for (const next of [1, 2]) release[next]!()
    await reads[3]
    release[3]!()
    assert.deepEqual((await Promise.all(reads)).map(({ to }) => to), [1, 2, 1, 3, 2, 4]) // prettier-ignore
  })

  it('are told when to ask again where their list could not be begun with in time, and those who read are not disturbed', async () => {
    const socket = await connect(there, { events: 'subscriptions' })
    const others: Listener[] = []
    for (let n = 0; n < 4; n++) others.push(await connect(there, { events: 'subscriptions' }))
    await lock('products')
    const reading = others.map((one) => one.call('subscribe', 'products', { query: {} }, {}))
    await waits('products')
    const { error } = (await socket.call('subscribe', 'tasks', { query: {} }, {}).catch((refused) => refused)) as { error: { code: string; hint: string } } // prettier-ignore
    assert.equal(error.code, 'OVERLOADED')
    assert.match(error.hint, /[1-5] seconds?/)
    await locker.query('rollback')
    for (const list of await Promise.all(reading)) assert.ok(list.position)
  })
})
