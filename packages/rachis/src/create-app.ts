import { existsSync, readFileSync } from 'fs'
import path from 'path'
import socketio from '@feathersjs/socketio'
import { messageBounds } from './model/message-limits'
import { lowerVerified } from './model/verify'
import type { Model } from './model/model'
import { sockets } from './sockets/channels'
import { constraintsOf, databaseError } from './database/sql-errors'
import type { Application, Settings } from './declare/declarations'
import { SocketCalls } from './http/calls'
import { corsOfSockets } from './http/cors'
import type { OriginPolicy } from './http/origins'
import { originPolicy } from './http/origins'
import type { EventStreamOptions } from './http/event-streams'
import { koaServer } from './http/server'
import { guardLookup } from './http/route'
import { boundedParser } from './sockets/socket-parser'
import type { BoundsOf } from './sockets/socket-parser'
import { engine } from './engine'
import type { ErrorDefinitions } from './errors/define-errors'
import { addedErrors } from './errors/define-errors'
import { ApiError, isDevelopment, toApiError } from './errors/errors'
import { createCall } from './service/call'
import { boundQuery } from './service/hooks/bound-query'
import { callOf, schemaError, translateErrors } from './service/hooks/translate-errors'
import type { Hook } from './service/hooks/context'
import { parseSubscription } from './service/subscription'
import { admitStream } from './streams'
import { PoolShares, share } from './service/hooks/share'
import { failureLog } from './util/failure-log'
import type { FailureLog } from './util/failure-log'
import { logger } from './util/logger'
import type { Connection } from './database/connection'
import { postgresql } from './database/postgresql'
import { createDatabase } from './database/query'
import type { AnyResource } from './declare'
import { configuredApp } from './settings/settings'
import type { SettingsDeclaration } from './settings/declaration'
import type { Partly } from './settings/merge'
import type { Module, ModuleContext } from './module'
import { around, documentsOf, factsOf, middlewareOf, migrationFolders, verifyModules } from './module-parts'
import { advisor } from './rules/module-facts'
import { redisOf } from './database/redis'
import { SocketBounds } from './sockets/socket-bounds'
import { lifecycle } from './lifecycle'
import { middleware } from './middleware'

export interface AppOptions {
  /** What the application itself declares; modules bring their own. */
  readonly resources: readonly AnyResource[]
  /** Parts such as `accounts`, in the order in which they are put around the application. */
  readonly modules?: readonly Module[]
  /** The application's own settings, beside those of the engine and of the modules. */
  readonly settings?: SettingsDeclaration
  /** What the application adds to the catalogue of errors: `defineErrors`. */
  readonly errors?: ErrorDefinitions
  /** Values of settings that differ from config/ and the environment. */
  readonly config?: Partly<Settings>
  /** The project's folder, which holds config/, migrations/ and the data of the embedded database; by default the working directory. */
  readonly root?: string
  /** The folder of the application's migrations; by default `migrations` in the project's folder. Those of the engine and of modules run before. */
  readonly migrations?: string
  /** Registers what is written by hand, such as the services that the Feathers CLI writes. */
  readonly services?: (app: Application) => void
  /** Runs after the migrations, in one process at a time: what a new database starts with. A rejection stops the start. */
  readonly seed?: (app: Application) => Promise<void>
}

/** Every failure in a service, from whichever transport it was called, as an error of the catalogue. */
const errorsOf = (app: Application, models: readonly Model[], logFailure: FailureLog) => {
  const constraints = constraintsOf(models)
  const advise = advisor(app.get('facts'))

  return translateErrors(
    (error, context) =>
      advise(
        databaseError(error, constraints, callOf(context)) ?? schemaError(error, context) ?? toApiError(error)
      ),
    (error, { path, method, params: { trace_id } }) => logFailure(error, { trace_id, path, method })
  )
}

/** Declared resources share the connections once it is known who calls; services written by hand find that out by themselves. */
const shareUndeclared = (models: readonly Model[]): Hook => {
  const declared = new Set(models.map(({ path }) => path))
  const shared = share((context) => context.app.get('identity').operationOf(context))

  return (context, next) => (declared.has(context.path) ? next() : shared(context, next))
}

/** What the modules declare and then what the application does, verified. */
const modelsOf = (modules: readonly Module[], own: readonly AnyResource[]): Model[] => {
  const resources = [...modules.flatMap((module) => module.resources ?? []), ...own]

  return lowerVerified(resources, around(modules))
}

/** The application's own seed, then those of the modules. */
const seedOf = (modules: readonly Module[], context: ModuleContext, own: AppOptions['seed']) => async () => {
  await own?.(context.app)
  for (const module of modules) await module.seed?.(context)
}

/** Bytes of a socket's frame besides its data: method, service and id of the call. */
const ENVELOPE = 4096

/** What package.json says in the project's folder, if there is one. */
const versionOf = (folder: string): string | undefined => {
  const file = path.join(folder, 'package.json')
  if (!existsSync(file)) return undefined

  return (JSON.parse(readFileSync(file, 'utf8')) as { version?: string }).version
}

const originsOf = (app: Application): OriginPolicy =>
  originPolicy({
    allowed: app.get('allowed_origins'),
    isDevelopment: isDevelopment(),
    onRefused: (origin) => logger.warn({ origin }, 'An origin is not in allowed_origins')
  })

/** What every call goes through, on declared services and on others, from the outside in. */
const hooksAround = (
  app: Application,
  models: readonly Model[],
  calls: SocketCalls,
  logFailure: FailureLog
) => [
  calls.hook,
  errorsOf(app, models, logFailure),
  boundQuery(app.get('http').max_header_size),
  shareUndeclared(models)
]

/** The settings that the engine, the modules and the application declare, on a Feathers application. */
const configured = ({ modules = [], settings, config, root }: AppOptions): Application => {
  verifyModules(modules)
  const declarations = [...modules, { settings }].flatMap((part) => part.settings ?? [])

  return configuredApp({ declarations, config, root, server: koaServer })
}

const socketOptions = (
  app: Application,
  origins: OriginPolicy,
  { allowRequest }: SocketBounds,
  boundsOf: BoundsOf
) => ({
  maxHttpBufferSize: app.get('body_limit') + ENVELOPE,
  connectTimeout: app.get('sockets').connect_timeout * 1000,
  allowRequest,
  parser: boundedParser(boundsOf),
  cors: corsOfSockets(origins, () => app.get('identity').usesCookies)
})

const contextOf = (app: Application, models: readonly Model[], { knex }: Connection): ModuleContext => ({
  app,
  models,
  knex,
  database: createDatabase(knex),
  redis: redisOf(app),
  logger
})

const streamOptions = (
  app: Application,
  models: readonly Model[],
  bounds: SocketBounds
): EventStreamOptions => ({
  open: () => app.get('engine').openStream,
  identity: () => app.get('identity'),
  asks: (query, user) => parseSubscription(models, query, user),
  admit(request, connection) {
    if (app.get('phase') !== 'ready') throw new ApiError('UNAVAILABLE', { headers: { 'Retry-After': '2' } })
    return admitStream(request, connection, { bounds, members: app.get('engine').members })
  },
  limit: app.get('sockets').buffer_limit
})

/**
 * The application, not yet listening. `app.listen` opens the database, migrates it and starts the feed.
 *
 * @example const server = await createApp({ resources: [notes], modules: [accounts] }).listen(3030)
 */
export const createApp = (options: AppOptions): Application => {
  const { modules = [], root = process.cwd(), migrations = path.join(root, 'migrations') } = options
  const app = configured({ ...options, root })
  const models = modelsOf(modules, options.resources)
  app.set('facts', factsOf(modules))
  const connection = postgresql(app)
  const calls = new SocketCalls()
  app.set('shares', new PoolShares(app.get('database')))
  const logFailure = failureLog(logger)
  app.hooks({ around: { all: hooksAround(app, models, calls, logFailure) as never[] } })
  const context = contextOf(app, models, connection)
  for (const module of modules) module.prepare?.(context)
  const origins = originsOf(app)
  app.set('call', createCall(app, models, { place: () => app.get('engine').place() }))
  const socketBounds = new SocketBounds(app.get('sockets'), app.get('trust_proxy'))
  // Both transports extend every service that is registered after them.
  middleware(app, models, {
    origins,
    version: versionOf(root),
    logFailure,
    ofModules: middlewareOf(modules, context),
    errors: addedErrors([...modules, options].map(({ errors = {} }) => errors)),
    documents: () => documentsOf(modules, context),
    streams: streamOptions(app, models, socketBounds),
    whenReady: () => whenReady()
  })
  const boundsOf = messageBounds(models, app.get('facts').paths, app.get('body_limit'))
  app.configure(socketio(socketOptions(app, origins, socketBounds, boundsOf), (io) => accept(io)))
  const parts = engine(connection, modules, context)
  const whenReady = lifecycle(app, connection, parts, {
    calls,
    migrations: migrationFolders(modules, migrations),
    seed: seedOf(modules, context, options.seed)
  })
  const accept = sockets(app, parts.members, socketBounds, whenReady)
  app.set('engine', parts)
  app.set('logger', logger)
  if (options.services) app.configure(options.services)
  guardLookup(app)

  return app
}
