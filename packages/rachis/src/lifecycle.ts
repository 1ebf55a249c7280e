import { setTimeout as pause } from 'timers/promises'
import type { Server } from 'socket.io'
import { assertSchema } from './database/schema-check'
import type { Connection } from './database/connection'
import { alone, migrate, migrationsLacking } from './database/migrate'
import type { Application } from './declare/declarations'
import { unavailable, unsetUp } from './errors/errors'
import { closeSockets, SocketCalls } from './http/calls'
import type { Engine } from './engine'
import { warnOfServices } from './service/hooks/service-rules'
import { metricsServer } from './observability'
import { deferred } from './util/deferred'
import { logger } from './util/logger'
import { withTimeout } from './util/timeout'

export interface LifecycleOptions {
  readonly calls: SocketCalls
  /** The folders of the migrations, in their order. */
  readonly migrations: readonly string[]
  /** Runs after the migrations, in one process at a time. */
  readonly seed?: (app: Application) => Promise<void>
}

/** Without a server, as for the command line, sockets have no engine. */
const socketEngine = (app: Application): Server['engine'] | undefined =>
  (app as unknown as { io?: { engine?: Server['engine'] } }).io?.engine

const finishedWithin = (seconds: number, calls: SocketCalls) =>
  Promise.race([calls.finished(), pause(seconds * 1000, undefined, { ref: false })])

/** Whether the application can serve: it migrates first, and answers what has come before it ends. */
export type Phase = 'starting' | 'ready' | 'stopping'

/** Event streams, and what modules have opened by other protocols. */
const closeConnections = (app: Application, { members }: Engine) => {
  for (const member of members.all()) member.close()
  for (const handler of app.get('upgrades').values()) handler.close()
}

/** What watches the process, from before its database is there until it has gone. */
const watching = (app: Application) => {
  const metrics = metricsServer(app)
  const load = app.get('load')

  return {
    open() {
      load.start()
      return metrics.open()
    },
    close() {
      metrics.close()
      load.stop()
    }
  }
}

/** Goes on for as long as those need who send requests here to notice that it is not ready any more. */
const noticed = (app: Application, { signal }: AbortController) =>
  pause(app.get('http').shutdown_delay * 1000, undefined, { signal }).catch(() => undefined)

const isProduction = () => process.env.NODE_ENV === 'production'

const preparation =
  (
    app: Application,
    { knex, withMigrator }: Connection,
    parts: Engine,
    { migrations, seed }: Omit<LifecycleOptions, 'calls'>,
    signal: AbortSignal
  ) =>
  async () => {
    const applied = await withMigrator((migrator) =>
      migrate(migrator, migrations, { signal }, isProduction())
    )
    if (applied.length > 0) logger.info({ applied }, 'Migrated the database')
    await assertSchema(knex, parts.models)
    // Of several that start at once on an empty database one fills it.
    if (seed) await alone(knex, () => seed(app), signal)
    await parts.start()
    warnOfServices(app, parts.models)
  }

/** Milliseconds that a request waits for the `setup` of services. One that calls its own server would wait for ever, and the start with it. */
const SET_UP_WITHIN = 5000

/** The phases, and who waits for the start: they are told once it is over, in whichever way. */
const phasesOf = (app: Application) => {
  const prepared = deferred()
  const setUp = deferred()
  const stopping = new AbortController()
  const wait = async () => {
    await Promise.race([prepared.promise, setUp.promise])
    await withTimeout(SET_UP_WITHIN, setUp.promise)
    if (app.get('phase') === 'starting') throw unsetUp()
  }
  app.set('phase', 'starting').set('whenSetUp', () => setUp.promise)
  app.set('awaitStart', () => (app.get('phase') === 'starting' ? wait() : setUp.promise))

  return {
    /** Aborted where it is stopped. */
    signal: stopping.signal,
    prepared: prepared.resolve,
    started() {
      // Whoever stops it while it starts has the last word.
      if (app.get('phase') === 'starting') app.set('phase', 'ready')
      setUp.resolve()
    },
    failed: () => setUp.reject(unavailable('The server could not start')),
    stopped() {
      app.set('phase', 'stopping')
      setUp.reject(unavailable('The server is stopping'))
      stopping.abort()
    }
  }
}

/** Opens the database, migrates and fills it, then starts the feed; meanwhile requests and sockets wait by `awaitStart`. */
export const lifecycle = (
  app: Application,
  connection: Connection,
  parts: Engine,
  { calls, migrations, seed }: LifecycleOptions
): void => {
  let ready: Promise<void> = Promise.resolve()
  const lacking = migrationsLacking(migrations)
  const hurried = new AbortController()
  app.set('hurry', () => hurried.abort()).set('migrationsLacking', () => lacking(connection.knex))
  type Next = () => Promise<void>
  const beside = watching(app)
  const phases = phasesOf(app)
  const prepare = preparation(app, connection, parts, { migrations, seed }, phases.signal)
  const setup = async (_context: unknown, next: Next) => {
    ready = beside.open().then(prepare).then(phases.prepared)
    await ready.then(next).catch((error: unknown) => {
      phases.failed()
      throw error
    })
    phases.started()
  }
  const teardown = async (_context: unknown, next: Next) => {
    phases.stopped()
    await noticed(app, hurried)
    // They wait for what may never come, and their requests are to be answered.
    parts.polls.stop()
    // The server takes no more connections, and the requests and calls that have come are answered.
    const drained = next()
    const engine = socketEngine(app)
    await finishedWithin(app.get('http').shutdown_grace, calls)
    if (engine) closeSockets(engine)
    closeConnections(app, parts)
    await drained
    // The database stays until the start is done with it, which may have begun to take sockets meanwhile.
    await ready.catch(() => undefined)
    socketEngine(app)?.close()
    await parts.stop()
    await connection.close()
    beside.close()
  }
  app.hooks({ setup: [setup], teardown: [teardown] })
}

declare module './declare/declarations' {
  interface Configuration {
    phase: Phase
    /** Resolves once the database is ready, socket.io listens and services are set up; rejects where that fails, and where it is stopped before. */
    whenSetUp: () => Promise<void>
    /** The same for a request, which waits for the `setup` of services no longer than five seconds: rejects with UNAVAILABLE behind that. */
    awaitStart: () => Promise<void>
    /** Stops without waiting for those who still send requests here. */
    hurry: () => void
    /** The names of migrations that the database does not have any more. */
    migrationsLacking: () => Promise<string[]>
  }
}
