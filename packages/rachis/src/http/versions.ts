import type { Context, Middleware } from 'koa'
import type { Application } from '../declare/declarations'
import { ApiError } from '../errors/errors'
import { prefixOf, versionOfPath, withoutPrefix } from '../model/prefix'
import type { ApiVersions, OlderVersion } from '../model/versions/api-versions'
import { notServed } from '../model/versions/api-versions'
import { vendorVersion } from './media-types'

/** The version of a request's call. An application with one version has no need to tell its code which. */
const setVersion = (ctx: Context, { current }: ApiVersions, version: number) => {
  ctx.state.version = version
  if (current > 1) ctx.feathers = { ...ctx.feathers, version }
}

/**
 * Only the API goes on: `/api/v1/tasks` is the service tasks, in version 1.
 *
 * @param atRoot paths that modules serve without a prefix; a call of theirs has the present version
 * @throws NO_SUCH_PATH for a version that is not served
 */
export const stripPrefix = (versions: ApiVersions, atRoot: Pick<ReadonlySet<string>, 'has'>): Middleware => {
  return (ctx, next) => {
    const version = versionOfPath(ctx.path)
    if (version === undefined) return atRoot.has(ctx.path) ? next() : undefined
    if (!versions.served.includes(version)) throw notServed(versions)
    ctx.path = ctx.path.slice(prefixOf(version).length)
    setVersion(ctx, versions, version)

    return next()
  }
}

/** A structured date of RFC 9651, as RFC 9745 wants it. */
const structured = (time: string) => `@${Math.floor(Date.parse(time) / 1000)}`

const headersOf = ({ deprecated, sunset, documentation }: OlderVersion, successor: string) => ({
  ...(deprecated === undefined ? {} : { Deprecation: structured(deprecated) }),
  ...(sunset === undefined ? {} : { Sunset: new Date(sunset).toUTCString() }),
  Link: [
    `<${successor}>; rel="successor-version"`,
    ...(documentation === undefined ? [] : [`<${documentation}>; rel="deprecation"; type="text/html"`])
  ].join(', ')
})

/** The same path in the present version, without its query, whose names may be others there. */
const successorOf = ({ originalUrl }: Context, current: number) =>
  withoutPrefix(originalUrl.split('?', 1)[0]!, prefixOf(current))

/**
 * The version that `Accept` names takes the place of that of the address. A body in a version of its own would be read by the wrong names.
 * Answers of an older version say how long it will be there, and where its successor is.
 *
 * @throws UNSUPPORTED_MEDIA_TYPE for a body of another version than the answer
 * @see https://www.rfc-editor.org/rfc/rfc9745
 * @see https://www.rfc-editor.org/rfc/rfc8594
 */
export const chooseVersion = (app: Application): Middleware => {
  const versions = app.get('versions')

  return (ctx, next) => {
    const accepted = vendorVersion(String(ctx.response.get('Content-Type')))
    if (accepted !== undefined) setVersion(ctx, versions, accepted)
    const version = ctx.state.version as number
    const sent = vendorVersion(ctx.get('Content-Type'))
    if (version < versions.current)
      ctx.set(headersOf(versions.older.get(version) ?? {}, successorOf(ctx, versions.current)))
    if (sent !== undefined && sent !== version)
      throw new ApiError('UNSUPPORTED_MEDIA_TYPE', {
        hint: `The request is one of version ${version}: send Content-Type: application/json, or name that version`
      })

    return next()
  }
}
