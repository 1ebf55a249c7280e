import { setTimeout as pause } from 'timers/promises'
import type { Server } from 'socket.io'
import { assertSchema } from './database/schema-check'
import type { Connection } from './database/connection'
import { alone, migrate } from './database/migrate'
import type { Application } from './declare/declarations'
import { closeSockets, SocketCalls } from './http/calls'
import type { Engine } from './engine'
import { warnOfServices } from './service/hooks/service-rules'
import { logger } from './util/logger'

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

/** Opens the database, migrates and fills it, then starts the feed; `ready` is what requests wait for meanwhile. */
export const lifecycle = (
  app: Application,
  { knex, withMigrator, close }: Connection,
  parts: Engine,
  { calls, migrations, seed }: LifecycleOptions
) => {
  let ready: Promise<void> = Promise.resolve()
  app.set('phase', 'starting')
  type Next = () => Promise<void>
  const prepare = async () => {
    const applied = await withMigrator((migrator) => migrate(migrator, migrations))
    if (applied.length > 0) logger.info({ applied }, 'Migrated the database')
    await assertSchema(knex, parts.models)
    // Of several that start at once on an empty database one fills it.
    if (seed) await alone(knex, () => seed(app))
    await parts.start()
    warnOfServices(app, parts.models)
  }
  const setup = async (_context: unknown, next: Next) => {
    ready = prepare()
    await ready
    await next()
    // Whoever stops it while it starts has the last word.
    if (app.get('phase') === 'starting') app.set('phase', 'ready')
  }
  const teardown = async (_context: unknown, next: Next) => {
    app.set('phase', 'stopping')
    // The server takes no more connections, and the requests and calls that have come are answered.
    const drained = next()
    const engine = socketEngine(app)
    await finishedWithin(app.get('http').shutdown_grace, calls)
    if (engine) closeSockets(engine)
    for (const member of parts.members.all()) member.close()
    await drained
    engine?.close()
    // The database stays until the start is done with it.
    await ready.catch(() => undefined)
    await parts.stop()
    await close()
  }
  app.hooks({ setup: [setup], teardown: [teardown] })

  return () => ready
}

declare module './declare/declarations' {
  interface Configuration {
    phase: Phase
  }
}
