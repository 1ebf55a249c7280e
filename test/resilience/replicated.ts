import { execFileSync, spawnSync } from 'child_process'
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'fs'
import { createServer } from 'net'
import type { AddressInfo } from 'net'
import { tmpdir } from 'os'
import path from 'path'
import { Client } from 'pg'

const HOME = '/usr/lib/postgresql'
const FOLDERS = existsSync(HOME)
  ? readdirSync(HOME)
      .sort((a, b) => Number(b) - Number(a))
      .map((version) => path.join(HOME, version, 'bin'))
  : []
const BIN = [...FOLDERS, ...(process.env.PATH ?? '').split(path.delimiter)].find((folder) =>
  ['initdb', 'pg_ctl', 'pg_basebackup'].every((program) => existsSync(path.join(folder, program)))
)

/** Why tests with a replica are skipped; undefined where there are PostgreSQL's own programs. */
export const noReplication = BIN
  ? undefined
  : 'initdb, pg_ctl and pg_basebackup of a PostgreSQL server are not installed'

/** PostgreSQL does not run as root. */
const NOBODY = 65534
const isRoot = process.getuid?.() === 0
const account = isRoot ? { uid: NOBODY, gid: NOBODY } : {}

const program = (name: string, args: readonly string[]) =>
  void execFileSync(path.join(BIN!, name), args, { ...account, stdio: ['ignore', 'ignore', 'pipe'] })

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })

const SETTINGS =
  'listen_addresses=127.0.0.1 unix_socket_directories= fsync=off max_connections=60 shared_buffers=32MB wal_keep_size=256MB hot_standby=on autovacuum=off'

/** A server with a port and a folder of its own. */
class OneServer {
  constructor(
    readonly folder: string,
    readonly port: number,
    private readonly delay: number
  ) {}

  get host() {
    return `127.0.0.1:${this.port}`
  }
  get url() {
    return `postgresql://postgres@${this.host}/postgres`
  }

  start() {
    const settings = `${SETTINGS} max_standby_streaming_delay=${this.delay} port=${this.port}`.split(' ').map((one) => `-c ${one}`)
    program('pg_ctl', ['-D', this.folder, '-w', '-l', `${this.folder}.log`, '-o', settings.join(' '), 'start'])
  }

  /** As where a machine goes down: nothing is finished. */
  kill() {
    program('pg_ctl', ['-D', this.folder, '-w', '-m', 'immediate', 'stop'])
  }

  promote() {
    program('pg_ctl', ['-D', this.folder, '-w', 'promote'])
  }

  async sql<R = Record<string, unknown>>(text: string): Promise<R[]> {
    const client = new Client({ connectionString: this.url })
    await client.connect()
    try {
      return (await client.query<R & Record<string, unknown>>(text)).rows
    } finally {
      await client.end()
    }
  }
} // prettier-ignore

/** A primary of a test's own, and a server that follows it. */
export class Replicated {
  private constructor(
    private readonly folder: string,
    readonly primary: OneServer,
    readonly replica: OneServer
  ) {}

  /** @param delay milliseconds that the replica gives statements that stand in the way of what it replays; -1 for any */
  static async start({ delay = -1 } = {}): Promise<Replicated> {
    const folder = mkdtempSync(path.join(tmpdir(), 'rachis-replica-'))
    chmodSync(folder, 0o755)
    if (isRoot) chownSync(folder, NOBODY, NOBODY)
    const primary = new OneServer(path.join(folder, 'primary'), await freePort(), delay)
    program('initdb', ['-D', primary.folder, '-U', 'postgres', '--auth=trust', '-E', 'UTF8', '--no-sync'])
    primary.start()
    const copy = path.join(folder, 'replica')
    program('pg_basebackup', ['-D', copy, '-d', primary.url, '-R', '-c', 'fast', '--no-sync'])
    // A port that was free before the copy was made may be somebody else's by now.
    const replica = new OneServer(copy, await freePort(), delay)
    replica.start()

    return new Replicated(folder, primary, replica)
  }

  /** A connection string of both, of which the one that takes writes is used. */
  get url(): string {
    return `postgresql://postgres@${this.primary.host},${this.replica.host}/postgres?target_session_attrs=read-write`
  }

  /** The replica stands still from now on, as where its disk is busy: it goes on to answer. */
  async holdUp() {
    await this.replica.sql('select pg_wal_replay_pause()')
    while ((await this.replica.sql<{ state: string }>('select pg_get_wal_replay_pause_state() as state'))[0]!.state !== 'paused'); // prettier-ignore
  }

  async goOn() {
    await this.replica.sql('select pg_wal_replay_resume()')
  }

  remove() {
    for (const { folder } of [this.replica, this.primary])
      if (existsSync(folder)) spawnSync(path.join(BIN!, 'pg_ctl'), ['-D', folder, '-w', '-m', 'immediate', 'stop'], account) // prettier-ignore
    rmSync(this.folder, { recursive: true, force: true })
  }
}
