import { execFile, spawn } from 'child_process'
import { once } from 'events'
import { createInterface } from 'readline'
import { promisify } from 'util'
import { Client } from 'pg'
import type { Settings } from '../../declare/declarations'
import type { Connection } from '../../database/connection'
import { passwordOf } from '../../database/password'
import type { BackupDatabase } from '../../util/module-backup'

/** How PostgreSQL's own programs reach the database: not by their arguments, which every process of the machine can read. */
export interface Reach {
  /** Without a password. */
  readonly url: string
  readonly env: NodeJS.ProcessEnv
}

/** Past a pooler, which these programs cannot work through. */
export const reachOf = async (settings: Settings['database'], connection: Connection): Promise<Reach> => {
  const url = new URL(await connection.directUrl())
  const password = (await passwordOf(settings)?.()) ?? decodeURIComponent(url.password)
  url.password = ''

  return { url: url.toString(), env: { ...process.env, ...(password ? { PGPASSWORD: password } : {}) } }
}

/** The same server, and another database on it. */
export const reachDatabase = ({ url, env }: Reach, database: string): Reach => {
  const other = new URL(url)
  other.pathname = `/${database}`

  return { url: other.toString(), env }
}

/** Runs with a connection to it. */
export const withDatabase = async <T>(
  { url, env }: Reach,
  work: (client: Client) => Promise<T>
): Promise<T> => {
  const client = new Client({ connectionString: url })
  if (env.PGPASSWORD) client.password = env.PGPASSWORD
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

export const databaseOf = (client: Client): BackupDatabase => ({
  rows: async <T>(sql: string, values: readonly unknown[] = []) =>
    (await client.query(sql, [...values])).rows as T[]
})

const MISSING = (program: string) =>
  new Error(
    `${program} is not installed: it comes with PostgreSQL's client programs, such as the package postgresql-client`
  )

const failureOf = (program: string, code: number | null, said: readonly string[]) =>
  new Error(`${program} ended with ${code ?? 'a signal'}:\n${said.slice(-10).join('\n')}`)

/**
 * Runs one of PostgreSQL's programs, and hands on what it says line by line.
 *
 * @throws Error with the last lines that it said, where it fails; or with what to install, where there is none
 */
export const runProgram = async (
  program: string,
  args: readonly string[],
  { env }: Pick<Reach, 'env'>,
  onLine: (line: string) => void = () => undefined
): Promise<void> => {
  const child = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'] })
  const failed = once(child, 'error').then(([error]) => {
    throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? MISSING(program) : (error as Error)
  })
  failed.catch(() => undefined)
  const said: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => {
    onLine(line)
    if (said.push(line) > 50) said.shift()
  })
  const [code] = (await Promise.race([once(child, 'close'), failed])) as [number | null]
  if (code !== 0) throw failureOf(program, code, said)
}

/** What a program prints. */
export const outputOf = async (program: string, args: readonly string[]): Promise<string> => {
  try {
    return (await promisify(execFile)(program, [...args], { maxBuffer: 64 * 2 ** 20 })).stdout
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? MISSING(program) : error
  }
}

/** @throws Error where the program is older than the server: it would not know all that there is to be saved */
export const assertNewEnough = async (program: string, server: number): Promise<void> => {
  const version = Number(/(\d+)/.exec(await outputOf(program, ['--version']))?.[1])
  if (version < server)
    throw new Error(`${program} is of PostgreSQL ${version} and the server of ${server}: install the client programs of ${server} or later`)
} // prettier-ignore
