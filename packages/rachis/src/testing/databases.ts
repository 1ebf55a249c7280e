import { createHash } from 'crypto'
import { readdirSync, readFileSync } from 'fs'
import path from 'path'
import knexFactory from 'knex'
import { Client } from 'pg'
import type { ClientConfig } from 'pg'
import { DataDirInUse, startEmbedded } from '../database/embedded/embedded'
import type { EmbeddedServer } from '../database/embedded/embedded'
import { migrate } from '../database/migrate'

/** Where a process that prepares a test run tells those that run the files what it has started. */
const SERVER = 'RACHIS_TEST_SERVER'
const RUN = 'RACHIS_TEST_RUN'
const PREFIX = 'rachis_test'
/** Of the folders for embedded servers: as many processes may run tests of one project side by side without a common server. */
const FOLDERS = 32

/** Work on a connection of its own to a database. */
export const onServer = async <T>(
  database: string | ClientConfig,
  work: (client: Client) => Promise<T>
): Promise<T> => {
  const client = new Client(typeof database === 'string' ? { connectionString: database } : database)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

export const databaseNamed = (server: string, name: string): string =>
  Object.assign(new URL(server), { pathname: `/${name}` }).toString()
const nameOf = (url: string) => new URL(url).pathname.slice(1)
const short = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 8)
const drop = (client: Client, name: string) => client.query(`drop database if exists "${name}" with (force)`)

const namesLike = async (client: Client, pattern: string): Promise<string[]> => {
  const { rows } = await client.query<{ datname: string }>('select datname from pg_database where datname ~ $1', [pattern]) // prettier-ignore
  return rows.map(({ datname }) => datname)
}

const urlOf = ({ connection: { host, port, user } }: EmbeddedServer): string =>
  `postgresql://${user}@localhost/postgres?${new URLSearchParams({ host, port: String(port) }).toString()}`

/** Nothing that tests write has to outlive them, and nobody follows this server. */
const settings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: 0,
  autovacuum: 'off',
  min_wal_size: '32MB',
  max_wal_size: '64MB'
}
/**
 * On a server of our own a copy is made file by file, which in memory takes a third of the time that it takes block by block through the log. It
 * writes everything down before and after, which takes long on a server that waits for its disk; and PostgreSQL 14 has no choice.
 */
const strategy = () => (process.env.DATABASE_URL ? '' : ' strategy file_copy')

/** A server in the first folder that no other process uses. */
const startIn = async (folder: string, index = 1): Promise<EmbeddedServer> => {
  try {
    return await startEmbedded(index === 1 ? folder : `${folder}-${index}`, { settings })
  } catch (error) {
    if (!(error instanceof DataDirInUse) || index === FOLDERS) throw error
    return startIn(folder, index + 1)
  }
}

const start = async (folder: string) => {
  const server = await startIn(folder)
  const url = urlOf(server)
  // A process that was killed has left its databases behind; nobody else uses this server.
  await onServer(url, async (client) => {
    for (const name of await namesLike(client, `^${PREFIX}_.*_r\\d+_`)) await drop(client, name)
  })

  return { url, stop: () => server.stop() }
}

let started: ReturnType<typeof start> | undefined

/** The address of a database `postgres` on the server for tests: that of DATABASE_URL, or an embedded one that ends with this process. */
export const testServer = async (folder: string): Promise<string> => {
  const { [SERVER]: shared, DATABASE_URL: own } = process.env
  if (shared) return shared
  if (own) return databaseNamed(own, 'postgres')
  started ??= start(folder)

  return (await started).url
}

const run = (): string => (process.env[RUN] ??= String(process.pid))
let count = 0

const copy = async (server: string, template: string): Promise<string> => {
  const name = `${PREFIX}_${short(template)}_r${run()}_${process.pid}_${++count}`
  await onServer(server, (client) =>
    client.query(`create database "${name}" template "${template}"${strategy()}`)
  )

  return databaseNamed(server, name)
}

/** Copies that were made ahead of need, by server and template: PostgreSQL takes longer for one than the rest of a start. */
const spares = new Map<string, Promise<string | undefined>>()
/** Whether somebody removes what is left over: `globalSetup` at the end of a run, or the next start of a server of our own. */
const isCleaned = () => process.env[SERVER] !== undefined || started !== undefined

/** A copy of a database that nobody is connected to. The next one is made meanwhile. */
export const cloneDatabase = async (server: string, template: string): Promise<string> => {
  const key = `${server} ${template}`
  const spare = spares.get(key)
  spares.delete(key)
  const url = (await spare) ?? (await copy(server, template))
  // One that cannot be made is made when it is needed, whose failure is told then.
  if (isCleaned() && !spares.has(key)) spares.set(key, copy(server, template).catch(() => undefined)) // prettier-ignore

  return url
}

/** Parameters of an address that say where the server is. Others are settings of a session, such as a time limit that a test tries. */
const PLACE = /^(host|port|user|password|ssl.*)$/

const placeOf = (url: string): string => {
  const place = new URL(url)
  for (const name of [...place.searchParams.keys()]) if (!PLACE.test(name)) place.searchParams.delete(name)

  return place.toString()
}

/** Ends the sessions of a database and removes it. */
export const dropDatabase = (url: string): Promise<void> =>
  onServer(databaseNamed(placeOf(url), 'postgres'), async (client) => void (await drop(client, nameOf(url))))

const textsIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((file) => /\.[cm]?[jt]s$/.test(file) && !file.endsWith('.d.ts'))
    .sort()
    .map((file) => `${file}\n${readFileSync(path.join(folder, file), 'utf8')}`)

/** Makes what no migration makes, in the database of this address. */
export type Install = (url: string) => Promise<void>

const build = async (
  client: Client,
  server: string,
  name: string,
  folders: readonly string[],
  install?: Install
) => {
  // Under another name until it is whole: somebody may end the run meanwhile.
  const draft = `${name}_draft`
  await drop(client, draft)
  await client.query(`create database "${draft}"`)
  const knex = knexFactory({ client: 'pg', connection: databaseNamed(server, draft) })
  await migrate(knex, folders).finally(() => knex.destroy())
  await install?.(databaseNamed(server, draft))
  await client.query(`alter database "${draft}" rename to "${name}"`)
}

/**
 * The name of a database with every table of these migrations, made where there is none yet. Its name has a mark of their texts, so that it is
 * made again when one of them changes; the one before is removed.
 *
 * @param root the project's folder: each checkout has a template of its own, and so has each of its applications with other folders of
 *   migrations, which would remove each other's while tests copy them
 */
export const templateOf = (
  server: string,
  root: string,
  folders: readonly string[],
  install?: Install
): Promise<string> => {
  const ofApplication = `${PREFIX}_${short([path.resolve(root), ...folders].join('\n'))}`
  const texts = [...folders.flatMap(textsIn), ...(install ? ['installed'] : [])]
  const name = `${ofApplication}_${short(texts.join('\n'))}`

  return onServer(server, async (client) => {
    // It ends with the connection; other processes of the run wait for it.
    await client.query('select pg_advisory_lock(hashtext($1))', [ofApplication])
    const known = await namesLike(client, `^${ofApplication}_[0-9a-f]{8}$`)
    if (known.includes(name)) return name
    // One that another run is copying at this moment stays.
    for (const old of known) await client.query(`drop database "${old}"`).catch(() => undefined)
    await build(client, server, name, folders, install)

    return name
  })
}

/**
 * Prepares a run of tests in several processes: starts the one server that all of them use, and answers what ends it and removes the
 * databases that they made. Mocha takes it as `mochaGlobalSetup`, Vitest as the default export of a file of `globalSetup`. A runner without
 * such a place needs none of it: then each process has a server of its own.
 *
 * @param folder of the embedded server, used where DATABASE_URL is not set; `.data/test` in the working directory by default
 * @example
 * // vitest: globalSetup: ['test/setup.ts']
 * export default () => globalSetup()
 */
export const globalSetup = async (folder = path.resolve('.data/test')): Promise<() => Promise<void>> => {
  const server = (process.env[SERVER] = await testServer(folder))
  process.env[RUN] = String(process.pid)

  return async () => {
    await onServer(server, async (client) => {
      for (const name of await namesLike(client, `^${PREFIX}_.*_r${run()}_`)) await drop(client, name)
    })
    await (await started)?.stop()
  }
}
