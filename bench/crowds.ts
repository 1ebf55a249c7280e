import { fork } from 'child_process'
import type { ChildProcess } from 'child_process'
import path from 'path'
import { setTimeout as pause } from 'timers/promises'
import { Client } from 'pg'
import { Databases } from './harness/databases'
import { quantile } from './harness/median'
import { Remote } from './harness/messages'
import type { Reader } from './harness/reader'
import { open } from './harness/reader'
import { USERS } from './harness/rows'
import type { Workers } from './harness/workers'
import { startWorkers } from './harness/workers'

const USAGE = 'node -C source --import=tsx bench/crowds.ts [workers] [sockets …]'
const NUMBERS = process.argv.slice(2).map(Number)
/** Processes that serve, and the sockets that there are at each time of measuring: of fewer than before the last that came leave. */
const [WORKERS = 4, ...SIZES] = NUMBERS.length > 0 ? NUMBERS : [4, 5000, 50_000, 5000]
/** Sockets of one process and of one address: the system lets a process open 20,000 files, and gives an address 28,000 ports. */
const OWN = 12_500
const [EVENTS, BATCH, ROUNDS, IDLE, REST] = [3000, 50, 5, 3, 3000]
const INSERT = `insert into tasks (title, user_id) select 'Bench', 1 from generate_series(1, ${BATCH})`

/** Sockets of one process. */
interface Crowd {
  readonly child: ChildProcess
  readonly size: number
}

/** The sockets of all processes, of other users than the first one. */
class Crowds {
  private readonly crowds: Crowd[] = []
  private addresses = 1

  constructor(private readonly workers: Workers) {}

  get size(): number {
    return this.crowds.reduce((sum, { size }) => sum + size, 0)
  }

  async become(size: number) {
    while (this.size > size) this.crowds.pop()!.child.kill()
    const adding: Promise<void>[] = []
    const each = Math.min(OWN, Math.ceil((size - this.size) / WORKERS))
    while (this.size < size) adding.push(this.add(Math.min(each, size - this.size)))
    await Promise.all(adding)
  }

  private async add(size: number) {
    const child = fork(path.join(__dirname, 'harness/crowd-child.ts'), { execArgv: ['-C', 'source', '--import=tsx'] }) // prettier-ignore
    const { url, tokens: all } = this.workers
    const begin = this.size
    const tokens = Array.from({ length: size }, (_, index) => all[1 + ((begin + index) % (USERS - 1))]!)
    const from = `127.0.0.${++this.addresses}`
    this.crowds.push({ child, size })
    const connected = await new Remote(child).call<number>('connect', { url, tokens, reads: true, from })
    if (connected !== size) throw new Error(`${connected} of ${size} sockets are connected`)
  }

  close() {
    for (const { child } of this.crowds) child.kill()
  }
}

interface Scene {
  readonly workers: Workers
  readonly sql: Client
  readonly owner: Reader
}

/** µs of CPU of all processes together for an event, without those that the sockets cost while nothing happens. */
const eventCost = async ({ workers, sql, owner }: Scene): Promise<number> => {
  const start = workers.cpu()
  await pause(1000 * IDLE)
  const idle = (workers.cpu() - start) / (1000 * IDLE)
  const begin = owner.count
  const [begun, before] = [performance.now(), workers.cpu()]
  for (let done = 0; done < EVENTS; done += BATCH) await sql.query(INSERT)
  await owner.until(() => owner.count >= begin + EVENTS)
  const used = workers.cpu() - before

  return (used - idle * (performance.now() - begun)) / EVENTS
}

const measure = async (scene: Scene, sockets: number) => {
  await pause(REST)
  const costs: number[] = []
  for (let round = 0; round < ROUNDS; round++) costs.push(await eventCost(scene))
  const at = (part: number) => quantile(costs, part)!.toFixed(0)
  const rss = scene.workers.rss()
  console.log(`crowds: ${sockets} sockets of ${WORKERS} processes: ${at(0.5)} µs of CPU an event (${at(0)} to ${at(1)}), ${rss.join(', ')} MB`) // prettier-ignore
}

const run = async (workers: Workers, sql: Client) => {
  const owner = await open(workers, workers.tokens[0]!, 'resources=tasks')
  const crowds = new Crowds(workers)
  const scene = { workers, sql, owner }
  try {
    await eventCost(scene)
    for (const size of SIZES) {
      await crowds.become(size)
      await measure(scene, crowds.size)
    }
  } finally {
    crowds.close()
    owner.close()
  }
}

const main = async () => {
  if (![WORKERS, ...SIZES].every(Number.isInteger)) throw new Error(USAGE)
  const databases = await Databases.open()
  try {
    const databaseUrl = await databases.create(false)
    const workers = await startWorkers(databaseUrl, { workers: WORKERS, users: USERS })
    const sql = new Client({ connectionString: databaseUrl })
    await sql.connect()
    await run(workers, sql).finally(() => Promise.all([sql.end(), workers.stop()]))
  } finally {
    await databases.close()
  }
}

void main()
