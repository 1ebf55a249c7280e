import { setTimeout as pause } from 'timers/promises'
import { Client } from 'pg'
import { contenderOf } from './harness/contender'
import { Databases } from './harness/databases'
import { quantile } from './harness/median'
import type { Reader } from './harness/reader'
import { open } from './harness/reader'
import type { Server } from './harness/server'
import { startServer } from './harness/server'
import { usedBy } from './harness/usage'

const USAGE = 'node --import=tsx bench/feed.ts [filters|resume|rights|latency …]'

/** What each measurement has. */
interface Scene {
  readonly server: Server
  /** Another process on the same database. */
  readonly other: Server
  readonly databaseUrl: string
  readonly sql: Client
}

const INSERT = `insert into tasks (title, user_id) select 'Bench', $1 from generate_series(1, $2)`
const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const begun = performance.now()
  await work()

  return performance.now() - begun
}

/** CPU of the server for an event of one receiver, where so many others ask for records with another value of the same field. */
const filters = async ({ server, databaseUrl, sql }: Scene) => {
  const [EVENTS, OTHERS] = [2000, 900]
  const tokens = await server.tokens(Array.from({ length: OTHERS + 1 }, (_, index) => 1 + index))
  const filter = (brand: string) => `resources=products&filter[products][brand]=${brand}`
  const insert = `insert into products (name, sku, price, brand) select 'Bench', 'F' || upper(left(md5(random()::text), 15)), 1, 'Mine' from generate_series(1, 50)`
  const mine = await open(server, tokens[0]!, filter('Mine'))
  const cost = async () => {
    const begin = mine.count
    const [used] = await usedBy(server, databaseUrl, async () => {
      for (let done = 0; done < EVENTS; done += 50) await sql.query(insert)
      await mine.until(() => mine.count >= begin + EVENTS)
    })
    return used.cpu / EVENTS
  }
  await cost()
  const alone = await cost()
  const streams: Reader[] = []
  for (const token of tokens.slice(1))
    streams.push(await open(server, token, filter(`Other${streams.length}`)))
  const many = await cost()
  for (const stream of [mine, ...streams]) stream.close()
  console.log(
    `filters: ${alone.toFixed(0)} µs an event for one receiver, ${many.toFixed(0)} µs with ${OTHERS} other filters`
  )
}

/** Milliseconds until a stream that missed a thousand changes has them. */
const resume = async ({ server, other, databaseUrl, sql }: Scene) => {
  const [token] = await server.tokens([3])
  const first = await open(server, token!, 'resources=tasks')
  await first.until(() => first.lastId !== '')
  first.close()
  await sql.query(INSERT, [3, 1000])
  await pause(1000)
  const back = async (at: Server) => {
    const [own] = await at.tokens([3])
    const times: number[] = []
    const once = async () => {
      const reader = await open(at, own!, `resources=tasks&last_event_id=${first.lastId}`)
      await reader.until(() => reader.count >= 1000)
      reader.close()
    }
    const [used] = await usedBy(at, databaseUrl, async () => {
      for (let round = 0; round < 7; round++) times.push(await timed(once))
    })
    return `${quantile(times, 0.5)!.toFixed(0)} ms (${(used.cpu / 7000).toFixed(0)} ms of CPU)`
  }
  console.log(
    `resume: 1,000 missed changes in ${await back(server)}, at another process in ${await back(other)}`
  )
}

/** Milliseconds until three hundred users are told what their new rights bring, and those of others' events meanwhile. */
const rights = async ({ server, databaseUrl, sql }: Scene) => {
  const COUNT = 300
  const { rows } = await sql.query<{ id: number }>(
    `insert into users (email, username, password) select 'right' || n || '@example.com', 'right' || n, 'x' from generate_series(1, $1) n returning id::int`,
    [COUNT]
  )
  await sql.query(
    `insert into products (name, sku, price, is_active) select 'Hidden', 'HID' || n, 1, false from generate_series(1, 5) n`
  )
  const tokens = await server.tokens([4, ...rows.map(({ id }) => id)])
  const readers: Reader[] = []
  const sees = /^event: products (created|reset)$/m
  for (const token of tokens.slice(1)) readers.push(await open(server, token, 'resources=products', sees))
  const bystander = await open(server, tokens[0]!, 'resources=tasks')
  await pause(2000)
  let isOver = false
  const others = (async () => {
    const times: number[] = []
    while (!isOver)
      times.push(
        await timed(async () => {
          const { count } = bystander
          await sql.query(INSERT, [4, 1])
          await bystander.until(() => bystander.count > count)
        })
      )
    return times
  })()
  const writer = new Client({ connectionString: databaseUrl })
  await writer.connect()
  const [used, all] = await usedBy(server, databaseUrl, () =>
    timed(async () => {
      await writer.query(`update users set role = 'manager' where username like 'right%'`)
      await Promise.all(readers.map((reader) => reader.until(() => reader.count >= 1)))
    })
  )
  isOver = true
  const times = await others
  await writer.end()
  for (const reader of [bystander, ...readers]) reader.close()
  console.log(
    `rights: ${COUNT} users told after ${all.toFixed(0)} ms (${(used.cpu / 1000).toFixed(0)} ms of CPU, ${(used.databaseCpu / 1000).toFixed(0)} of PostgreSQL, ${used.statements} statements); ${times.length} events of others meanwhile, the slowest after ${Math.max(...times).toFixed(0)} ms`
  )
}

/**
 * Milliseconds from the request of a write to its event at another process, and to its own answer, at two hundred writes a second.
 * The first writes are left out: code that V8 has not compiled yet is no part of what a running server does.
 */
const latency = async ({ server, other }: Scene) => {
  const [WARM_UP, COUNT, EVERY] = [1000, 2000, 5]
  const [[token], [reading]] = [await server.tokens([5]), await other.tokens([5])]
  const [told, answered, behind]: [number[], number[], number[]] = [[], [], []]
  const answeredAt = new Map<string, number>()
  const begun = new Map<string, number>()
  const since = (title: string) => performance.now() - begun.get(title)!
  let seen = 0
  const reader = await open(other, reading!, 'resources=tasks')
  reader.response.on('data', (text: string) => {
    for (const [, title] of text.matchAll(/"title":"(at \d+)"/g)) {
      if (!begun.has(title!)) continue
      if (++seen <= WARM_UP) continue
      told.push(since(title!))
      behind.push(Math.max(0, performance.now() - (answeredAt.get(title!) ?? Infinity)))
    }
  })
  await pause(1000)
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const write = async (title: string, isCounted: boolean) => {
    begun.set(title, performance.now())
    const answer = await fetch(`${server.url}/tasks`, { method: 'POST', headers, body: JSON.stringify({ title }) }) // prettier-ignore
    await answer.text()
    answeredAt.set(title, performance.now())
    if (isCounted) answered.push(since(title))
  }
  for (let count = 0; count < WARM_UP + COUNT; count++) {
    void write(`at ${count}`, count >= WARM_UP).catch(() => undefined)
    await pause(EVERY)
  }
  await reader.until(() => told.length >= COUNT)
  reader.close()
  const at = (times: number[]) =>
    [0.5, 0.99].map((part) => `p${100 * part} ${quantile(times, part)!.toFixed(0)} ms`).join(', ')
  console.log(`latency: ${at(told)} from the request to the event at another process; ${at(answered)} to its answer; ${at(behind)} from that to the event`) // prettier-ignore
}

const MEASUREMENTS = { filters, resume, rights, latency }

const main = async () => {
  const names = process.argv.slice(2)
  const unknown = names.filter((name) => !(name in MEASUREMENTS))
  if (unknown.length > 0) throw new Error(`Unknown: ${unknown.join(', ')}\n${USAGE}`)
  const databases = await Databases.open()
  try {
    for (const [name, measure] of Object.entries(MEASUREMENTS)) {
      if (names.length > 0 && !names.includes(name)) continue
      const databaseUrl = await databases.create(false)
      const [server, other] = [
        await startServer(contenderOf('rachis'), databaseUrl),
        await startServer(contenderOf('rachis'), databaseUrl)
      ]
      const sql = new Client({ connectionString: databaseUrl })
      await sql.connect()
      await measure({ server, other, databaseUrl, sql }).finally(() =>
        Promise.all([sql.end(), server.stop(), other.stop()])
      )
    }
  } finally {
    await databases.close()
  }
}

void main()
