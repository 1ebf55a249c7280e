import { randomUUID } from 'crypto'
import type { ConnectionRegistry } from './sockets/connection-registry'
import type { Model } from './model/model'
import type { Database } from './sql/database'
import { OwnConnections } from './feed/connections'
import { consumerLog } from './feed/consumer-log'
import { Feed } from './feed/feed'
import { Listener } from './feed/listener'
import type { Subscriber } from './feed/subscriber'
import type { OpenStream } from './feed/stream'
import type { User } from './rules/policy'
import { StoredPositions } from './feed/stored-positions'
import { pruneAll, startPruning } from './feed/retention'
import type { Connection } from './database/connection'
import { queryOn } from './database/query'
import { SessionClient } from './database/session-client'
import type { Application } from './declare/declarations'
import { events } from './events'
import type { Module, ModuleContext } from './module'
import { consumersOf, guardsOf, identityOf, passwordsOf } from './module-parts'
import { openRedis } from './database/redis'
import type { Logger } from './util/logger'
import { register } from './service/register'
import type { Registration } from './service/register'

/** The running parts behind the services: the feed, and who consumes it. */
export interface Engine {
  readonly models: readonly Model[]
  readonly members: ConnectionRegistry
  /** Tells a subscriber of all that happens from now on; the answer ends that. Its audience stays as it is. */
  subscribe(subscriber: Subscriber): () => void
  /** Opens a stream of events that begins now, or where its client was. */
  readonly openStream: OpenStream
  /** The present place in the feed, for an answer that is read from now on; then the token of it for who reads. */
  place(): (user: User) => string
  readonly feed: Feed
  /** Resolves once the users are looked up of all connections whose user, session or key has changed. */
  identified(): Promise<void>
  /** Resolves once everything that the feed has handed on is sent. */
  idle(): Promise<void>
  /** To be called after a write that was committed by SQL of our own: here and elsewhere the feed looks at once. */
  wake(): void
  start(): Promise<void>
  stop(): Promise<void>
}

const registerAll = (app: Application, models: readonly Model[], registration: Registration) => {
  for (const model of models) register(app, model, registration)
}

const pruning = (app: Application, models: readonly Model[], database: Database, logger: Logger) => {
  const onError = (err: unknown) => logger.error({ err }, 'Old changes and records could not be removed')
  return startPruning(() => pruneAll(database, models, app.get('feed').retention, onError), onError)
}

const logFeed = (feed: Feed, logger: Logger) => {
  feed.on('recovered', (seconds: number) => logger.warn({ seconds }, 'The change feed is read again'))
  feed.on('truncated', (names: readonly string[]) =>
    logger.warn({ names }, 'Tables were truncated or rewritten: their readers fetch anew')
  )
  feed.on('lost', () =>
    logger.error('The change feed has another history than was read: all readers fetch anew')
  )
}

/** The feed, and who wakes it, over connections of their own: requests that wait for the database do not hold them up. */
const openFeed = (app: Application, models: readonly Model[], { config }: Connection, logger: Logger) => {
  const { poll_interval: pollInterval, stall_timeout, lease } = app.get('feed')
  const stallTimeout = stall_timeout * 1000
  let isPooled = false
  const client = async () => {
    const found = await config({ lock_timeout: stall_timeout })
    isPooled = found.session.isPooled
    return new SessionClient(found)
  }
  const open = (size: number) => new OwnConnections({ client, query: queryOn, size, timeout: stallTimeout })
  const [database, behind] = [open(1), open(2)]
  const tables = models.flatMap(({ table }) => table?.name ?? [])
  const onError = (err: unknown) => logger.error({ err }, 'The change feed could not be read')
  const positions = new StoredPositions({ database: behind, holder: randomUUID(), lease })
  const consuming = { behind, positions, reports: consumerLog(logger) }
  const isTold = () => listener.isHearing
  const feed = new Feed({ database, pollInterval, isTold, stallTimeout, tables, onError, ...consuming })
  logFeed(feed, logger)
  const listener = new Listener(
    client,
    () => feed.wake(),
    stallTimeout,
    () => isPooled
  )
  const wake = () => {
    feed.wake()
    listener.notify()
  }
  const close = async () => {
    await listener.stop()
    await feed.stop()
    await Promise.all([database.close(), behind.close()])
  }

  return { feed, listener, wake, close }
}

/** Opens and closes what modules hold, in their order and in the reverse one. */
const moduleLifetime = (modules: readonly Module[], context: ModuleContext) => ({
  async open() {
    await openRedis(context.redis)
    for (const module of modules) await module.open?.(context)
  },
  async close() {
    for (const module of [...modules].reverse()) await module.close?.(context)
    context.redis?.disconnect()
  }
})

/** Registers every model and wires the feed to its consumers. */
export const engine = (
  connection: Connection,
  modules: readonly Module[],
  context: ModuleContext
): Engine => {
  const { app, models, knex, database, logger } = context
  const { feed, listener, wake, close } = openFeed(app, models, connection, logger)
  const lifetime = moduleLifetime(modules, context)
  const passwords = passwordsOf(modules, context)
  registerAll(app, models, { database, knex, wake, passwords, guards: guardsOf(modules, context) })
  const identity = identityOf(modules, context)
  const consumers = consumersOf(modules, context)
  const { close: closeEvents, ...told } = events(app, { models, connection, feed, identity, consumers, logger }) // prettier-ignore

  let stopPruning = () => {}
  return {
    models,
    ...told,
    feed,
    wake,
    async start() {
      await lifetime.open()
      await feed.start()
      await listener.start()
      stopPruning = pruning(app, models, database, logger)
    },
    async stop() {
      stopPruning()
      told.members.stop()
      // Consumers of modules are done before what they work with is closed.
      await close()
      await lifetime.close()
      await closeEvents()
    }
  }
}

declare module './declare/declarations' {
  interface Configuration {
    engine: Engine
  }
}
