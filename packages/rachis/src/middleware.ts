import type { IncomingMessage } from 'http'
import { rest as feathersRest } from '@feathersjs/koa'
import type { Middleware } from 'koa'
import type { Model } from './model/model'
import { prefixOf } from './model/prefix'
import { modelsIn } from './model/versions/model'
import type { ErrorDefinition } from './errors/define-errors'
import type { MergedParts } from './openapi/openapi-document'
import { asyncapi } from './openapi/asyncapi'
import { openapi } from './openapi/openapi'
import { undeclared } from './openapi/openapi-undeclared'
import type { Application } from './declare/declarations'
import type { ModulesMiddleware } from './module-parts'
import { negotiate, normalizeAccept } from './http/accept'
import { readBody } from './http/body'
import { boundRequest } from './http/bound-request'
import type { DocsOptions } from './http/docs'
import { docs } from './http/docs'
import type { EventStreamOptions } from './http/event-streams'
import type { EventPollOptions } from './http/event-polls'
import { eventPolls } from './http/event-polls'
import { eventStreams } from './http/event-streams'
import { health } from './http/health'
import { exportRecords } from './http/export'
import { chooseImport, importRecords } from './http/import'
import type { FastPathOptions } from './http/fast-path'
import { FastPath } from './http/fast-path'
import { answerErrors, answerFailure, normalizePath, readQuery, setAddress } from './http/http'
import type { PlainRequest } from './http/plain-request'
import { packAnswers } from './http/compression'
import { cors } from './http/cors'
import type { OriginPolicy } from './http/origins'
import type { MetricsOptions } from './http/metrics'
import { metrics } from './http/metrics'
import { pages } from './http/pages'
import { pathHint } from './http/paths'
import { countRequests } from './http/rates'
import { rawRoutes } from './http/raw-routes'
import { rest } from './http/rest'
import { answerServed, findRoute, operationRoutes } from './http/route'
import { root } from './http/root'
import { chooseVersion, stripPrefix } from './http/versions'
import { streamedRoute } from './rules/streamed-route'
import { advisor, rootPaths } from './rules/module-facts'
import { securityHeaders } from './http/security-headers'
import { watched } from './http/watched'
import type { FailureLog } from './util/failure-log'
import { logger } from './util/logger'

export interface MiddlewareOptions {
  readonly origins: OriginPolicy
  /** Of the application, for its document. */
  readonly version?: string
  readonly logFailure: FailureLog
  /** Of the modules, for each of its places. */
  readonly ofModules: ModulesMiddleware
  /** What modules and the application add to the catalogue of errors. */
  readonly errors: readonly ErrorDefinition[]
  /** The modules' parts of the document. */
  readonly documents: () => MergedParts
  readonly streams: EventStreamOptions & EventPollOptions
  /** Undefined where nobody may read metrics. */
  readonly shownMetrics?: MetricsOptions
}

interface DocumentOptions extends Pick<MiddlewareOptions, 'documents' | 'errors' | 'version'> {
  /** The version of the API that the document is of. */
  readonly apiVersion: number
}

/** The document of declared resources, of modules, and of hand-written services as far as they describe themselves. */
const documentOf = (
  app: Application,
  models: readonly Model[],
  { documents, errors, version, apiVersion }: DocumentOptions
) => {
  const paths = models.map(({ path }) => path)
  const { paths: served, schemes, hints } = app.get('facts')
  const described = [...paths, ...Object.keys(served)]
  const { extraPaths, extraSchemas, extraTags } = undeclared(app.services as never, described, schemes)
  const told = documents()

  return openapi(modelsIn(models, apiVersion), {
    apiVersion,
    ...(version ? { version } : {}),
    extraPaths: { ...extraPaths, ...told.paths },
    supplements: told.supplements,
    extraSchemas: { ...extraSchemas, ...told.schemas },
    extraTags: [...extraTags, ...told.tags],
    extraErrors: errors,
    extraDescription: told.description,
    ...(told.webhooks ? { sentEvents: told.webhooks } : {}),
    schemes,
    hints
  })
}

/** The document of what sockets and event streams tell. */
const eventsDocument =
  (app: Application, models: readonly Model[], version?: string) => (apiVersion: number) => {
    const url = URL.canParse(app.get('public_url')) ? new URL(app.get('public_url')) : undefined

    return asyncapi(modelsIn(models, apiVersion), {
      prefix: prefixOf(apiVersion),
      ...(version ? { version } : {}),
      host: url?.host ?? `localhost:${app.get('port')}`,
      secure: url?.protocol === 'https:'
    })
  }

const documentsOf = (
  app: Application,
  models: readonly Model[],
  options: MiddlewareOptions
): DocsOptions => ({
  versions: app.get('versions'),
  document: (apiVersion) => documentOf(app, models, { ...options, apiVersion }),
  events: eventsDocument(app, models, options.version)
})

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

/** For ctx.secure and ctx.host; whose call it is, addressOf says for both transports. */
const setProxies = (app: Application) =>
  Object.assign(app, { proxy: app.get('trust_proxy') > 0, maxIpsCount: app.get('trust_proxy') })

/** What is shown at the root of the host is found there. */
const listedPages = ({ pages: served }: ModulesMiddleware): string[] =>
  Object.keys(served).filter((path) => served[path] !== served['/'])

const rootOptions = (app: Application) => ({
  links: app.get('facts').links,
  pages: app.get('pages'),
  versions: app.get('versions'),
  logins: () => app.get('logins')
})

/** Whether a module has something to do with a plain call. */
const concernsModules =
  ({ concerns, streamed }: ModulesMiddleware) =>
  ({ sharedQuery, path }: PlainRequest, request: IncomingMessage): boolean =>
    concerns(sharedQuery) || streamedRoute(streamed, request, path) !== undefined

/** Has the server answer plain calls before Koa sees them. Its middleware, which sets what Koa has to write of them, has to be the first one. */
const inFrontOfKoa = (app: Application, options: FastPathOptions): Middleware => {
  const plainCalls = new FastPath(app, options)
  app.set('plainCalls', plainCalls)

  return plainCalls.finish
}

/** The way of a request, from the outside in. */
export const middleware = (app: Application, models: readonly Model[], options: MiddlewareOptions) => {
  const { ofModules, streams } = options
  // Koa would print it: a client that left before it had its answer, for one.
  app.on('error', (err: Error) => logger.info({ err }, 'An answer could not be sent'))
  setProxies(app)
  app.set('pages', listedPages(ofModules))
  const facts = app.get('facts')
  const failure = answerFailure(options.logFailure, pathHint(app, models), advisor(facts))
  const operations = operationRoutes(models, app.get('body_limit'))
  app.use(inFrontOfKoa(app, { operations, failure, concerns: concernsModules(ofModules) }))
  app.use(watched(app))
  app.use(answerErrors(failure))
  app.use(boundRequest)
  app.use(normalizePath)
  app.use(normalizeAccept)
  app.use(setAddress(app.get('trust_proxy')))
  app.use(securityHeaders)
  app.use(cors(options.origins))
  app.use(health(app))
  app.use(metrics(options.shownMetrics))
  app.use(docs(documentsOf(app, models, options)))
  app.use(pages(ofModules.pages))
  app.use(root(models, rootOptions(app)))
  app.use(countRequests(app))
  app.use(packAnswers(app.get('http').compress_from))
  app.use(stripPrefix(app.get('versions'), rootPaths(facts)))
  app.use(async (_ctx, next) => void (await app.get('awaitStart')(), await next()))
  app.use(readQuery)
  app.use(eventPolls(streams))
  for (const one of [rawRoutes(ofModules.rawRoutes), ...ofModules.beforeBody]) app.use(one)
  app.use(findRoute(app, models, { operations, streamed: ofModules.streamed }))
  for (const one of [chooseImport, negotiate(app), chooseVersion(app), readBody]) app.use(one)
  for (const one of ofModules.aroundCalls) app.use(one)
  app.use(readCredential(app))
  app.use(answerServed(ofModules.served))
  app.use(eventStreams(streams))
  app.use(exportRecords(app.get('exportRecords'), app.get('http').compress_from))
  app.use(importRecords(app))
  app.use(rest(app))
  app.configure(feathersRest())
}

declare module './declare/declarations' {
  interface Configuration {
    /** The paths of the pages that modules serve, such as `/admin`. */
    pages: readonly string[]
    /** Those of the demonstration, while developing. */
    logins: readonly object[] | undefined
  }
}
