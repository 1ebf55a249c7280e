import type { Server } from 'socket.io'
import type { Params } from '@feathersjs/feathers'
import { recordSecurity } from './accounts/security'
import type { SessionAuthentication } from './accounts/authentication'
import { authentication } from './accounts/register-authentication'
import type { ConnectionRegistryOptions } from './sockets/channels'
import { ConnectionRegistry } from './sockets/channels'
import { emitter } from './sockets/emitter'
import { audienceCompiler } from './rules/audience'
import type { Model } from './model/model'
import { affectedUsers, membershipsOf } from './rules/memberships'
import { targetOf } from './service/resource-service'
import type { User } from './rules/policy'
import { OwnConnections } from './feed/connections'
import { Realtime } from './feed/consumers/realtime'
import type { RightsOptions } from './feed/consumers/rights'
import { Rights } from './feed/consumers/rights'
import { securityConsumer } from './accounts/consumers/security'
import type { Noticed } from './accounts/consumers/security'
import { credentialOf, SessionCache } from './accounts/consumers/sessions'
import type { Consumer } from './feed/consumer'
import type { Feed } from './feed/feed'
import { Parents } from './feed/parents'
import type { Connection } from './database/connection'
import { queryOn } from './database/query'
import { SessionClient } from './database/session-client'
import type { Application, Principal } from './declare/declarations'
import type { ApiError } from './errors/errors'
import type { Logger } from './util/logger'

const REAL_TIME = 'real-time'
/** Seconds that a consumer waits for a table that is locked. */
const LOCK_TIMEOUT = 2

/** The connections of this process, and how to wait for what they are still to be told. */
export interface Events {
  readonly members: ConnectionRegistry
  /** Resolves once it is known whom the connections stand for that the feed reported a change of. */
  identified(): Promise<void>
  idle(): Promise<void>
  close(): Promise<void>
}

/** Who is told of the changes of a feed: sockets, by what each may see. */
export const events = (
  app: Application,
  models: readonly Model[],
  connection: Connection,
  feed: Feed,
  logger: Logger
): Events => {
  const onError = (err: unknown) => logger.error({ err }, 'Changes could not be told')
  const { database, parentsDatabase, close } = ownConnections(app, connection)
  const memberships = membershipsOf(models)
  const affected = affectedUsers(memberships)
  const sessions = new SessionCache(app.get('auth').cache_ttl, affected)
  const auth = authentication(app, sessions, memberships)
  const io = () => (app as unknown as { io?: Server }).io
  const emit = emitter(io)
  const parents = new Parents(parentsDatabase, models)
  const realtime = new Realtime({ models: byName(models), parents, emit, onError })
  const audienceOf = audienceCompiler(models)
  const members = membersOf(app, io, { realtime, audienceOf })
  auth.admit = (connection, user_id) => members.admit(connection, user_id)

  const position = () => feed.consumers.positionOf(REAL_TIME)
  const told = { database, realtime, emit, position, audienceOf, affected, credentialOf, onError }
  const watched = { ...told, ...targetsOf(models), sockets: socketsOf(members, auth, io) }
  const rights = new Rights(watched)
  members.onIdentity = (member) => rights.reconsider([member])
  const security = securityConsumer(recorderOf(app, auth), onError)
  const reconsiderAll = () => rights.reconsider(members.all())
  const consumers = [
    sessionConsumer(sessions),
    realtimeConsumer({ rights, realtime, reconsiderAll }),
    security
  ]
  for (const consumer of consumers) feed.consume(consumer)
  const idle = async () => {
    await feed.consumers.idle()
    for (const part of [rights, realtime, security]) await part.idle()
  }

  return { members, identified: () => rights.identified(), idle, close }
}

/**
 * Consumers read tables that somebody may have locked, and must neither wait for long nor keep requests waiting. What records follow
 * is read for everybody's events, and so not behind what changed rights ask for.
 */
const ownConnections = (app: Application, { config }: Connection) => {
  const client = async () => new SessionClient(await config({ lock_timeout: LOCK_TIMEOUT }))
  const timeout = 1000 * app.get('feed').stall_timeout
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
  parts: Pick<ConnectionRegistryOptions, 'realtime' | 'audienceOf'>
) =>
  new ConnectionRegistry({
    ...parts,
    tell: (id, event, data) => void io()?.to(id).emit(event, data),
    warning: app.get('auth').expiry_warning,
    maxPerUser: app.get('sockets').per_user
  })

/** A token that was revoked must not stay good for as long as somebody leaves a transaction open, so it is forgotten before its turn. */
const sessionConsumer = (sessions: SessionCache): Consumer => ({
  name: 'sessions',
  delivery: 'live',
  consume: (changes) => sessions.consume(changes),
  foresee: (changes) => sessions.consume(changes),
  lost: () => sessions.clear()
})

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
    if (!resources) reconsiderAll()
    realtime.reset(position, resources)
  }
})

const byName = (models: readonly Model[]) => new Map(models.map((model) => [model.name, model]))

const targetsOf = (models: readonly Model[]) => {
  const tables = models.filter(({ table }) => table)
  return { models: tables, targets: new Map(tables.map((model) => [model.name, targetOf(model)])) }
}

/** An account that is switched on again must not bring back who was signed in to it. */
const recorderOf =
  (app: Application, auth: SessionAuthentication) =>
  async ({ event, payload, position }: Noticed) => {
    if (event === 'account_deactivated') await auth.revokeAll(Number(payload.user_id), { until: position })
    await recordSecurity(app, event, payload)
  }

/** The sockets of this process, as the consumer of rights asks for them. */
const socketsOf = (
  members: ConnectionRegistry,
  auth: SessionAuthentication,
  io: () => Server | undefined
): RightsOptions['sockets'] => ({
  connectionsOf: (record) => members.connectionsOf(record),
  credential: (member) => members.credential(member),
  identify: (group) => members.identify(group, (credential) => userOf(auth, credential)),
  isConnected: (member) => members.isConnected(member),
  // Not by a packet that tells it to go: then its client would not come back.
  cut: ({ id }) => void io()?.sockets.sockets.get(id)?.conn.close()
})

/** Whom a token or a key stands for now: nobody, where it is no good any more. */
const userOf = async (auth: SessionAuthentication, credential: object | undefined): Promise<User> => {
  if (!credential) return null
  try {
    // The program asks this for itself: it does not wait behind calls from outside.
    const params = { isAdmitted: true } as Params
    const { user } = await auth.authenticate(credential as never, params, 'jwt', 'api_key')
    return user as Principal
  } catch (error) {
    if ((error as ApiError).code !== 401) throw error
    return null
  }
}
