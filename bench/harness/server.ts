import { fork } from 'child_process'
import { randomBytes } from 'crypto'
import path from 'path'
import type { Profiler } from 'inspector'
import type { ContenderName } from './contender'
import { Remote } from './messages'
import type { Usage } from './server-child'

/** A contender in a process of its own, so that its CPU is its own. */
export interface Server {
  readonly name: string
  readonly url: string
  tokens(ids: readonly number[]): Promise<string[]>
  usage(): Promise<Usage>
  /** Memory in use, in MB, once the garbage is collected. */
  live(): Promise<number>
  profiled(work: () => Promise<unknown>): Promise<Profiler.Profile>
  stop(): Promise<void>
}

/** Of a process that serves a database in a benchmark. */
export const environment = (databaseUrl: string, variant: string): NodeJS.ProcessEnv => ({
  ...process.env,
  NODE_ENV: 'production',
  DATABASE_URL: databaseUrl,
  SECRET_KEY: randomBytes(32).toString('hex'),
  LOG_LEVEL: 'silent',
  // The others write no line for each request.
  ACCESS_LOG: 'off',
  HOST: '127.0.0.1',
  SEED_DEMO: 'false',
  // Two of them are not for calls of clients, and of the others an address and a table may have half: ten, as many as the others have.
  DATABASE_POOL_MAX: '22',
  DATABASE_PIPELINE: String(variant !== 'unpipelined'),
  // What is not limited is not counted either; so many that nobody is refused are counted.
  RATE_LIMIT_REQUESTS: variant === 'limited' ? '1000000000' : '0',
  // A flood of log-ins is to be hashed, as plain Feathers does and at its cost, not refused.
  NODE_CONFIG: JSON.stringify({
    auth: {
      bcrypt_cost: 10,
      passwords: { queue: 1000 },
      limits: { login_address: 100_000, login_email: 1000 }
    },
    database: { caller_share: 0.5 },
    // The crowd of a benchmark comes from one address.
    sockets: { per_address: 100_000, unsigned: 100_000 }
  })
})

export const startServer = async (
  { name, file, variant }: ContenderName,
  databaseUrl: string,
  env = environment(databaseUrl, variant)
): Promise<Server> => {
  const child = fork(path.join(__dirname, 'server-child.ts'), {
    execArgv: ['-C', 'source', '--import=tsx'],
    env
  })
  const remote = new Remote(child)
  const url = await remote.call<string>('start', { file, variant, databaseUrl })

  return {
    name,
    url,
    tokens: (ids) => remote.call('tokens', ids),
    usage: () => remote.call('usage'),
    live: () => remote.call('live'),
    async profiled(work) {
      await remote.call('startProfile')
      await work()
      return remote.call('stopProfile')
    },
    async stop() {
      await remote.call('stop').catch(() => undefined)
      child.kill()
    }
  }
}
