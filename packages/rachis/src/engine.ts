import type { ConnectionRegistry } from './sockets/connection-registry'
import type { Model } from './model/model'
import type { Change } from './feed/change'
import type { Feed } from './feed/feed'
import type { Subscriber } from './feed/subscriber'
import type { Polls } from './feed/polls'
import type { Resume } from './feed/resume'
import type { OpenStream } from './feed/stream'
import type { User } from './rules/policy'
import type { Partitions } from './feed/partitions'
import type { Connection } from './database/connection'
import type { Application } from './declare/declarations'
import { events } from './events'
import { housekeeping } from './housekeeping'
import type { Module, ModuleContext } from './module'
import { consumersOf, guardsOf, identityOf, passwordsOf } from './module-parts'
import { openFeed } from './open-feed'
import { openRedis } from './database/redis'
import { register } from './service/register'
import { RememberedAnswers } from './service/remembered-answers'
import type { Registration } from './service/register'
import { answerCacheOf } from './answers'
import { rateLimitsOf } from './rates'
import { replicaReadsOf } from './replica'
import { allOf } from './util/all-of'

/** The running parts behind the services: the feed, and who consumes it. */
export interface Engine {
  readonly models: readonly Model[]
  readonly members: ConnectionRegistry
  /** Tells a subscriber of all that happens from now on; the answer ends that. Its audience stays as it is. */
  subscribe(subscriber: Subscriber): () => void
  /** Opens a stream of events that begins now, or where its client was. */
  readonly openStream: OpenStream
  /** Sends connections what they have missed. */
  readonly resume: Resume
  /** Tells what happened to what anybody may read, in chunks. */
  readonly polls: Polls
  /** How many filtered subscriptions there are, and how many different ones of them. */
  asked(): { subscriptions: number; shapes: number }
  /** Has this called with each change that was told. */
  onTold(listener: (change: Change) => void): void
  /** The position of a change as clients have it, or of the place before it where an earlier one is still to be sent. */
  positionOf(id: number): string
  /** The token of a place in the feed for who reads: that of the cursor for an answer that is read from now on. */
  tokenAt(id: number): (user: User) => string
  readonly feed: Feed
  readonly partitions: Partitions
  /** Says to a connection `applied` once it has been sent what it may see of a committed transaction, which its call wrote. */
  applied(connection: object, tx: string): Promise<void>
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

/** What stages of calls work with. */
const prepareCalls = (context: ModuleContext) => {
  const { app, database } = context
  app.set('remembered', new RememberedAnswers(database, app.get('secret_key')))
  app.set('rates', rateLimitsOf(app, context))
}

/** Before those that are told: who hears of a change does not read what was before it. */
const copiesOf = (connection: Connection, context: ModuleContext, feed: Feed) => {
  const { app } = context
  const tokenAt: Engine['tokenAt'] = (place) => app.get('engine').tokenAt(place)
  const copies = replicaReadsOf({ connection, context, feed, tokenAt })
  app.set('replicaReads', copies)

  return copies
}

interface RunningParts {
  readonly lifetime: ReturnType<typeof moduleLifetime>
  readonly house: Omit<ReturnType<typeof housekeeping>, 'partitions'>
  readonly feed: Feed
  readonly listen: () => Promise<void>
  readonly copies?: ReturnType<typeof replicaReadsOf>
  readonly members: ConnectionRegistry
  readonly close: () => Promise<void>
  readonly closeEvents: () => Promise<void>
}

/** In which order everything begins and ends. */
const running = ({ lifetime, house, feed, listen, copies, members, close, closeEvents }: RunningParts) => ({
  async start() {
    // None of them needs another one, and each waits for the database most of the time.
    const opened = allOf([lifetime.open(), house.start(), listen()])
    await feed.start(opened)
    copies?.start()
  },
  async stop() {
    house.stop()
    copies?.stop()
    members.stop()
    // Consumers of modules are done before what they work with is closed.
    await close()
    await lifetime.close()
    await closeEvents()
  }
})

/** Registers every model and wires the feed to its consumers. */
export const engine = (
  connection: Connection,
  modules: readonly Module[],
  context: ModuleContext,
  reads: Pick<Registration, 'textReads' | 'exports' | 'imports'>
): Engine => {
  const { app, models, knex, database, logger } = context
  const { feed, listen, wake, close } = openFeed(app, connection, logger)
  const lifetime = moduleLifetime(modules, context)
  prepareCalls(context)
  const around = {
    rates: app.get('rates'),
    passwords: passwordsOf(modules, context),
    guards: guardsOf(modules, context)
  }
  const copies = copiesOf(connection, context, feed)
  registerAll(app, models, { database, knex, wake, hasReplica: copies !== undefined, ...reads, ...around })
  const identity = identityOf(modules, context)
  const consumers = consumersOf(modules, context)
  // Before those that are told: who asks for what an event says is not answered as it was before.
  app.set('answerCache', answerCacheOf(app, context, feed))
  const { close: closeEvents, ...told } = events(app, { models, connection, feed, identity, consumers, logger }) // prettier-ignore

  const { partitions, ...house } = housekeeping(context)
  return {
    models,
    ...told,
    feed,
    partitions,
    wake,
    ...running({ lifetime, house, feed, listen, copies, close, closeEvents, members: told.members })
  }
}

declare module './declare/declarations' {
  interface Configuration {
    engine: Engine
  }
}
