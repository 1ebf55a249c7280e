import type { Knex } from 'knex'
import type { ConnectionRegistryOptions } from './sockets/connection-registry'
import { ConnectionRegistry } from './sockets/connection-registry'
import type { Audience } from './rules/audience'
import { audienceCompiler } from './rules/audience'
import { planned } from './rules/plans'
import { rightsMark } from './rules/rights-mark'
import type { Model } from './model/model'
import { affectedUsers, recordOfUser } from './rules/memberships'
import { targetOf } from './service/target'
import type { User } from './rules/policy'
import type { AppliedOptions } from './feed/applied'
import { applied as hasApplied } from './feed/applied'
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
import type { PollsOptions } from './feed/polls'
import { Polls } from './feed/polls'
import { Resume } from './feed/resume'
import { formatPlace, formatToken } from './feed/resume-token'
import type { OpenStream } from './feed/stream'
import { streams } from './streams'
import type { Connection } from './database/connection'
import { queryOn } from './database/query'
import { SessionClient } from './database/session-client'
import type { Application, Principal } from './declare/declarations'
import type { ApiError } from './errors/errors'
import { overloaded } from './errors/overloaded'
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
  /** The token of a place for who reads. */
  tokenAt(id: number): (user: User) => string
  /** Says to a connection `applied` once it has been sent what it may see of a committed transaction, which its call wrote. */
  applied(connection: object, tx: string): Promise<void>
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
  const { database, close, ...own } = ownConnections(app, connection)
  const [parents, replayParents] = [new Parents(own.parents, models), new Parents(own.replays, models)]
  const realtime = new Realtime({ models: byName(models), parents, replayParents, onError })
  const audienceOf = audienceCompiler(models)
  const members = membersOf(app, { realtime, audienceOf, identity })

  const position = () => feed.consumers.positionOf(REAL_TIME)
  const credentialOf = (change: Change) => identity.changedRecord(change)
  const affected = affectedRecords(models)
  const reading = { database, realtime, position, audienceOf, affected, credentialOf, onError }
  const watched = { ...reading, ...targetsOf(models), sockets: connectionsOf(members, identity, connection) }
  const rights = new Rights(watched)
  members.onIdentity = (member) => rights.reconsider([member])
  const reconsiderAll = () => rights.reconsider(members.all())
  const telling = realtimeConsumer({ rights, realtime, reconsiderAll })
  for (const consumer of inOrder(consumers, telling)) feed.consume(inSpan(app, consumer))
  const idle = async () => {
    await feed.consumers.idle()
    for (const part of [rights, realtime, ...consumers]) await part.idle?.()
  }

  const subscribe = (subscriber: Subscriber) => {
    realtime.join(subscriber)
    return () => realtime.leave(subscriber)
  }

  const resume = new Resume({ ...reading, feed, rights, overloaded, models, recordOf })
  const openStream = streams({ models, feed, realtime, members, resume, position, onError })

  const isConnected = (one: Subscriber) => members.isConnected(one)
  const polls = pollsOf(app, { feed, realtime, resume, models, audience: audienceOf(null) })

  const applied = tellingApplied(members, { ownWrites: feed.ownWrites, realtime, position, isConnected })
  const tokenAt = tokensOf(feed, audienceOf)
  const positionOf = (id: number) =>
    formatPlace({ epoch: feed.epoch, id: Math.min(id, realtime.toldBy(position())) })
  const identified = () => rights.identified()
  const asked = () => realtime.receivers.asked()
  const onTold: Events['onTold'] = (listener) => void (realtime.onTold = listener)
  const told = { asked, onTold, resume, polls, positionOf, tokenAt, applied, identified }

  return { members, subscribe, openStream, ...told, idle, close }
}

const pollsOf = (app: Application, options: Omit<PollsOptions, 'wait'>) =>
  new Polls({ ...options, wait: 1000 * app.get('sockets').poll_wait })

/** The same consumer, whose work is a part of traces of its own. */
const inSpan = (app: Application, consumer: Consumer): Consumer =>
  app.get('traces')
    ? Object.assign(Object.create(consumer) as Consumer, {
        consume: (changes: readonly Change[], epoch: string) =>
          app.get('span')(`feed.${consumer.name}`, { 'rachis.changes': changes.length }, () => consumer.consume(changes, epoch)) // prettier-ignore
      })
    : consumer

const recordOf = (user: object) => recordOfUser((user as Principal).id)

const inOrder = (consumers: readonly ModuleConsumer[], own: Consumer): Consumer[] => [
  ...consumers.filter(({ order }) => order === 'before events'),
  own,
  ...consumers.filter(({ order }) => order === 'after events')
]

const tellingApplied =
  (members: ConnectionRegistry, options: AppliedOptions): Events['applied'] =>
  async (connection, tx) => {
    const member = members.at(connection)
    if (member && (await hasApplied(options, member, tx))) member.tell('applied', { tx })
  }

const markOf = planned((audienceOf: (user: User) => Audience, user) => rightsMark(audienceOf(user)))

const tokensOf = (feed: Feed, audienceOf: (user: User) => Audience) => (id: number) => {
  const { epoch } = feed
  return (user: User) => formatToken({ epoch, id, rights: markOf(audienceOf, user) })
}

/**
 * Consumers read tables that somebody may have locked, and must neither wait for long nor keep requests waiting. What records follow
 * is read for everybody's events, and so not behind what changed rights ask for, nor behind those who come back.
 */
const ownConnections = (app: Application, { config }: Connection) => {
  const { stall_timeout } = app.get('feed')
  const client = async () => new SessionClient(await config({ lock_timeout: LOCK_SHARE * stall_timeout }))
  const timeout = 1000 * stall_timeout
  const open = () => new OwnConnections({ client, query: queryOn, size: 2, timeout })
  const [database, parents, replays] = [open(), open(), open()]
  const close = async () => {
    await Promise.all([database.close(), parents.close(), replays.close()])
  }

  return { database, parents, replays, close }
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
const connectionsOf = (
  members: ConnectionRegistry,
  identity: Identity,
  { own }: Connection
): RightsOptions['sockets'] => ({
  connectionsOf: (record) => members.connectionsOf(record),
  credential: (member) => members.credential(member),
  identify: (group) => members.identify(group, (credential) => userOf(identity, credential, own)),
  isConnected: (member) => members.isConnected(member)
})

/** Whom a credential stands for now: nobody, where it is no good any more. */
const userOf = async (identity: Identity, credential: object | undefined, trx: Knex): Promise<User> => {
  if (!credential) return null
  try {
    // The program asks this for itself: it does not wait behind calls from outside, nor for a connection that one of them has.
    return await identity.authenticate(credential, { isAdmitted: true, transaction: { trx } })
  } catch (error) {
    if ((error as ApiError).code !== 401) throw error
    return null
  }
}
