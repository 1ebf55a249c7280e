import type { ChildProcess } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { chooseAccount, launcherFor, type Account } from './embedded-account'
import { assertSupportedLibc, findBinaries, type Binaries } from './embedded-binaries'
import { ensureCluster } from './embedded-cluster'
import { openEndpoint, type Endpoint } from './embedded-endpoint'
import { linkLibraries } from './embedded-libraries'
import { takeLock } from './embedded-lock'
import { atExit } from './embedded-process'
import { launchServer, shutDown, type ServerPlan } from './embedded-server'

export { DataDirInUse } from './embedded-lock'

/** What Knex and pg take: a folder with a socket as the host, on Windows a port of the loopback address. */
export interface EmbeddedConnection {
  host: string
  port: number
  user: string
  database: string
}

export interface EmbeddedServer {
  readonly connection: EmbeddedConnection
  /** of the postmaster, which its backends are the children of */
  readonly pid: number
  /** ends all sessions and the server, and gives the folder back, also after the server ended by itself */
  stop(): Promise<void>
}

export interface EmbeddedOptions {
  /** of postgresql.conf; how the server is reached cannot be changed by them */
  settings?: Record<string, string | number>
  /** told what the supervisor does; the server's own log is dataDir/postgresql.log */
  log?: (line: string) => void
  /** told when the server ends without having been stopped */
  ended?: () => void
}

const DEFAULTS = {
  max_connections: 200,
  shared_buffers: '64MB',
  // no processes that only read ahead
  io_method: 'sync',
  fsync: 'on',
  timezone: 'UTC',
  log_timezone: 'UTC'
}

/** The real path, so that the server's and ours are the same; others may pass but not look when we are root. */
function makeDataDir(dataDir: string): string {
  const folder = path.resolve(dataDir)
  fs.mkdirSync(path.dirname(folder), { recursive: true })
  const isRoot = process.getuid?.() === 0
  // Not recursive: below /proc Node would try for ever.
  if (!fs.existsSync(folder)) fs.mkdirSync(folder, { mode: isRoot ? 0o711 : 0o700 })
  return fs.realpathSync(folder)
}

function isOff(setting: string | number | undefined): boolean {
  return ['off', 'false', 'no', '0'].includes(String(setting).toLowerCase())
}

function supervise(
  child: ChildProcess,
  plan: ServerPlan,
  endpoint: Endpoint,
  release: () => void,
  ended?: () => void
) {
  let stopping: Promise<void> | undefined
  child.unref()
  child.once('exit', (code, signal) => {
    if (stopping) return
    plan.log(`PostgreSQL ended by itself (${signal ?? code}); see ${plan.logFile}`)
    ended?.()
  })
  const stop = () => (stopping ??= shutDown(child, plan).finally(release))
  const connection = { ...endpoint.address, user: 'postgres', database: 'postgres' }
  return { connection, pid: child.pid as number, stop }
}

/** Where what lies, and as whom it runs. */
interface Place {
  readonly dataDir: string
  readonly pgdata: string
  readonly account: Account | undefined
  readonly binaries: Binaries
}

async function serve(place: Place, endpoint: Endpoint, options: EmbeddedOptions, release: () => void) {
  const { dataDir, pgdata, account, binaries } = place
  const launch = launcherFor(account, binaries, [dataDir, path.dirname(endpoint.folder ?? dataDir)])
  const settings = { ...DEFAULTS, ...options.settings, ...endpoint.settings }
  const sync = !isOff(settings.fsync)
  await ensureCluster({ dataDir, pgdata, initdb: binaries.initdb, account, launch, sync })
  const logFile = path.join(dataDir, 'postgresql.log')
  const plan = { pgdata, logFile, binaries, launch, settings, log: options.log ?? (() => undefined) }
  return supervise(await launchServer(plan), plan, endpoint, release, options.ended)
}

/**
 * Starts a PostgreSQL of our own, kept in a folder, which is made at the first start. It listens on a private
 * socket only, stops with this process, and is stopped by the next start if this process is killed.
 *
 * ```ts
 * const server = await startEmbedded('data', { log: line => console.log(line) })
 * server.connection // { host: '/srv/app/data/socket', port: 1, user: 'postgres', database: 'postgres' }
 * const db = knex({ client: 'pg', connection: server.connection })
 * await db.destroy()
 * await server.stop()
 * ```
 *
 * Rejects with {@link DataDirInUse} when a process, this one included, already has a server on the folder.
 */
export async function startEmbedded(dataDir: string, options: EmbeddedOptions = {}): Promise<EmbeddedServer> {
  assertSupportedLibc()
  const binaries = findBinaries()
  linkLibraries(binaries.folder)
  const folder = makeDataDir(dataDir)
  const pgdata = path.join(folder, 'postgresql')
  const account = chooseAccount(pgdata)
  const held = [atExit(takeLock(folder))]
  const release = () => held.forEach((giveBack) => giveBack())
  try {
    const endpoint = await openEndpoint(path.join(folder, 'socket'), account)
    held.unshift(atExit(endpoint.remove))
    return await serve({ dataDir: folder, pgdata, account, binaries }, endpoint, options, release)
  } catch (error) {
    release()
    throw error
  }
}
