import { spawn, spawnSync } from 'child_process'
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'fs'
import { connect, createServer } from 'net'
import type { AddressInfo, Server, Socket } from 'net'
import { tmpdir } from 'os'
import path from 'path'
import { setTimeout } from 'timers/promises'
import { onServer } from './database'

const PROGRAM = ['pgbouncer', '/usr/sbin/pgbouncer'].find(
  (name) => spawnSync(name, ['--version']).status === 0
)
/** PgBouncer does not run as root. */
const NOBODY = 65534

/** Why tests with a pooler are skipped; undefined where it is installed. */
export const noPgBouncer = PROGRAM ? undefined : 'pgbouncer is not installed'

const listening = (onSocket: (socket: Socket) => void) =>
  new Promise<Server>((resolve) => {
    const server = createServer(onSocket).listen(0, '127.0.0.1', () => resolve(server))
  })
const portOf = (server: Server) => (server.address() as AddressInfo).port

const freePort = async (): Promise<number> => {
  const server = await listening(() => undefined)
  const port = portOf(server)
  await new Promise((resolve) => server.close(resolve))

  return port
}

/** The embedded server has no port, and a folder that only its own user may enter. */
const forward = (host: string, port: number) => {
  const target = host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port }

  return listening((socket) => {
    const server = connect(target)
    for (const [from, to] of [[socket, server], [server, socket]] as const)
      from.on('error', () => to.destroy()).on('close', () => to.destroy()).pipe(to)
  }) // prettier-ignore
}

/** A PgBouncer in front of one database; `url` leads through it. */
export const startPgBouncer = async (database: string, settings = '') => {
  const folder = mkdtempSync(path.join(tmpdir(), 'rachis-pgbouncer-'))
  const { searchParams, hostname, port, pathname, username, password } = new URL(database)
  const proxy = await forward(
    searchParams.get('host') ?? hostname,
    Number(searchParams.get('port') ?? (port || 5432))
  )
  const server = `host=127.0.0.1 port=${portOf(proxy)}`
  const login = `user=${username}${password ? ` password=${password}` : ''}`
  const listen = await freePort()
  const file = path.join(folder, 'pgbouncer.ini')
  writeFileSync(
    file,
    `[databases]\n* = ${server} ${login}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = ${listen}\nunix_socket_dir =\nauth_type = any\npool_mode = transaction\ndefault_pool_size = 3\n${settings}\n`
  )
  const isRoot = process.getuid?.() === 0
  if (isRoot) for (const name of [folder, file]) chownSync(name, NOBODY, NOBODY)
  const child = spawn(PROGRAM!, [file], {
    stdio: process.env.DEBUG_PGB ? 'inherit' : 'ignore',
    ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {})
  })
  const url = `postgresql://${username}@127.0.0.1:${listen}${pathname}`
  const answers = () => onServer((client) => client.query('select 1'), { connectionString: url }).then(() => true, () => false) // prettier-ignore
  for (let tries = 0; !(await answers()); tries++) {
    if (tries > 100) throw new Error('pgbouncer does not answer')
    await setTimeout(50)
  }

  return {
    url,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill()
      await ended
      proxy.close()
      rmSync(folder, { recursive: true, force: true })
    }
  }
}
