import { STATUS_CODES } from 'http'
import type { IncomingMessage } from 'http'
import type { Context, Middleware } from 'koa'
import { ApiError } from '../errors/errors'
import type { ApiVersions } from '../model/versions/api-versions'
import type { Application } from '../declare/declarations'
import { answerTypes, exchangeOf, JSON_TYPE, PROBLEM, vendorTypes } from './media-types'
import { routeOf } from './route'

/** A type with its parameter `version`, as the type of that version; undefined for one that is not served. */
const versionedType = (type: string, version: string, { current, served }: ApiVersions) => {
  const number = Number(/^version="?(\d{1,3})"?$/.exec(version)?.[1])
  if (!served.includes(number)) return undefined

  return type === JSON_TYPE && current > 1 ? vendorTypes([number])[0] : type
}

/** One range of `Accept` with its weight alone; undefined for a version that is not served. */
const plainRange = (range: string, versions: ApiVersions): string | undefined => {
  const [given = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
  const version = parameters.find((parameter) => parameter.startsWith('version='))
  const type = version ? versionedType(given, version, versions) : given
  if (type === undefined) return undefined
  const weight = parameters.find((parameter) => parameter.startsWith('q='))

  return weight ? `${type};${weight}` : type
}

/**
 * Takes from `Accept` the parameters that say nothing here, such as `charset=utf-8`: compared literally, `application/json;
 * charset=utf-8` would accept no answer. `version=1` names a version of the API.
 */
export const normalizeAccept: Middleware = (ctx, next) => {
  const { headers } = ctx.req
  if (headers.accept) {
    const ranges = headers.accept
      .split(',')
      .map((range) => plainRange(range, versionsOf(ctx)))
      .filter((range) => range !== undefined)
    headers.accept = ranges.join(', ') || 'no/version'
  }

  return next()
}

/**
 * Chooses the type of the answer by what the operation of the route answers. A client that accepts none of it is refused before anything
 * is done.
 *
 * @throws NOT_ACCEPTABLE
 */
export const negotiate = (app: Application): Middleware => {
  const { served } = app.get('versions')

  return (ctx, next) => {
    ctx.vary('Accept, Accept-Encoding')
    const exchange = exchangeOf(routeOf(ctx))
    // Where the client accepts any type, the answer has the usual one, which Koa writes.
    const isUsual = exchange?.produces.includes(JSON_TYPE) && acceptsAny(ctx.req)
    const isAny = exchange?.produces.includes('*/*')
    if (exchange && !isUsual && !isAny) chooseType(ctx, answerTypes(exchange, served))

    return next()
  }
}
const ANY: ReadonlySet<string | undefined> = new Set([undefined, '*/*', JSON_TYPE])

/** Whether a request is answered in the usual type, whatever the operation could answer besides. */
export const acceptsAny = ({ headers }: IncomingMessage): boolean => ANY.has(headers.accept)

const chooseType = (ctx: Context, types: string[]) => {
  if (!ctx.accepts(types)) throw new ApiError('NOT_ACCEPTABLE', { hint: `Accept ${types.join(', ')} or */*` })
  // An answer that is no error is never problem+json: a client that accepts only that receives the usual type.
  const type = ctx.accepts(types.filter((name) => name !== PROBLEM))
  if (type && type !== JSON_TYPE) ctx.type = type
}

const versionsOf = ({ app }: Context) => (app as unknown as Application).get('versions')

/** A client that names problem+json receives errors in it, whatever else it accepts for other answers. */
const wantsProblem = (ctx: Context) =>
  ctx.get('Accept').includes(PROBLEM) && ctx.accepts([PROBLEM]) === PROBLEM

/** RFC 9457: `about:blank` says that the title is the status's; `code` is what to decide by. */
const problemOf = (error: ApiError) => {
  const { message, ...members } = error.toJSON().error

  return {
    type: 'about:blank',
    title: STATUS_CODES[error.code],
    status: error.code,
    detail: message,
    ...members
  }
}

/** Writes an error in the form that its client accepts: the error object, or the problem details of RFC 9457. */
export const writeError = (ctx: Context, error: ApiError): void => {
  const isProblem = wantsProblem(ctx)
  const type = ctx.accepts([JSON_TYPE, ...vendorTypes(versionsOf(ctx).served)]) || JSON_TYPE
  ctx.body = isProblem ? problemOf(error) : error.toJSON()
  if (isProblem) ctx.type = PROBLEM
  else ctx.type = type
}
