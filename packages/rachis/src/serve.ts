import { once } from 'events'
import type { AddressInfo } from 'net'
import type { Application } from './declare/declarations'
import { endOrphan } from './database/embedded/embedded-orphan'
import { DrainingServer } from './http/draining-server'
import { Lifetime } from './lifetime'
import { logger } from './util/logger'
import { listenProblem } from './start-problem'
import { hostInUrl } from './util/address'
import { PREFIX } from './model/prefix'

/** Logins that are printed with the addresses. */
export type Logins = readonly { readonly email: string; readonly password: string; readonly role: string }[]

const banner = (base: string, logins: Logins): string => {
  const lines = [
    `API    ${base}${PREFIX}`,
    `Docs   ${base}/docs`,
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

const makeLifetime = (app: Application) =>
  new Lifetime({
    async stop() {
      const server = drainingServer(app)
      if (server) server.linger = LINGER
      await app.teardown()
    },
    hurry: () => drainingServer(app)?.cut(),
    deadline: app.get('http').shutdown_grace * 1000 + DATABASE_STOPS_WITHIN,
    logger
  })

/** Resolves with the port when the server listens and the database is ready. */
const listen = async (app: Application): Promise<number> => {
  const { host, port } = { host: app.get('host'), port: app.get('port') }
  const started = app.listen(port, host)
  started.catch(() => undefined)
  // A taken port is reported by an event, before the database is ready.
  const refused = once(app.server, 'error').then(([error]) => {
    throw listenProblem(error as Error, host, port)
  })
  await Promise.race([started, refused])

  return (app.server.address() as AddressInfo | null)?.port ?? port
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
  const lifetime = makeLifetime(app)
  lifetime.watch()
  const { url, data_dir } = app.get('database')
  try {
    if (!url) await endOrphan(data_dir, (line) => logger.info(line))
    const port = await listen(app)
    const logins = await loginsOf(app)
    if (!lifetime.isEnding) process.stdout.write(banner(baseUrl(app.get('host'), port), logins))
  } catch (error) {
    // Whoever ends it while it starts takes the database away from under the start.
    if (!lifetime.isEnding) throw error
  }
}
