import { setTimeout as pause } from 'timers/promises'
import { rest as feathersRest } from '@feathersjs/koa'
import socketio from '@feathersjs/socketio'
import helmet from 'koa-helmet'
import type { Server } from 'socket.io'
import type { AuthCall } from './accounts/cookie-sessions'
import { CookieSessions, cookieSessions } from './accounts/cookie-sessions'
import { oauthPaths } from './accounts/oauth/document'
import type * as OAuth from './accounts/oauth/routes'
import { configuredProviders } from './accounts/oauth/settings'
import { isLinked, signedLinks } from './accounts/signed-links'
import { lowerAll } from './model/model'
import type { Model } from './model/model'
import { openapi } from './openapi/openapi'
import { undeclared } from './openapi/openapi-undeclared'
import { sockets } from './sockets/channels'
import type { Settings } from './settings/configuration'
import { demandColumns } from './database/agreement'
import { constraintsOf, databaseError } from './database/sql-errors'
import type { Connection } from './database/connection'
import { alone, migrate } from './database/migrate'
import type { Application } from './declare/declarations'
import { demandAcceptable, normalizeAccept } from './http/accept'
import { readBody } from './http/body'
import { bodyLimits } from './http/body-limits'
import { closeSockets, SocketCalls } from './http/calls'
import { docs } from './http/docs'
import { health } from './http/health'
import { answerErrors, normalizePath, readQuery, stripPrefix, tellAddress } from './http/http'
import { cors, corsOfSockets } from './http/cors'
import type { OriginPolicy } from './http/origins'
import { originPolicy } from './http/origins'
import { pathHint } from './http/paths'
import { guardLookup, guardServices, rest } from './http/rest'
import { root } from './http/root'
import { boundedParser } from './sockets/socket-parser'
import { engine } from './engine'
import type { Engine } from './engine'
import { toApiError } from './errors/errors'
import { boundQuery } from './service/hooks/bound-query'
import { callOf, schemaError, translateErrors } from './service/hooks/translate-errors'
import type { Hook } from './service/hooks/context'
import { PoolShares, share } from './service/hooks/share'
import { warnOfServices } from './service/hooks/service-rules'
import { logger } from './util/logger'
import { postgresql } from './database/postgresql'
import type { AnyResource } from './declare'
import { verify } from './declare/verify'
import { refuseDemoLogins, seed } from '../../../src/seed'
import { services } from '../../../src/services'
import { resources as declared } from '../../../src/services/resources'
import { configuredApp } from './settings/settings'
import type { Partly } from './settings/settings'
import { SocketBounds } from './sockets/socket-bounds'

export interface AppOptions {
  /** Settings that differ from config/ and the environment. */
  readonly settings?: Partly<Settings>
  readonly resources?: readonly AnyResource[]
}

/** Declared resources by their declarations, and services written by hand as far as they tell. */
const documentOf = (app: Application, models: readonly Model[]) => {
  const paths = models.map(({ path }) => path)
  const options = undeclared(app.services as never, paths)
  const providers = configuredProviders(app.get('oauth')).map(([name]) => name)

  const { version } = require('../package.json') as { version: string }

  return openapi(models, {
    ...options,
    version,
    extraPaths: { ...options.extraPaths, ...oauthPaths(providers) }
  })
}

/** What the cookies of a session have to know of `auth`. */
const authCalls = (models: readonly Model[]): AuthCall[] => {
  const operations = models.filter(({ name }) => name === 'auth').flatMap((model) => model.operations)
  const isForAll = (rule: readonly object[]) => rule.some((clause) => Object.keys(clause).length === 0)

  return operations.map(({ name, rule, http: { method, path } }) => ({
    name,
    call: `${method} ${path}`,
    isOpen: isForAll(rule)
  }))
}

/** Loaded where there are providers only, as the strategy is. */
const oauth = (app: Application) => (require('./accounts/oauth/routes') as typeof OAuth).oauthRoutes(app)

/** The way of a request, from the outside in. */
const middleware = (
  app: Application,
  models: readonly Model[],
  origins: OriginPolicy,
  whenReady: () => Promise<unknown>
) => {
  // Koa would print it: a client that left before it had its answer, for one.
  app.on('error', (err: Error) => logger.info({ err }, 'An answer could not be sent'))
  // For ctx.secure and ctx.host; whose call it is, addressOf says for both transports.
  Object.assign(app, { proxy: app.get('trust_proxy') > 0, maxIpsCount: app.get('trust_proxy') })
  app.use(answerErrors(logger, pathHint(app, models)))
  app.use(normalizePath)
  app.use(normalizeAccept)
  app.use(tellAddress(app.get('trust_proxy')))
  // Whoever serves this over TLS may add the upgrade; without TLS it would break the pages.
  app.use(helmet({ contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } }))
  app.use(cors(origins))
  app.use(health(app))
  app.use(docs({ document: () => documentOf(app, models) }))
  app.use(root(models))
  app.use(stripPrefix)
  app.use(async (_ctx, next) => void (await whenReady(), await next()))
  app.use(readQuery)
  if (configuredProviders(app.get('oauth')).length > 0) app.use(oauth(app))
  app.use(demandAcceptable)
  app.use(readBody(bodyLimits(models, app.get('body_limit'))))
  app.use(signedLinks(app))
  const cookies = app.get('cookieSessions')
  if (cookies) app.use(cookieSessions(app, { cookies, calls: authCalls(models) }))
  app.use(async (ctx, next) => {
    if (isLinked(ctx)) return next()
    const service = app.defaultAuthentication!()
    const { parseStrategies = [] } = service.configuration
    const authentication = await service.parse(ctx.req, ctx.res, ...parseStrategies)
    if (authentication) ctx.feathers = { ...ctx.feathers, authentication }
    await next()
  })
  app.use(rest(app, models))
  app.use(guardServices(app))
  app.configure(feathersRest())
}

/** Every failure in a service, from whichever transport it was called, as an error of the catalogue. */
const errorsOf = (models: readonly Model[]) => {
  const constraints = constraintsOf(models)

  return translateErrors(
    (error, context) =>
      databaseError(error, constraints, callOf(context)) ?? schemaError(error, context) ?? toApiError(error),
    (error, { path, method, params: { trace_id } }) =>
      logger.error({ err: error.cause ?? error, trace_id, path, method }, error.message)
  )
}

/** Declared resources share the connections once it is known who calls; services written by hand find that out by themselves. */
const shareUndeclared = (models: readonly Model[]): Hook => {
  const declared = new Set(models.map(({ path }) => path))
  const shared = share()

  return (context, next) => (declared.has(context.path) ? next() : shared(context, next))
}

/** Opens the database, migrates and fills it, then starts the feed; `ready` is what requests wait for meanwhile. */
const lifecycle = (
  app: Application,
  { knex, withMigrator, close }: Connection,
  parts: Engine,
  calls: SocketCalls
) => {
  let ready: Promise<void> = Promise.resolve()
  type Next = () => Promise<void>
  const prepare = async () => {
    const applied = await withMigrator((migrator) => migrate(migrator))
    if (applied.length > 0) logger.info({ applied }, 'Migrated the database')
    await demandColumns(knex, parts.models)
    if (process.env.NODE_ENV === 'production') await refuseDemoLogins(app)
    // Of several that start at once on an empty database one fills it.
    await alone(knex, () => seed(app))
    await parts.start()
    warnOfServices(app, parts.models)
  }
  const setup = async (_context: unknown, next: Next) => {
    ready = prepare()
    await ready
    await next()
  }
  const teardown = async (_context: unknown, next: Next) => {
    // The server takes no more connections, and the requests and calls that have come are answered.
    const drained = next()
    // Without a server, as for the command line, sockets have no engine.
    const { engine } = (app as unknown as { io?: { engine?: Server['engine'] } }).io ?? {}
    await Promise.race([
      calls.finished(),
      pause(app.get('http').shutdown_grace * 1000, undefined, { ref: false })
    ])
    if (engine) closeSockets(engine)
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

/** Bytes of a socket's frame besides its data: method, service and id of the call. */
const ENVELOPE = 4096

/**
 * The application, not yet listening. `app.listen` opens the database, migrates it and starts the feed.
 *
 * @example const server = await createApp({ settings: { port: 3030 } }).listen(3030)
 */
export const createApp = ({ settings, resources = declared }: AppOptions = {}): Application => {
  const app = configuredApp(settings)
  verify(resources)
  const models = lowerAll(resources)
  const connection = postgresql(app)
  const bounds = boundQuery(app.get('http').max_header_size)
  const calls = new SocketCalls()
  app.set('shares', new PoolShares(app.get('database')))
  const around = [calls.hook, errorsOf(models), bounds, shareUndeclared(models)]
  app.hooks({ around: { all: around as never[] } })
  // Both transports extend every service that is registered after them.
  if (app.get('auth').cookies.enabled) app.set('cookieSessions', new CookieSessions(app))
  const origins = originPolicy({
    allowed: app.get('allowed_origins'),
    isDevelopment: (process.env.NODE_ENV ?? 'development') === 'development',
    onRefused: (origin) => logger.warn({ origin }, 'An origin is not in allowed_origins')
  })
  middleware(app, models, origins, () => whenReady())
  const socketBounds = new SocketBounds(app.get('sockets'), app.get('trust_proxy'))
  const options = {
    maxHttpBufferSize: app.get('body_limit') + ENVELOPE,
    connectTimeout: app.get('sockets').connect_timeout * 1000,
    allowRequest: socketBounds.allowRequest,
    parser: boundedParser,
    cors: corsOfSockets(origins, app.get('auth').cookies.enabled)
  }
  app.configure(socketio(options, (io) => accept(io)))
  const parts = engine(app, models, connection, logger)
  const whenReady = lifecycle(app, connection, parts, calls)
  const accept = sockets(app, parts.members, socketBounds, whenReady)
  app.set('engine', parts)
  app.set('logger', logger)
  app.configure(services)
  guardLookup(app)

  return app
}

/** The application of this process, as the tests of generated services import it. */
export const app = createApp()
