import { Session } from 'inspector/promises'
import path from 'path'
import { setFlagsFromString } from 'v8'
import { runInNewContext } from 'vm'
import { Client } from 'pg'
import type { Contender, Start } from './contender'
import { serve } from './messages'

/** What the server has used since it started. */
export interface Usage {
  /** CPU of the whole process, garbage collection and all, in µs. */
  readonly cpu: number
  readonly statements: number
  /** The most memory that it has had at once, in MB. */
  readonly memory: number
  /** The memory that it has now, in MB. */
  readonly rss: number
}

let statements = 0
const prototype = Client.prototype as unknown as { query(...args: unknown[]): unknown }
const { query } = prototype
prototype.query = function (...args) {
  statements++
  return query.apply(this, args)
}

const usage = (): Usage => {
  const { user, system } = process.cpuUsage()
  const memory = Math.round(process.resourceUsage().maxRSS / 1024)

  const rss = Math.round(process.memoryUsage.rss() / 1_048_576)

  return { cpu: user + system, statements, memory, rss }
}

/** Bytes that are in use, in MB, without what the garbage collection has not got to yet. */
const live = () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  const { heapUsed, external } = process.memoryUsage()

  return Math.round((heapUsed + external) / 1_048_576)
}

const inspector = new Session()

const startProfile = async () => {
  inspector.connect()
  await inspector.post('Profiler.enable')
  await inspector.post('Profiler.setSamplingInterval', { interval: 200 })
  await inspector.post('Profiler.start')
}

const stopProfile = async () => {
  const { profile } = await inspector.post('Profiler.stop')
  inspector.disconnect()

  return profile
}

let contender: Contender

/**
 * Has `require` load TypeScript as `npm start` does. tsx would measure something else: so that functions keep their names it wraps each inner one
 * whenever it is made, which costs 0.35 µs a function, at every request.
 */
const COMPILED = path.join(__dirname, '../../scripts/compiled.cjs')

interface StartOptions {
  readonly file: string
  readonly variant: string
  readonly databaseUrl: string
}
const start = async ({ file, variant, databaseUrl }: StartOptions) => {
  if (!process.env.BENCH_TSX) require(COMPILED)
  const { start } = require(path.join(__dirname, '../servers', `${file}.ts`)) as { start: Start }
  contender = await start(databaseUrl, variant)

  return contender.url
}

serve({
  start,
  usage,
  live,
  startProfile,
  stopProfile,
  tokens: (ids: number[]) => contender.tokens(ids),
  stop: () => contender.stop()
})
