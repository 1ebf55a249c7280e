import { existsSync, readFileSync } from 'fs'
import path from 'path'
import socketio from '@feathersjs/socketio'
import type { DeclaredVersions } from './model/versions/api-versions'
import { versionsOf } from './model/versions/verify'
import type { Model } from './model/model'
import { sockets } from './sockets/channels'
import type { Application, Settings } from './declare/declarations'
import { errorsOf, hooksAround } from './app-hooks'
import { SocketCalls } from './http/calls'
import type { OriginPolicy } from './http/origins'
import { originPolicy } from './http/origins'
import { koaServer } from './http/server'
import { guardLookup } from './http/route'
import { engine } from './engine'
import type { ErrorDefinitions } from './errors/define-errors'
import { addedErrors } from './errors/define-errors'
import { isDevelopment } from './errors/errors'
import { hookServicesLazily } from './service/hook-lazily'
import { parseSubscription } from './service/subscription'
import { failureLog } from './util/failure-log'
import { logger } from './util/logger'
import type { Connection } from './database/connection'
import { postgresql } from './database/postgresql'
import { createDatabase } from './database/query'
import type { AnyResource } from './declare'
import { configuredApp } from './settings/settings'
import type { SettingsDeclaration } from './settings/declaration'
import type { Partly } from './settings/merge'
import type { Module, ModuleContext } from './module'
import {
  documentsOf,
  factsOf,
  middlewareOf,
  migrationFolders,
  upgradesOf,
  verifiedModels,
  verifyModules
} from './module-parts'
import { redisOf } from './database/redis'
import { SocketBounds } from './sockets/socket-bounds'
import { lifecycle } from './lifecycle'
import { openCalls } from './open-calls'
import { middleware } from './middleware'
import { observe, shownMetrics } from './observability'
import type * as ProcessGauges from './process-gauges'
import { offersOf, setBounds, socketOptions, streamOptions } from './transports'
import { startsBesideOthers } from './worker'

export interface AppOptions {
  /** What the application itself declares; modules bring their own. */
  readonly resources: readonly AnyResource[]
  /** Parts such as `accounts`, in the order in which they are put around the application. */
  readonly modules?: readonly Module[]
  /** The versions of its API; one by default. Declarations say what was different in older ones. */
  readonly versions?: DeclaredVersions
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

const installOf = (modules: readonly Module[], context: ModuleContext) => async () => {
  for (const module of modules) await module.install?.(context)
}

const prepared = (modules: readonly Module[], context: ModuleContext): ModuleContext => {
  context.app.set('install', installOf(modules, context))
  for (const module of modules) module.prepare?.(context)

  return context
}

/** What modules install, then the application's own seed, then those of the modules. */
const seedOf = (modules: readonly Module[], context: ModuleContext, own: AppOptions['seed']) => async () => {
  await context.app.get('install')()
  await own?.(context.app)
  for (const module of modules) await module.seed?.(context)
}

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

/** The settings that the engine, the modules and the application declare, and the log, on a Feathers application. */
const configured = ({ modules = [], resources, settings, config, root }: AppOptions): Application => {
  verifyModules(modules)
  const declarations = [...modules, { settings }].flatMap((part) => part.settings ?? [])

  const app: Application = configuredApp({
    declarations,
    config,
    root,
    server: (http) =>
      koaServer(http, () => ({
        upgrades: offersOf(app),
        watch: app.get('watch'),
        load: app.get('load'),
        plainCalls: app.get('plainCalls'),
        whenSetUp: app.get('whenSetUp'),
        awaitStart: app.get('awaitStart'),
        listensOnceSetUp: startsBesideOthers()
      }))
  })

  hookServicesLazily(app)
  app.set('logger', logger).set('ownResources', new Set(resources.map(({ name }) => name)))
  observe(app)

  return app
}

const contextOf = (
  app: Application,
  models: readonly Model[],
  { knex, pipeline }: Connection,
  root: string
): ModuleContext => ({
  app,
  models,
  root,
  knex,
  database: createDatabase(knex, pipeline),
  redis: redisOf(app),
  logger
})

const finished = (app: Application): Application => {
  guardLookup(app)
  if (app.get('metricsRegistry')) (require('./process-gauges') as typeof ProcessGauges).meterProcess(app)

  return app
}

/**
 * The application, not yet listening. `app.listen` opens the database, migrates it and starts the feed.
 *
 * @example const server = await createApp({ resources: [notes], modules: [accounts] }).listen(3030)
 */
export const createApp = (options: AppOptions): Application => {
  const { modules = [], root = process.cwd(), migrations = path.join(root, 'migrations') } = options
  const app = configured({ ...options, root }).set('migrations', migrationFolders(modules, migrations))
  const models = verifiedModels(modules, options.resources)
  app.set('facts', factsOf(modules)).set('versions', versionsOf(options.versions, models))
  const connection = postgresql(app)
  const calls = new SocketCalls()
  setBounds(app)
  const logFailure = failureLog(logger)
  const errors = errorsOf(app, models, logFailure)
  app.hooks({ around: { all: hooksAround(app, models, calls, errors) as never[] } })
  const reads = openCalls(app, models, errors)
  const context = prepared(modules, contextOf(app, models, connection, root))
  const origins = originsOf(app)
  const socketBounds = new SocketBounds(app.get('sockets'), app.get('trust_proxy'))
  const streams = streamOptions(app, models, socketBounds)
  // Both transports extend every service that is registered after them.
  middleware(app, models, {
    origins,
    version: versionOf(root),
    logFailure,
    ofModules: middlewareOf(modules, context),
    errors: addedErrors([...modules, options].map(({ errors = {} }) => errors)),
    documents: () => documentsOf(modules, context),
    streams,
    shownMetrics: shownMetrics(app)
  })
  app.set('streams', streams).set('upgrades', upgradesOf(modules, context))
  app.configure(socketio(socketOptions(app, models, origins, socketBounds), (io) => accept(io)))
  const parts = engine(connection, modules, context, reads)
  lifecycle(app, connection, parts, {
    calls,
    migrations: app.get('migrations'),
    seed: seedOf(modules, context, options.seed)
  })
  const accept = sockets(app, parts.members, { bounds: socketBounds, parseSubscription })
  app.set('engine', parts)
  if (options.services) app.configure(options.services)

  return finished(app)
}

declare module './declare/declarations' {
  interface Configuration {
    /** Makes in a migrated database what modules need besides. */
    install: () => Promise<void>
  }
}
