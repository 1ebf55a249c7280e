import type { Context, Middleware } from 'koa'
import mount from 'koa-mount'
import serve from 'koa-static'
import type { ApiVersions } from '../model/versions/api-versions'
import { readVersion } from '../model/versions/api-versions'
import type { DocsPage } from './docs-pages'
import { DOCS_PAGES, policyOf } from './docs-pages'
import { isToRead } from './read-only'

export interface DocsOptions {
  /** The document of one version of the API. Called once for each, at its first request. */
  readonly document: (version: number) => object
  /** The document of the events of one version. Called once for each, at its first request. */
  readonly events: (version: number) => object
  readonly versions: ApiVersions
}

type Answer = (ctx: Context, next: () => Promise<unknown>) => unknown

const answer = (ctx: Context, type: string, body: string | Buffer) => {
  ctx.type = type
  ctx.set('Cache-Control', 'no-cache')
  ctx.body = body
}

/** The document, as bytes: a text of this size would be encoded anew for each request. */
const documents = (document: DocsOptions['document'], versions: ApiVersions): Answer => {
  const known = new Map<number, Buffer>()

  return (ctx) => {
    const { version: given } = Object.fromEntries(new URLSearchParams(ctx.querystring))
    const version = readVersion(versions, given) ?? versions.current
    const bytes = known.get(version) ?? Buffer.from(JSON.stringify(document(version)))
    known.set(version, bytes)
    answer(ctx, 'json', bytes)
  }
}

/** A page, and its files under it. */
const answersOf = (page: DocsPage): readonly (readonly [path: string, answer: Answer])[] => {
  const policy = policyOf(page)
  const show: Answer = (ctx) => answer(ctx, 'html', page.html)
  const serveFile = mount(page.path, serve(page.folder, { maxage: 3_600_000, index: false }))
  const send: Answer = (ctx, next) => serveFile(ctx, next as () => Promise<void>)
  const all: readonly (readonly [string, Answer])[] = [
    [page.path, show],
    [`${page.path}/`, show],
    [`${page.path}/initializer.js`, (ctx) => answer(ctx, 'js', page.initializer)],
    ...page.files.map((name): [string, Answer] => [`${page.path}/${name}`, send])
  ]

  return all.map(([place, run]) => [
    place,
    (ctx, next) => {
      ctx.set('Content-Security-Policy', policy)
      return run(ctx, next)
    }
  ])
}

/**
 * `/openapi.json`, `/asyncapi.json` for events, and three pages that show it: Swagger UI at `/docs`, ReDoc at `/redoc` and Scalar at `/scalar`, all without any network. Not
 * by feathers-swagger's own `swaggerUI`, which loads the bundle into the server and lets any file of the package be fetched.
 *
 * @example app.use(docs({ document: () => openapi(models), events: () => asyncapi(models, { prefix, host, secure }), versions: apiVersions() }))
 */
export const docs = (options: DocsOptions): Middleware => {
  const made = new Map<string, Answer>([
    ['/openapi.json', documents(options.document, options.versions)],
    ['/asyncapi.json', documents(options.events, options.versions)],
    ...DOCS_PAGES.flatMap(answersOf)
  ])

  return async (ctx, next) => {
    const found = made.get(ctx.path)
    if (!found) await next()
    else if (isToRead(ctx)) await found(ctx, next)
  }
}
