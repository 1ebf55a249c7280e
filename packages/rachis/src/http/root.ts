import type { Middleware } from 'koa'
import type { Model } from '../model/model'
import { prefixOf } from '../model/prefix'
import type { ApiVersions } from '../model/versions/api-versions'
import { DOCS_PAGES } from './docs-pages'
import { isToRead } from './read-only'

/** Addresses without the prefix, as somebody types them who has only the name of the host. */
const rootsOf = ({ served }: ApiVersions) => ['/', '/api', '/api/', ...served.map(prefixOf).flatMap((prefix) => [prefix, `${prefix}/`])] // prettier-ignore

/** Whether somebody who opens its address is answered a list. */
const isListed = ({ path, operations }: Model) =>
  operations.some(({ answers, http }) => answers === 'page' && http.path === `/${path}`)

const resourcesOf = (models: readonly Model[], prefix: string) =>
  Object.fromEntries(models.filter(isListed).map(({ path }) => [path, `${prefix}/${path}`]))

export interface RootOptions {
  readonly versions: ApiVersions
  /** Further links, by their names, to paths behind the API's prefix. */
  readonly links?: Readonly<Record<string, string>>
  /** Paths of pages at the root of the host, such as `/admin`. */
  readonly pages?: readonly string[]
  /** Those of the demonstration, as far as they are told. */
  readonly logins?: () => readonly object[] | undefined
}

const linksOf = (prefix: string, { links = {}, pages = [] }: RootOptions) => ({
  api: prefix,
  ...Object.fromEntries(DOCS_PAGES.map(({ path }) => [path.slice(1), path])),
  openapi: '/openapi.json',
  asyncapi: '/asyncapi.json',
  ...Object.fromEntries(pages.map((path) => [path.slice(1), path])),
  ...Object.fromEntries(Object.entries(links).map(([name, path]) => [name, `${prefix}${path}`])),
  health: '/health'
})

/**
 * `GET /` and `GET /api/v1`: where the documentation is, and which resources are served.
 *
 * @example
 * // GET /
 * // { name: 'Rachis', links: { docs: '/docs', openapi: '/openapi.json', … }, resources: { tasks: '/api/v1/tasks', … } }
 */
export const root = (models: readonly Model[], options: RootOptions): Middleware => {
  const prefix = prefixOf(options.versions.current)
  const roots = rootsOf(options.versions)
  const body = { name: 'Rachis', links: linksOf(prefix, options), resources: resourcesOf(models, prefix) }

  return async (ctx, next) => {
    if (!roots.includes(ctx.path)) return next()
    if (!isToRead(ctx)) return
    const logins = options.logins?.()
    ctx.body = logins ? { ...body, logins } : body
  }
}
