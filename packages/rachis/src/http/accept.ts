import { STATUS_CODES } from 'http'
import type { Context, Middleware } from 'koa'
import { ApiError } from '../errors/errors'

const JSON_TYPE = 'application/json'
const PROBLEM = 'application/problem+json'
const VENDOR = 'application/vnd.rachis.v1+json'
const ANSWERS = [JSON_TYPE, PROBLEM, VENDOR]

/** One range of `Accept` with its weight alone; undefined for a version that is not served. */
const plainRange = (range: string): string | undefined => {
  const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
  const version = parameters.find((parameter) => parameter.startsWith('version='))
  if (version && !/^version="?1"?$/.test(version)) return undefined
  const weight = parameters.find((parameter) => parameter.startsWith('q='))

  return weight ? `${type};${weight}` : type
}

/**
 * Takes from `Accept` the parameters that say nothing here, such as `charset=utf-8`: compared literally, `application/json;
 * charset=utf-8` would accept no answer. `version=1` is the only version.
 */
export const normalizeAccept: Middleware = async (ctx, next) => {
  const { headers } = ctx.req
  if (headers.accept) {
    const ranges = headers.accept
      .split(',')
      .map(plainRange)
      .filter((range) => range !== undefined)
    headers.accept = ranges.join(', ') || 'no/version'
  }
  await next()
}

/** Whatever is answered is JSON, by the name that is accepted: who takes none is told so before anything is done. */
export const requireAcceptable: Middleware = async (ctx, next) => {
  ctx.vary('Accept')
  if (!ctx.accepts(ANSWERS))
    throw new ApiError('NOT_ACCEPTABLE', { hint: `Accept ${ANSWERS.join(', ')} or */*` })
  // Koa keeps a type that is JSON. Who names problems alone gets one where there is one.
  if (ctx.accepts([JSON_TYPE, VENDOR]) === VENDOR) ctx.type = VENDOR
  await next()
}

/** Who names problem+json gets errors in it, whatever else is named for answers that are none. */
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
  const isVendor = ctx.accepts([JSON_TYPE, VENDOR]) === VENDOR
  ctx.body = isProblem ? problemOf(error) : error.toJSON()
  if (isProblem) ctx.type = PROBLEM
  else ctx.type = isVendor ? VENDOR : JSON_TYPE
}
