import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { createDatabase, dropDatabase } from '../helpers/database'
import { onlyInDepth } from '../helpers/depth'
import type { Listener, Person } from '../helpers/world'
import { Machine, ResumingReader } from './machine'

const SOCKETS = 6
const numbered = (name: string, count: number) => Array.from({ length: count }, (_, n) => `${name} ${n}`)

describe('WEB_CONCURRENCY=2: one process reads the table of changes for all (TEST_DEPTH=2)', function () {
  this.timeout(120_000)
  let database: string
  let machine: Machine
  let owner: Person
  let stranger: Person
  let sockets: Listener[]
  let readers: ResumingReader[]
  before(async function () {
    onlyInDepth(this)
    // No other process can send a signal there.
    if (process.platform === 'win32') this.skip()
    database = await createDatabase()
    machine = await Machine.start(database)
    owner = await machine.register('owner')
    stranger = await machine.register('stranger')
  })
  beforeEach(async () => {
    sockets = await Promise.all(numbered('', SOCKETS).map(() => machine.world.socket(owner)))
    readers = []
  })
  afterEach(() => {
    for (const { socket } of sockets) socket.disconnect()
    for (const reader of readers) reader.close()
  })
  after(async () => {
    await machine?.end()
    if (database) await dropDatabase(database)
  })

  const sql = (text: string, values: unknown[] = []) => machine.world.sql(text, values)
  const insert = (title: string) =>
    sql('insert into tasks (title, user_id) values ($1, $2)', [title, owner.id])
  const heard = (title: string) => Promise.all(sockets.map((socket) => socket.event('tasks created', (data) => data.title === title))) // prettier-ignore
  const told = () => sockets.map(({ events }) => events.map(({ data }) => data.title as string))
  const follow = async () => {
    readers = numbered('', SOCKETS).map(() => new ResumingReader(() => machine.world, owner))
    await Promise.all(readers.map((reader) => reader.open()))
  }
  /** Writes one after the other for as long as something goes on, as psql would. */
  const writing = async (name: string, work: () => Promise<unknown>) => {
    const titles: string[] = []
    let isOver = false
    const write = (async () => {
      while (!isOver) {
        titles.push(`${name} ${titles.length}`)
        await insert(titles.at(-1)!)
        await pause(5)
      }
    })()
    await work().finally(() => (isOver = true))
    await write
    titles.push(`${name} last`)
    await insert(titles.at(-1)!)

    return titles
  }
  const untilConnections = async (expected: object) => {
    while (JSON.stringify(await machine.connections()) !== JSON.stringify(expected)) await pause(200)
  }

  it('has PostgreSQL asked by one reader, and told by one listener', async () => {
    await untilConnections({ readers: 1, listeners: 1 })
    assert.equal(machine.workers.length, 2)
  })

  it('tells sockets of all processes the same, in order and once, and strangers nothing', async () => {
    const other = await Promise.all([1, 2, 3, 4].map(() => machine.world.socket(stranger)))
    const written = await Promise.all([
      sql(`insert into tasks (title, user_id) select 'Rush by hand ' || n, $1 from generate_series(1, 30) n`, [owner.id]),
      ...numbered('Rush', 30).map((title) => machine.world.rest(owner, 'POST', '/tasks', { body: { title } }))
    ]) // prettier-ignore
    assert.equal(written.length, 31)
    await insert('Rush last')
    await heard('Rush last')
    const order = (await sql(`select after->>'title' as title from changes where resource = 'tasks' and after->>'title' like 'Rush %' order by id`)).map(({ title }) => title as string) // prettier-ignore
    for (const one of told()) assert.deepEqual(one, order)
    await sql(`insert into tasks (title, user_id) values ('For the stranger', $1)`, [stranger.id])
    for (const socket of other) {
      await socket.event('tasks created')
      assert.deepEqual(
        socket.events.map(({ data }) => data.title),
        ['For the stranger']
      )
    }
  })

  it('waits for an open transaction with a lower place, and tells nothing of one that was rolled back', async () => {
    const [first, second] = [new Client({ connectionString: database }), new Client({ connectionString: database })] // prettier-ignore
    await Promise.all([first.connect(), second.connect()])
    const write = (client: Client, title: string) => client.query('insert into tasks (title, user_id) values ($1, $2)', [title, owner.id]) // prettier-ignore
    await first.query('begin')
    await write(first, 'Begun first')
    await second.query('begin')
    await write(second, 'Never')
    await insert('Behind')
    // What stands behind an open transaction is seen, and waits.
    while (!/"lag":(?!0\b)/.test(await (await fetch(`${machine.world.url}/health/ready`)).text()))
      await pause(50)
    assert.deepEqual(told(), sockets.map(() => [])) // prettier-ignore
    await second.query('rollback')
    await first.query('commit')
    await heard('Behind')
    for (const one of told()) assert.deepEqual(one, ['Begun first', 'Behind'])
    await Promise.all([first.end(), second.end()])
  })

  it('tells a writer when their own write was passed, also of one that changed nothing', async () => {
    for (const socket of sockets) {
      const ack = await new Promise<any[]>((resolve) => socket.socket.emit('create', 'tasks', { title: 'Own' }, {}, (...args: unknown[]) => resolve(args))) // prettier-ignore
      const { tx } = ack[2] as { tx: string }
      await socket.event('applied', (data) => data.tx === tx)
      const created = socket.events.find(({ data }) => data.id === (ack[1] as { id: number }).id)
      assert.equal(created?.name, 'tasks created', 'it was told before')
    }
  })

  it('goes on where the connection of the reader is cut', async () => {
    const titles = await writing('Cut', async () => {
      for (let round = 0; round < 3; round++) {
        await sql(`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and query like '%pg_visible_in_snapshot(tx::xid8%'`)
        await pause(200)
      }
    }) // prettier-ignore
    await heard('Cut last')
    for (const one of told()) assert.deepEqual(one, titles)
  })

  it('has each process read for itself while the one that reads is held up, and hands again when it goes on', async () => {
    await untilConnections({ readers: 1, listeners: 1 })
    const { pid } = machine.server.child
    process.kill(pid!, 'SIGSTOP')
    const titles = await writing('Alone', async () => {
      while ((await machine.connections()).readers < 3) await pause(100)
    }).finally(() => process.kill(pid!, 'SIGCONT'))
    await heard('Alone last')
    for (const one of told()) assert.deepEqual(one, titles)
    // Connections that nobody uses are closed after ten seconds.
    await untilConnections({ readers: 1, listeners: 1 })
    await insert('Together')
    await heard('Together')
    for (const one of told()) assert.deepEqual(one, [...titles, 'Together'])
  })

  it('loses nothing and repeats nothing where a process is killed: its clients go on at another', async () => {
    await follow()
    const victim = machine.workers[0]!
    const titles = await writing('Killed', async () => {
      await pause(200)
      process.kill(victim, 'SIGKILL')
      while (machine.workers.length < 2 || machine.workers.includes(victim)) await pause(100)
    })
    await Promise.all(readers.map((reader) => reader.until('Killed last')))
    for (const { titles: one } of readers) assert.deepEqual(one, titles)
    const returned = readers.filter(({ returns }) => returns > 0).length
    assert.ok(returned > 0 && returned < SOCKETS, `${returned} of ${SOCKETS} came back`)
  })

  it('loses nothing and repeats nothing where the process is killed that reads, and all end with it', async () => {
    await follow()
    const titles = await writing('Restart', async () => {
      await pause(200)
      await machine.end('SIGKILL')
      await pause(200)
      machine = await Machine.start(database)
    })

    await Promise.all(readers.map((reader) => reader.until('Restart last')))

    for (const { titles: one, returns } of readers) {
      assert.deepEqual(one, titles)
      assert.ok(returns > 0)
    }
    await untilConnections({ readers: 1, listeners: 1 })
  })
})
