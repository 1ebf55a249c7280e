import { fork } from 'child_process'
import path from 'path'
import { setTimeout as pause } from 'timers/promises'
import { Client } from 'pg'
import { Remote } from './harness/messages'
import { open } from './harness/reader'
import type { Server } from './harness/server'
import { withServer } from './harness/with-server'

/** Connections, and bytes of the events that each of them would be sent. */
const [READERS, ROW, ROWS] = [1000, 9984, 20_000]
const BATCH = 100
const INSERT = `insert into products (name, description, sku, price) select 'Large', repeat(md5(random()::text), ${ROW / 32}), 'L' || upper(left(md5(random()::text), 18)), 1 from generate_series(1, ${BATCH})`

/** The most memory that the server has at once, in MB, while something is done. */
const highest = async (server: Server, work: () => Promise<void>): Promise<number> => {
  let isOver = false
  let most = 0
  const sampling = (async () => {
    while (!isOver) {
      most = Math.max(most, (await server.usage()).rss)
      await pause(100)
    }
  })()
  await work()
  isOver = true
  await sampling

  return most
}

/** How much the server's memory grows by events that one connection reads, and by the same while a thousand others take nothing. */
const measure = async (server: Server, sql: Client) => {
  const [own, ...tokens] = await server.tokens(Array.from({ length: READERS + 1 }, (_, index) => 1 + index))
  const reader = await open(server, own!, 'resources=products')
  const write = async (rows: number) => {
    const begin = reader.count
    for (let done = 0; done < rows; done += BATCH) await sql.query(INSERT)
    await reader.until(() => reader.count >= begin + rows)
  }
  const grown = async (what: string) => {
    const [live, { rss }] = [await server.live(), await server.usage()]
    const begun = performance.now()
    const most = await highest(server, () => write(ROWS))
    const seconds = ((performance.now() - begun) / 1000).toFixed(0)
    const used = await server.live()
    console.log(`stalled: ${what}: RSS ${rss} MB, at most ${most} MB (${most - rss} more); in use ${live} MB, then ${used} MB (${used - live} more); ${seconds} s`) // prettier-ignore
  }
  await write(ROWS / 2)
  await grown('200 MB of events, one connection that reads')
  const child = fork(path.join(__dirname, 'harness/crowd-child.ts'), { execArgv: ['-C', 'source', '--import=tsx'] }) // prettier-ignore
  const stalled = new Remote(child)
  try {
    const connected = await stalled.call<number>('connect', { url: server.url, tokens, reads: false })
    await grown(`the same, and ${connected} connections that take nothing`)
    const { open: left, cut } = await stalled.call<{ open: number; cut: number }>('counts')
    console.log(`stalled: ${left} connections are open at the end, ${cut} were cut and came back`)
  } finally {
    child.kill()
  }
}

void withServer(
  (databases) => databases.create(false),
  async (server, databaseUrl) => {
    const sql = new Client({ connectionString: databaseUrl })
    await sql.connect()
    await measure(server, sql).finally(() => sql.end())
  }
)
