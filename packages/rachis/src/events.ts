import type { ConnectionRegistryOptions } from './sockets/connection-registry'
import { ConnectionRegistry } from './sockets/connection-registry'
import type { Audience } from './rules/audience'
import { audienceCompiler } from './rules/audience'
import { planned } from './rules/plans'
import { rightsMark } from './rules/rights-mark'
import type { Model } from './model/model'
import { affectedUsers, recordOfUser } from './rules/memberships'
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
import type { Identity } from './rules/identity'
import { Parents } from './feed/parents'
import { Resume } from './feed/resume'
import { formatToken } from './feed/resume-token'
import type { OpenStream } from './feed/stream'
import { streams } from './streams'
import type { Connection } from './database/connection'
import { queryOn } from './database/query'
import { SessionClient } from './database/session-client'
import type { Application, Principal } from './declare/declarations'
import type { ApiError } from './errors/errors'
import type { Logger } from './util/logger'

const REAL_TIME = 'real-time'
/** Of `feed.stall_timeout`, how much a consumer waits for a table that is locked: it ends before its connection is given up. */
const LOCK_SHARE = 2 / 5

/** The connections of this process, and how to wait for what is still to be sent to them. */
export interface Events {
  readonly members: ConnectionRegistry
  /** Tells a subscriber of all that happens from now on; the answer ends that. Its audience stays as it is. */
  subscribe(subscriber: Subscriber): () => void
  /** Opens a stream of events that begins now, or where its client was. */
  readonly openStream: OpenStream
  /** The present place in the feed, for an answer that is read from now on; then the token of it for who reads. */
  place(): (user: User) => string
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

/** Connects the feed to those who receive its changes: connections, by what each may read, and the consumers of modules. */
export const events = (app: Application, options: EventsOptions): Events => {
  const { models, connection, feed, identity, consumers, logger } = options
  const onError = (err: unknown) => logger.error({ err }, 'Changes could not be told')
  const { database, parentsDatabase, close } = ownConnections(app, connection)
  const parents = new Parents(parentsDatabase, models)
  const realtime = new Realtime({ models: byName(models), parents, onError })
  const audienceOf = audienceCompiler(models)
  const members = membersOf(app, { realtime, audienceOf, identity })

  const position = () => feed.consumers.positionOf(REAL_TIME)
  const credentialOf = (change: Change) => identity.changedRecord(change)
  const affected = affectedRecords(models)
  const told = { database, realtime, position, audienceOf, affected, credentialOf, onError }
  const watched = { ...told, ...targetsOf(models), sockets: connectionsOf(members, identity) }
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

  const recordOf = (user: object) => recordOfUser((user as Principal).id)
  const isConnected = (subscriber: Subscriber) => members.isConnected(subscriber)
  const resume = new Resume({ feed, realtime, models, audienceOf, affected, recordOf, isConnected })
  const openStream = streams({ feed, members, realtime, rights, resume, position, onError })

  const place = placesOf(feed, audienceOf)

  return { members, subscribe, openStream, place, identified: () => rights.identified(), idle, close }
}

const markOf = planned((audienceOf: (user: User) => Audience, user) => rightsMark(audienceOf(user)))

const placesOf = (feed: Feed, audienceOf: (user: User) => Audience) => () => {
  const { epoch, cursor: id } = feed
  return (user: User) => formatToken({ epoch, id, rights: markOf(audienceOf, user) })
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
  {
    identity,
    ...parts
  }: Pick<ConnectionRegistryOptions, 'realtime' | 'audienceOf'> & { readonly identity: Identity }
) =>
  new ConnectionRegistry({
    ...parts,
    warning: identity.expiryWarning,
    credentialOf: (authentication) => identity.credentialOf(authentication),
    maxPerUser: app.get('sockets').per_user
  })

/** The records of the users whose rights a change may have changed. */
const affectedRecords = (models: readonly Model[]) => {
  const affected = affectedUsers(models)
  return (change: Change) => affected(change).map(recordOfUser)
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
    if (!resources) realtime.lanes.restart(position)
    // A truncated table may have held users or memberships, and no change says whose.
    reconsiderAll()
    realtime.reset(position, resources)
  }
})

const byName = (models: readonly Model[]) => new Map(models.map((model) => [model.name, model]))

const targetsOf = (models: readonly Model[]) => {
  const tables = models.filter(({ table }) => table)
  return { models: tables, targets: new Map(tables.map((model) => [model.name, targetOf(model)])) }
}

/** The connections of this process, as the consumer of rights asks for them. */
const connectionsOf = (members: ConnectionRegistry, identity: Identity): RightsOptions['sockets'] => ({
  connectionsOf: (record) => members.connectionsOf(record),
  credential: (member) => members.credential(member),
  identify: (group) => members.identify(group, (credential) => userOf(identity, credential)),
  isConnected: (member) => members.isConnected(member)
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
