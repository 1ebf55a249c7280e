import { once } from 'events'
import { spawn } from 'child_process'
import type { ChildProcess } from 'child_process'
import path from 'path'
import { setTimeout as pause } from 'timers/promises'
import { Client } from 'pg'
import { Databases } from './harness/databases'

/** Seconds of each measurement, after so many in which what a start does has ended. */
const [SECONDS, WARM_UP] = [Number(process.env.BENCH_SECONDS ?? 10), 12]
const COUNTS = (process.env.BENCH_PROCESSES ?? '1,2,4,8').split(',').map(Number)
const INSERT = `insert into tasks (title, user_id) values ('Bench', 3)`

interface Mode {
  readonly name: string
  /** How many processes each of so many starts makes. */
  readonly sizes: (count: number) => number[]
  readonly env?: NodeJS.ProcessEnv
}
const each = (count: number) => Array.from({ length: count }, () => 1)
const FEED_URL = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379'

/** How so many processes come about, on one machine or as if on several. */
const MODES: readonly Mode[] = [
  { name: 'each reads', sizes: each },
  { name: 'one reads for its machine', sizes: (count) => [count] },
  { name: 'one reads for all machines', sizes: each, env: { FEED_URL } }
]

const start = async (
  databaseUrl: string,
  workers: number,
  own: NodeJS.ProcessEnv = {}
): Promise<ChildProcess> => {
  const env = {
    ...process.env,
    FEED_URL: '',
    ...own,
    NODE_ENV: 'test',
    DATABASE_URL: databaseUrl,
    WEB_CONCURRENCY: String(workers),
    PORT: '0',
    HOST: '127.0.0.1',
    LOG_LEVEL: 'silent',
    SEED_DEMO: 'false',
    JOBS_ENABLED: 'false'
  }
  const file = path.join(__dirname, '../src/index.ts')
  const child = spawn(process.execPath, ['-C', 'source', '--import=tsx', file], {
    env,
    stdio: ['ignore', 'pipe', 'inherit']
  })
  for await (const text of child.stdout) if (String(text).includes('Rachis is ready')) break

  return child
}

/** Transactions of a second, as PostgreSQL counts them, without those of this client. */
const transactions = async (sql: Client, work: () => Promise<number>): Promise<number> => {
  const count = async () => {
    await sql.query('select pg_stat_clear_snapshot()')
    const { rows } = await sql.query<{ count: number }>(
      `select xact_commit::int as count from pg_stat_database where datname = current_database()`
    )
    return rows[0]!.count
  }
  const before = await count()
  const own = await work()
  const after = await count()

  return (after - before - own) / SECONDS
}

const idle = async (): Promise<number> => {
  await pause(SECONDS * 1000)
  return 2
}

/** A write every twenty milliseconds, as a process on another machine makes and tells it. */
const writing = async (sql: Client): Promise<number> => {
  const end = Date.now() + SECONDS * 1000
  let writes = 0
  for (; Date.now() < end; writes++) {
    await sql.query(INSERT)
    await sql.query('notify rachis_changes')
    await pause(20)
  }

  return 2 * writes + 2
}

const main = async () => {
  const databases = await Databases.open()
  try {
    for (const count of COUNTS)
      for (const { name, sizes, env } of MODES) {
        const url = await databases.create(false)
        const children: ChildProcess[] = []
        for (const workers of sizes(count)) children.push(await start(url, workers, env))
        const sql = new Client({ connectionString: url })
        await sql.connect()
        await pause(WARM_UP * 1000)
        const rest = await transactions(sql, idle)
        const busy = await transactions(sql, () => writing(sql))
        console.log(
          `${count} processes, ${name}: ${rest.toFixed(0)} statements a second at rest, ${busy.toFixed(0)} while somebody writes`
        )
        await sql.end()
        for (const child of children) child.kill('SIGTERM')
        await Promise.all(
          children.map((child) => (child.exitCode === null ? once(child, 'exit') : undefined))
        )
      }
  } finally {
    await databases.close()
  }
}

void main()
