import { fork } from 'child_process'
import path from 'path'
import { setTimeout as pause } from 'timers/promises'
import { Client } from 'pg'
import { quantile } from './harness/median'
import { Remote } from './harness/messages'
import type { Reader } from './harness/reader'
import { open } from './harness/reader'
import { USERS } from './harness/rows'
import type { Server } from './harness/server'
import { usedBy } from './harness/usage'
import { withServer } from './harness/with-server'

/** Sockets that an event is not for. One process opens as many files as the system lets it. */
const SIZES = (process.argv.length > 2 ? process.argv.slice(2) : ['5000', '15000']).map(Number)
const [EVENTS, BATCH, ROUNDS, IDLE] = [3000, 50, 4, 3]
const INSERT = `insert into tasks (title, user_id) select 'Bench', 1 from generate_series(1, ${BATCH})`

interface Scene {
  readonly server: Server
  readonly databaseUrl: string
  readonly sql: Client
  readonly owner: Reader
}

/** µs of CPU of the server's process for an event, without those that the sockets cost while nothing happens, such as by their pings. */
const eventCost = async ({ server, databaseUrl, sql, owner }: Scene): Promise<number> => {
  const [idle] = await usedBy(server, databaseUrl, () => pause(1000 * IDLE))
  const begin = owner.count
  const begun = performance.now()
  const [used] = await usedBy(server, databaseUrl, async () => {
    for (let done = 0; done < EVENTS; done += BATCH) await sql.query(INSERT)
    await owner.until(() => owner.count >= begin + EVENTS)
  })
  const seconds = (performance.now() - begun) / 1000

  return (used.cpu - (idle.cpu * seconds) / IDLE) / EVENTS
}

const measure = async (server: Server, databaseUrl: string, sql: Client) => {
  const tokens = await server.tokens(Array.from({ length: USERS }, (_, index) => 1 + index))
  const owner = await open(server, tokens[0]!, 'resources=tasks')
  const scene = { server, databaseUrl, sql, owner }
  await eventCost(scene)
  const crowds: ReturnType<typeof fork>[] = []
  try {
    for (let connected = 0, index = 0; index < SIZES.length; index++) {
      const child = fork(path.join(__dirname, 'harness/crowd-child.ts'), { execArgv: ['-C', 'source', '--import=tsx'] }) // prettier-ignore
      crowds.push(child)
      const own = Array.from({ length: SIZES[index]! - connected }, (_, n) => tokens[1 + ((connected + n) % (USERS - 1))]!) // prettier-ignore
      const crowd = { url: server.url, tokens: own, reads: true }
      connected += await new Remote(child).call<number>('connect', crowd)
      await pause(2000)
      const costs: number[] = []
      for (let round = 0; round < ROUNDS; round++) costs.push(await eventCost(scene))
      const at = (part: number) => quantile(costs, part)!.toFixed(0)
      console.log(`crowd: ${connected} sockets: ${at(0.5)} µs of CPU an event (${at(0)} to ${at(1)}), ${(await server.usage()).rss} MB`) // prettier-ignore
    }
  } finally {
    for (const child of crowds) child.kill()
    owner.close()
  }
}

void withServer(
  (databases) => databases.create(false),
  async (server, databaseUrl) => {
    const sql = new Client({ connectionString: databaseUrl })
    await sql.connect()
    await measure(server, databaseUrl, sql).finally(() => sql.end())
  }
)
