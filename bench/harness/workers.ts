import { once } from 'events'
import { spawn } from 'child_process'
import type { ChildProcess } from 'child_process'
import { readdirSync, readFileSync } from 'fs'
import path from 'path'
import { contenderOf } from './contender'
import { environment, startServer } from './server'

/** What the processes of one start use together. */
export interface Workers {
  readonly url: string
  readonly tokens: readonly string[]
  /** CPU since they started, in µs, of all of their threads. */
  cpu(): number
  /** Memory that each of them has now, in MB. */
  rss(): number[]
  stop(): Promise<void>
}

const PAGE = 4096
const ROOT = path.join(__dirname, '../..')

const childrenOf = (pid: number): number[] =>
  readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
  )

/** Not the compiler that tsx has started. */
const isServer = (pid: number): boolean => readFileSync(`/proc/${pid}/comm`, 'utf8').trim() !== 'esbuild'

/** ns that a thread has run, which are counted exactly; /proc/<pid>/stat counts hundredths of seconds. */
const ranFor = (pid: number, task: string): number =>
  Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0])

const cpuOf = (pid: number): number =>
  readdirSync(`/proc/${pid}/task`).reduce((sum, task) => sum + ranFor(pid, task) / 1000, 0)

const rssOf = (pid: number): number =>
  Math.round((Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE) / 1_048_576)

/** Resolves with the address that it prints once all of its processes serve. */
const ready = async (child: ChildProcess): Promise<string> => {
  let text = ''
  for await (const part of child.stdout!) {
    text += String(part)
    const [, url] = /API +(\S+)/.exec(text) ?? []
    if (url) return url
  }
  throw new Error(`The server ended: ${text}`)
}

/** The processes need the secret of the one that makes the tokens. */
const tokensOf = async (databaseUrl: string, count: number, env: NodeJS.ProcessEnv) => {
  const server = await startServer(contenderOf('rachis'), databaseUrl, env)
  const tokens = await server.tokens(Array.from({ length: count }, (_, index) => 1 + index))
  await server.stop()

  return tokens
}

/** Starts as many processes as `WEB_CONCURRENCY` would, on one port, with tokens of the first users. */
export const startWorkers = async (
  databaseUrl: string,
  { workers, users }: { readonly workers: number; readonly users: number }
): Promise<Workers> => {
  const env = environment(databaseUrl, '')
  const tokens = await tokensOf(databaseUrl, users, env)
  const own = { ...env, WEB_CONCURRENCY: String(workers), PORT: '0', JOBS_ENABLED: 'false' }
  const child = spawn(process.execPath, ['-C', 'source', '--import=tsx', path.join(__dirname, 'worker.ts')], {
    env: own,
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const url = await ready(child)
  const all = () => [child.pid!, ...childrenOf(child.pid!)].filter(isServer)

  return {
    url,
    tokens,
    cpu: () => all().reduce((sum, pid) => sum + cpuOf(pid), 0),
    rss: () => all().map(rssOf),
    async stop() {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
  }
}
