import type { Server } from 'socket.io'
import type { ConnectionRegistryOptions } from './sockets/channels'
import { ConnectionRegistry } from './sockets/channels'
import { emitter } from './sockets/emitter'
import { audienceCompiler } from './rules/audience'
import type { Model } from './model/model'
import { affectedUsers } from './rules/memberships'
import { targetOf } from './service/resource-service'
import type { User } from './rules/policy'
import type { Change } from './feed/change'
import { OwnConnections } from './feed/connections'
import { Realtime } from './feed/consumers/realtime'
import type { RightsOptions } from './feed/consumers/rights'
import { Rights } from './feed/consumers/rights'
import type { Consumer } from './feed/consumer'
import type { Feed } from './feed/feed'
import type { Subscriber } from './feed/subscriber'
import type { ModuleConsumer } from './module'
import { PRINCIPALS } from './declare'
import type { Identity } from './rules/identity'
import { Parents } from './feed/parents'
import type { Connection } from './database/connection'
import { queryOn } from './database/query'
import { SessionClient } from './database/session-client'
import type { Application } from './declare/declarations'
import type { ApiError } from './errors/errors'
import type { Logger } from './util/logger'

const REAL_TIME = 'real-time'
/** Of `feed.stall_timeout`, how much a consumer waits for a table that is locked: it ends before its connection is given up. */
const LOCK_SHARE = 2 / 5

/** The connections of this process, and how to wait for what they are still to be told. */
export interface Events {
  readonly members: ConnectionRegistry
  /** Tells a subscriber of all that happens from now on; the answer ends that. Its audience stays as it is. */
  subscribe(subscriber: Subscriber): () => void
  /** Resolves once it is known whom the connections stand for that the feed reported a change of. */
  identified(): Promise<void>
  idle(): Promise<void>
  close(): Promise<void>
}

export interface EventsOptions {
  readonly models: readonly Model[]
  readonly connection: Connection
  readonly feed: Feed
  readonly identity: Identity
  /** Of the modules. */
  readonly consumers: readonly ModuleConsumer[]
  readonly logger: Logger
}

/** Who is told of the changes of a feed: sockets, by what each may see, and the consumers of modules. */
export const events = (app: Application, options: EventsOptions): Events => {
  const { models, connection, feed, identity, consumers, logger } = options
  const onError = (err: unknown) => logger.error({ err }, 'Changes could not be told')
  const { database, parentsDatabase, close } = ownConnections(app, connection)
  const io = () => (app as unknown as { io?: Server }).io
  const parents = new Parents(parentsDatabase, models)
  const realtime = new Realtime({ models: byName(models), parents, onError })
  const audienceOf = audienceCompiler(models)
  const members = membersOf(app, io, { realtime, audienceOf, identity })

  const position = () => feed.consumers.positionOf(REAL_TIME)
  const credentialOf = (change: Change) => identity.changedRecord(change)
  const told = { database, realtime, position, audienceOf, affected: affectedRecords(models), credentialOf, onError } // prettier-ignore
  const watched = { ...told, ...targetsOf(models), sockets: socketsOf(members, identity, io) }
  const rights = new Rights(watched)
  members.onIdentity = (member) => rights.reconsider([member])
  const reconsiderAll = () => rights.reconsider(members.all())
  const before = consumers.filter(({ order }) => order === 'before events')
  const after = consumers.filter(({ order }) => order === 'after events')
  for (const consumer of [...before, realtimeConsumer({ rights, realtime, reconsiderAll }), ...after])
    feed.consume(consumer)
  const idle = async () => {
    await feed.consumers.idle()
    for (const part of [rights, realtime, ...consumers]) await part.idle?.()
  }

  const subscribe = (subscriber: Subscriber) => {
    realtime.join(subscriber)
    return () => realtime.leave(subscriber)
  }

  return { members, subscribe, identified: () => rights.identified(), idle, close }
}

/**
 * Consumers read tables that somebody may have locked, and must neither wait for long nor keep requests waiting. What records follow
 * is read for everybody's events, and so not behind what changed rights ask for.
 */
const ownConnections = (app: Application, { config }: Connection) => {
  const { stall_timeout } = app.get('feed')
  const client = async () => new SessionClient(await config({ lock_timeout: LOCK_SHARE * stall_timeout }))
  const timeout = 1000 * stall_timeout
  const open = () => new OwnConnections({ client, query: queryOn, size: 2, timeout })
  const [database, parentsDatabase] = [open(), open()]
  const close = async () => {
    await Promise.all([database.close(), parentsDatabase.close()])
  }

  return { database, parentsDatabase, close }
}

const membersOf = (
  app: Application,
  io: () => Server | undefined,
  {
    identity,
    ...parts
  }: Pick<ConnectionRegistryOptions, 'realtime' | 'audienceOf'> & { readonly identity: Identity }
) =>
  new ConnectionRegistry({
    ...parts,
    sender: emitter(io),
    tell: (id, event, data) => void io()?.to(id).emit(event, data),
    warning: identity.expiryWarning,
    credentialOf: (authentication) => identity.credentialOf(authentication),
    maxPerUser: app.get('sockets').per_user
  })

/** The records of the users whose rights a change may have changed. */
const affectedRecords = (models: readonly Model[]) => {
  const affected = affectedUsers(models)
  return (change: Change) => affected(change).map((id) => `${PRINCIPALS}/${id}`)
}

interface Told {
  readonly rights: Rights
  readonly realtime: Realtime
  readonly reconsiderAll: () => void
}

/** One consumer, since rights that were lost are gone before events are sent. */
const realtimeConsumer = ({ rights, realtime, reconsiderAll }: Told): Consumer => ({
  name: REAL_TIME,
  delivery: 'live',
  consume(changes) {
    rights.consume(changes)
    return realtime.consume(changes)
  },
  lost({ position, resources }) {
    // Also what a truncated table said of users and their memberships is gone, and no change tells of whom.
    reconsiderAll()
    realtime.reset(position, resources)
  }
})

const byName = (models: readonly Model[]) => new Map(models.map((model) => [model.name, model]))

const targetsOf = (models: readonly Model[]) => {
  const tables = models.filter(({ table }) => table)
  return { models: tables, targets: new Map(tables.map((model) => [model.name, targetOf(model)])) }
}

/** The sockets of this process, as the consumer of rights asks for them. */
const socketsOf = (
  members: ConnectionRegistry,
  identity: Identity,
  io: () => Server | undefined
): RightsOptions['sockets'] => ({
  connectionsOf: (record) => members.connectionsOf(record),
  credential: (member) => members.credential(member),
  identify: (group) => members.identify(group, (credential) => userOf(identity, credential)),
  isConnected: (member) => members.isConnected(member),
  // Not by a packet that tells it to go: then its client would not come back.
  cut: (member) => void io()?.sockets.sockets.get(members.idOf(member))?.conn.close()
})

/** Whom a credential stands for now: nobody, where it is no good any more. */
const userOf = async (identity: Identity, credential: object | undefined): Promise<User> => {
  if (!credential) return null
  try {
    // The program asks this for itself: it does not wait behind calls from outside.
    return await identity.authenticate(credential, { isAdmitted: true })
  } catch (error) {
    if ((error as ApiError).code !== 401) throw error
    return null
  }
}
