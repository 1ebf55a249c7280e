import type { Server } from 'socket.io'
import { passwordsOf } from './auth/passwords'
import { recordSecurity } from './auth/security'
import type { SessionAuthentication } from './authentication'
import { authentication } from './authentication'
import { emitter, Members } from './channels'
import { audienceCompiler } from './compilers/audience'
import type { Model } from './compilers/model'
import { affectedUsers, membershipsOf } from './compilers/memberships'
import { targetOf } from './compilers/resource-service'
import type { User } from './compilers/policy'
import type { Database } from './compilers/service'
import type { Change } from './changes/change'
import { Realtime } from './changes/consumers/realtime'
import type { RightsOptions } from './changes/consumers/rights'
import { reconsiderOrCut, rightsConsumer } from './changes/consumers/rights'
import { securityConsumer } from './changes/consumers/security'
import type { Noticed } from './changes/consumers/security'
import { SessionCache } from './changes/consumers/sessions'
import { Feed } from './changes/feed'
import { Listener } from './changes/listener'
import { Parents } from './changes/parents'
import { pruneAll, startPruning } from './changes/retention'
import type { Connection } from './database/connection'
import { createDatabase } from './database/query'
import type { Application, Principal } from './declarations'
import { door } from './door'
import type { ApiError } from './errors'
import type { Logger } from './logger'
import { register } from './register'
import type { Registration } from './register'

/** The running parts behind the services: the feed, and who consumes it. */
export interface Engine {
  readonly models: readonly Model[]
  readonly members: Members
  readonly feed: Feed
  /** To be called after a write that was committed by SQL of our own: here and elsewhere the feed looks at once. */
  wake(): void
  start(): Promise<void>
  stop(): Promise<void>
}

const registerAll = (
  app: Application,
  models: readonly Model[],
  options: Pick<Registration, 'database' | 'knex' | 'wake' | 'guards'>
) => {
  const registration = { ...options, passwords: passwordsOf(app) }
  for (const model of models) register(app, model, registration)
}

const pruning = (app: Application, models: readonly Model[], database: Database, logger: Logger) => {
  const onError = (err: unknown) => logger.error({ err }, 'Old changes and records could not be removed')
  return startPruning(() => pruneAll(database, models, app.get('feed').retention, onError), onError)
}

/** Registers every model and wires the feed to its consumers. */
export const engine = (
  app: Application,
  models: readonly Model[],
  connection: Connection,
  logger: Logger
): Engine => {
  const database = createDatabase(connection.knex)
  const onError = (error: unknown) => logger.error({ err: error }, 'The change feed could not be read')
  const feed = new Feed({ database, pollInterval: app.get('feed').poll_interval, onError })
  const listener = new Listener(connection.config, () => feed.wake())
  const wake = () => {
    feed.wake()
    listener.notify()
  }
  const { guards, ...atTheDoor } = door(app, connection.knex, logger)
  registerAll(app, models, { database, knex: connection.knex, wake, guards })
  const members = consumers(app, models, database, feed, onError)

  let stopPruning = () => {}
  return {
    models,
    members,
    feed,
    wake,
    async start() {
      await atTheDoor.open()
      await feed.start()
      await listener.start()
      stopPruning = pruning(app, models, database, logger)
    },
    async stop() {
      stopPruning()
      members.stop()
      await atTheDoor.close()
      await listener.stop()
      await feed.stop()
    }
  }
}

/** In their order: a token that was revoked is forgotten, and rights that were lost are gone, before events are sent. */
const consumers = (
  app: Application,
  models: readonly Model[],
  database: Database,
  feed: Feed,
  onError: (error: unknown) => void
): Members => {
  const memberships = membershipsOf(models)
  const affected = affectedUsers(memberships)
  const sessions = new SessionCache(app.get('auth').cache_ttl, affected)
  const auth = authentication(app, sessions, memberships)
  const io = () => (app as unknown as { io?: Server }).io
  const emit = emitter(io)
  const parents = new Parents(database, models)
  const byName = new Map(models.map((model) => [model.name, model]))
  // What could not be told, all sockets have missed: they are cut, come back, and fetch anew.
  const untold = (error: unknown) => {
    onError(error)
    for (const { conn } of io()?.sockets.sockets.values() ?? []) conn.close()
  }
  const realtime = new Realtime({ models: byName, parents, emit, onError: untold })
  const audienceOf = audienceCompiler(models)
  const members = new Members({
    realtime,
    audienceOf,
    tell: (id, event, data) => void io()?.to(id).emit(event, data),
    warning: app.get('auth').expiry_warning
  })
  const tables = models.filter(({ table }) => table)
  const targets = new Map(tables.map((model) => [model.name, targetOf(model)]))
  const position = () => feed.position
  const rights = { models: tables, targets, database, realtime, emit, position, audienceOf, affected }

  feed.consume((changes) => sessions.consume(changes))
  // A token that was revoked must not stay good for as long as somebody leaves a transaction open.
  feed.on('waiting', (changes: readonly Change[]) => sessions.consume(changes))
  const watched = { ...rights, sockets: socketsOf(members, auth, io), onError }
  members.onIdentity = (member) => void reconsiderOrCut(watched, member)
  feed.consume(rightsConsumer(watched))
  feed.consume((changes) => realtime.consume(changes).catch(untold))
  feed.consume(securityConsumer(tellOf(app, auth)))

  return members
}

/** An account that is switched on again must not bring back who was signed in to it. */
const tellOf =
  (app: Application, auth: SessionAuthentication) =>
  async ({ event, facts, position }: Noticed) => {
    if (event === 'account_deactivated') await auth.revokeAll(Number(facts.user_id), { until: position })
    await recordSecurity(app, event, facts)
  }

/** The sockets of this process, as the consumer of rights asks for them. */
const socketsOf = (
  members: Members,
  auth: SessionAuthentication,
  io: () => Server | undefined
): RightsOptions['sockets'] => ({
  concerned: (record) => members.concerned(record),
  identify: (member) => members.identify(member, (credential) => userOf(auth, credential)),
  isConnected: (member) => members.isConnected(member),
  // Not by a packet that tells it to go: then its client would not come back.
  cut: ({ id }) => void io()?.sockets.sockets.get(id)?.conn.close()
})

/** Whom a token or a key stands for now: nobody, where it is no good any more. */
const userOf = async (auth: SessionAuthentication, credential: object | undefined): Promise<User> => {
  if (!credential) return null
  try {
    const { user } = await auth.authenticate(credential as never, {}, 'jwt', 'api_key')
    return user as Principal
  } catch (error) {
    if ((error as ApiError).code !== 401) throw error
    return null
  }
}
