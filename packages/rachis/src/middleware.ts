import { rest as feathersRest } from '@feathersjs/koa'
import type { Middleware } from 'koa'
import type { Model } from './model/model'
import type { ErrorDefinition } from './errors/define-errors'
import type { DocumentParts } from './openapi/openapi-document'
import { openapi } from './openapi/openapi'
import { undeclared } from './openapi/openapi-undeclared'
import type { Application } from './declare/declarations'
import type { ModulesMiddleware } from './module-parts'
import { negotiate, normalizeAccept } from './http/accept'
import { readBody } from './http/body'
import { boundRequest } from './http/bound-request'
import { docs } from './http/docs'
import type { EventStreamOptions } from './http/event-streams'
import { eventStreams } from './http/event-streams'
import { health } from './http/health'
import { fastPath } from './http/fast-path'
import { answerErrors, answerFailure, normalizePath, readQuery, stripPrefix, setAddress } from './http/http' // prettier-ignore
import { cors } from './http/cors'
import type { OriginPolicy } from './http/origins'
import { pathHint } from './http/paths'
import { rest } from './http/rest'
import { findRoute, operationRoutes } from './http/route'
import { root } from './http/root'
import { advisor } from './rules/module-facts'
import { securityHeaders } from './http/security-headers'
import type { FailureLog } from './util/failure-log'
import { logger } from './util/logger'

export interface MiddlewareOptions {
  readonly origins: OriginPolicy
  /** Of the application, for its document. */
  readonly version?: string
  readonly logFailure: FailureLog
  /** Of the modules, for each of its two places. */
  readonly ofModules: ModulesMiddleware
  /** What modules and the application add to the catalogue of errors. */
  readonly errors: readonly ErrorDefinition[]
  /** The modules' parts of the document. */
  readonly documents: () => Required<DocumentParts>
  readonly streams: EventStreamOptions
  /** What requests wait for while the database is being prepared. */
  readonly whenReady: () => Promise<unknown>
}

/** The document of declared resources, of modules, and of hand-written services as far as they describe themselves. */
const documentOf = (
  app: Application,
  models: readonly Model[],
  { documents, errors, version }: Pick<MiddlewareOptions, 'documents' | 'errors' | 'version'>
) => {
  const paths = models.map(({ path }) => path)
  const { paths: served, schemes, hints } = app.get('facts')
  const described = [...paths, ...Object.keys(served)]
  const { extraPaths, extraSchemas, extraTags } = undeclared(app.services as never, described, schemes)
  const told = documents()

  return openapi(models, {
    ...(version ? { version } : {}),
    extraPaths: { ...extraPaths, ...told.paths },
    extraSchemas: { ...extraSchemas, ...told.schemas },
    extraTags: [...extraTags, ...told.tags],
    extraErrors: errors,
    extraDescription: told.description,
    schemes,
    hints
  })
}

/** Finds the credential of a request, unless a module has said already by what the call authenticates. */
const readCredential =
  (app: Application): Middleware =>
  async (ctx, next) => {
    if (!ctx.feathers?.authentication) {
      const authentication = await app.get('identity').parse(ctx.req, ctx.res)
      if (authentication) ctx.feathers = { ...ctx.feathers, authentication }
    }
    await next()
  }

/** The way of a request, from the outside in. */
export const middleware = (
  app: Application,
  models: readonly Model[],
  { origins, version, logFailure, ofModules, errors, documents, streams, whenReady }: MiddlewareOptions
) => {
  // Koa would print it: a client that left before it had its answer, for one.
  app.on('error', (err: Error) => logger.info({ err }, 'An answer could not be sent'))
  // For ctx.secure and ctx.host; whose call it is, addressOf says for both transports.
  Object.assign(app, { proxy: app.get('trust_proxy') > 0, maxIpsCount: app.get('trust_proxy') })
  const facts = app.get('facts')
  const failure = answerFailure(logFailure, pathHint(app, models), advisor(facts))
  const operations = operationRoutes(models, app.get('body_limit'))
  app.use(fastPath(app, { operations, failure, concerns: ofModules.concerns }))
  app.use(answerErrors(failure))
  app.use(boundRequest)
  app.use(normalizePath)
  app.use(normalizeAccept)
  app.use(setAddress(app.get('trust_proxy')))
  app.use(securityHeaders)
  app.use(cors(origins))
  app.use(health(app))
  app.use(docs({ document: () => documentOf(app, models, { documents, errors, version }) }))
  app.use(root(models, facts.links))
  app.use(stripPrefix)
  app.use(async (_ctx, next) => void (await whenReady(), await next()))
  app.use(readQuery)
  for (const one of ofModules.beforeBody) app.use(one)
  app.use(findRoute(app, models, operations))
  app.use(negotiate)
  app.use(readBody)
  for (const one of ofModules.aroundCalls) app.use(one)
  app.use(readCredential(app))
  app.use(eventStreams(streams))
  app.use(rest(app.get('call')))
  app.configure(feathersRest())
}
