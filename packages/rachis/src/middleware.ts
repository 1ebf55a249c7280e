import { rest as feathersRest } from '@feathersjs/koa'
import helmet from 'koa-helmet'
import type { AuthCall } from './accounts/cookie-sessions'
import { cookieSessions } from './accounts/cookie-sessions'
import { oauthPaths } from './accounts/oauth/document'
import type * as OAuth from './accounts/oauth/routes'
import { configuredProviders } from './accounts/oauth/settings'
import { isLinked, signedLinks } from './accounts/signed-links'
import type { Model } from './model/model'
import { openapi } from './openapi/openapi'
import { undeclared } from './openapi/openapi-undeclared'
import type { Application } from './declare/declarations'
import { requireAcceptable, normalizeAccept } from './http/accept'
import { readBody } from './http/body'
import { bodyLimits } from './http/body-limits'
import { docs } from './http/docs'
import { health } from './http/health'
import { answerErrors, normalizePath, readQuery, stripPrefix, setAddress } from './http/http'
import { cors } from './http/cors'
import type { OriginPolicy } from './http/origins'
import { pathHint } from './http/paths'
import { guardServices, rest } from './http/rest'
import { root } from './http/root'
import type { FailureLog } from './util/failure-log'
import { logger } from './util/logger'

export interface MiddlewareOptions {
  readonly origins: OriginPolicy
  /** Of the application, for its document. */
  readonly version?: string
  readonly logFailure: FailureLog
  /** What requests wait for while the database is being prepared. */
  readonly whenReady: () => Promise<unknown>
}

/** Declared resources by their declarations, and services written by hand as far as they tell. */
const documentOf = (app: Application, models: readonly Model[], version?: string) => {
  const paths = models.map(({ path }) => path)
  const options = undeclared(app.services as never, paths)
  const providers = configuredProviders(app.get('oauth')).map(([name]) => name)

  return openapi(models, {
    ...options,
    ...(version ? { version } : {}),
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
export const middleware = (
  app: Application,
  models: readonly Model[],
  { origins, version, logFailure, whenReady }: MiddlewareOptions
) => {
  // Koa would print it: a client that left before it had its answer, for one.
  app.on('error', (err: Error) => logger.info({ err }, 'An answer could not be sent'))
  // For ctx.secure and ctx.host; whose call it is, addressOf says for both transports.
  Object.assign(app, { proxy: app.get('trust_proxy') > 0, maxIpsCount: app.get('trust_proxy') })
  app.use(answerErrors(logFailure, pathHint(app, models)))
  app.use(normalizePath)
  app.use(normalizeAccept)
  app.use(setAddress(app.get('trust_proxy')))
  // Whoever serves this over TLS may add the upgrade; without TLS it would break the pages.
  app.use(helmet({ contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } }))
  app.use(cors(origins))
  app.use(health(app))
  app.use(docs({ document: () => documentOf(app, models, version) }))
  app.use(root(models))
  app.use(stripPrefix)
  app.use(async (_ctx, next) => void (await whenReady(), await next()))
  app.use(readQuery)
  if (configuredProviders(app.get('oauth')).length > 0) app.use(oauth(app))
  app.use(requireAcceptable)
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
  app.use(rest(models, app.get('call')))
  app.use(guardServices(app))
  app.configure(feathersRest())
}
