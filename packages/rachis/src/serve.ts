import { once } from 'events'
import type { Server } from 'http'
import type { AddressInfo } from 'net'
import type { Application } from './declare/declarations'
import { endOrphan } from './database/embedded/embedded-orphan'
import { isWatched, sayReady, untilLetGo } from './dev-gate'
import { DrainingServer } from './http/draining-server'
import { Lifetime } from './lifetime'
import { isDevelopment } from './errors/errors'
import { logger } from './util/logger'
import { listenProblem } from './start-problem'
import type * as PrimaryModule from './primary'
import type { Primary, Serving } from './primary'
import { hostInUrl } from './util/address'
import { PREFIX } from './model/prefix'
import { isWorker, tellPrimary } from './worker'
import type { Logins } from './worker-messages'

export type { Logins }

/** `/admin` → `Admin  http://localhost:3030/admin` */
const pageLine = (base: string, path: string) =>
  `${`${path.charAt(1).toUpperCase()}${path.slice(2)}`.padEnd(6)} ${base}${path}`

const banner = (base: string, pages: readonly string[], logins: Logins): string => {
  const lines = [
    `API    ${base}${PREFIX}`,
    `Docs   ${base}/docs`,
    ...pages.map((path) => pageLine(base, path)),
    ...(logins.length > 0 ? ['', 'Demonstration logins:'] : []),
    ...logins.map(({ email, password, role }) => `  ${role.padEnd(8)} ${email} / ${password}`)
  ]

  return `\nRachis is ready\n\n${lines.map((line) => `  ${line}`).join('\n')}\n`
}

/** An address that means all of the machine's is none that a browser could open. */
const EVERYWHERE = ['0.0.0.0', '::', '']
const baseUrl = (host: string, port: number) =>
  `http://${EVERYWHERE.includes(host) ? 'localhost' : hostInUrl(host)}:${port}`

/** Milliseconds that idle connections are kept while stopping: a client may have sent a request on one already. */
const LINGER = 500
/** Milliseconds for the database to stop after the last request. */
const DATABASE_STOPS_WITHIN = 10_000

const drainingServer = (app: Application) => (app.server instanceof DrainingServer ? app.server : undefined)

const makeLifetime = (app: Application) => {
  const { shutdown_delay, shutdown_grace } = app.get('http')

  return new Lifetime({
    async stop() {
      const server = drainingServer(app)
      if (server && !isWatched()) server.linger = LINGER
      await app.teardown()
    },
    hurry() {
      app.get('hurry')()
      drainingServer(app)?.cut()
    },
    deadline: (shutdown_delay + shutdown_grace) * 1000 + DATABASE_STOPS_WITHIN,
    logger
  })
}

/** Each of the processes has its own deadline, and this one a little more. */
const lifetimeOfAll = (app: Application, primary: Primary) => {
  const { shutdown_delay, shutdown_grace } = app.get('http')

  return new Lifetime({
    stop: () => primary.stop(),
    hurry: () => primary.tellAll(),
    deadline: (shutdown_delay + shutdown_grace) * 1000 + 2 * DATABASE_STOPS_WITHIN,
    logger
  })
}

/** One that starts beside others listens behind its start. */
const opened = async (server: Server) => {
  if (!server.listening) await once(server, 'listening')
}

/** Resolves with the port when the server listens and the database is ready. */
const listen = async (app: Application): Promise<number> => {
  const { host, port } = { host: app.get('host'), port: app.get('port') }
  const started = app.listen(port, host)
  started.catch(() => undefined)
  // A taken port is reported by an event, before the database is ready.
  const refused = once(app.server, 'error').then(([error]) => {
    throw listenProblem(error as Error, host, port)
  })
  await Promise.race([started.then(() => opened(app.server)), refused])

  return (app.server.address() as AddressInfo | null)?.port ?? port
}

/** Where several processes are to serve, the one that starts them. */
const primaryOf = (app: Application): Primary | undefined => {
  if (app.get('workers') === 1 || isWorker() || isWatched()) return undefined
  const { Primary: Starting } = require('./primary') as typeof PrimaryModule

  return new Starting(app)
}

const serveHere = async (
  app: Application,
  loginsOf: (app: Application) => Promise<Logins>
): Promise<Serving> => {
  const port = await listen(app)

  const logins = await loginsOf(app)
  if (isDevelopment()) app.set('logins', logins)

  return { port, logins }
}

/** Of several processes, the one that has started them prints the addresses. */
const announce = (app: Application, { port, logins }: Serving) => {
  if (isWorker()) return tellPrimary({ rachis: 'serving', port, logins })
  process.stdout.write(banner(baseUrl(app.get('host'), port), app.get('pages'), logins))
  sayReady()
}

/**
 * Serves until a signal ends the process, and prints the addresses when it is ready.
 *
 * @example await serve(createApp({ resources: [notes], modules: [accounts] })) // prints "Rachis is ready" and the addresses
 * @throws Error where it cannot start: the port is taken, the database cannot be reached, …
 */
export const serve = async (
  app: Application,
  loginsOf: (app: Application) => Promise<Logins> = async () => []
): Promise<void> => {
  await untilLetGo(app)
  const primary = primaryOf(app)
  const lifetime = primary ? lifetimeOfAll(app, primary) : makeLifetime(app)
  lifetime.watch()
  const { url, data_dir } = app.get('database')
  try {
    if (!url) await endOrphan(data_dir, (line) => logger.info(line))
    const serving = await (primary ? primary.start() : serveHere(app, loginsOf))
    if (!lifetime.isEnding) announce(app, serving)
  } catch (error) {
    // Whoever ends it while it starts takes the database away from under the start.
    if (!lifetime.isEnding) throw error
  }
}
