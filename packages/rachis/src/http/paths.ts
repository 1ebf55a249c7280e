import { getServiceOptions } from '@feathersjs/feathers'
import type { Model } from '../model/model'
import { repeated } from '../errors/errors'
import { nearestPath } from '../model/nearest-path'
import { similar } from '../util/similar'
import { DOCS_PAGES } from './docs-pages'
import type { Application } from '../declare/declarations'

/** What the server answers behind no prefix, besides the pages of modules. */
export const ADDRESSES: readonly string[] = [
  ...DOCS_PAGES.map(({ path }) => path),
  '/openapi.json',
  '/asyncapi.json',
  '/health',
  '/health/ready'
]

/** Characters of a path that another one may have been meant by; each of its segments is compared with those that there are. */
const MAX_PATH = 500

/** Gives the hint for a path that does not exist. */
type HintFor = (path: string) => string | undefined

/** Services written by hand, as far as anybody outside can call them. */
const handWritten = ({ services }: Application): string[] =>
  Object.entries(services)
    .filter(([, service]) => getServiceOptions(service as never).methods!.length > 0)
    .flatMap(([path]) => [`/${path}`, `/${path}/{id}`])

/**
 * The hint for a path of HTTP that is not there. Every path of the API is public: /openapi.json lists them all.
 *
 * @example hint('/api/v1/taks') // 'Did you mean /api/v1/tasks? /openapi.json lists all paths'
 */
export const pathHint = (app: Application, models: readonly Model[]): HintFor => {
  let nearest: HintFor | undefined
  const build = () =>
    nearestPath(
      [...models.flatMap(({ operations }) => operations.map(({ http }) => http.path)), ...handWritten(app)],
      app.get('versions').served
    )

  return (path) => {
    if (path.length > MAX_PATH) return undefined
    const near = similar(path, ADDRESSES) ?? (nearest ??= build())(path)
    return near && near !== path ? `Did you mean ${repeated(near)}? /openapi.json lists all paths` : undefined
  }
}
