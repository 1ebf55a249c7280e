import { FeathersError } from '@feathersjs/errors'

/** One thing that is wrong with what a client sent. */
export interface ErrorDetail {
  field?: string
  message: string
  rule?: string
  expected?: unknown
  provided?: unknown
  /** Seconds, where it is a matter of waiting. */
  retry_after?: number
}
interface Entry {
  readonly status: number
  readonly name: string
  readonly message: string
  readonly hint: string
}

const entry = (status: number, name: string, message: string, hint: string): Entry => ({
  status,
  name,
  message,
  hint
})

/** Every error that a client can see. `docs/errors.md` holds the same table; a test keeps them equal. */
export const CATALOGUE = {
  MALFORMED_BODY: entry(
    400,
    'BadRequest',
    'The body cannot be read',
    'Send a JSON object, or an array of objects to create several'
  ),
  BAD_QUERY: entry(
    400,
    'BadRequest',
    'Unknown query parameter',
    'Use a field of the resource or one of the documented parameters'
  ),
  BAD_REQUEST: entry(400, 'BadRequest', 'The request cannot be understood', 'Compare it with /openapi.json'),
  NOT_AUTHENTICATED: entry(
    401,
    'NotAuthenticated',
    'Sign in to do this',
    'Send Authorization: Bearer <access_token>'
  ),
  INVALID_TOKEN: entry(
    401,
    'NotAuthenticated',
    'The token is not valid',
    'Sign in again, or use the refresh token'
  ),
  INVALID_API_KEY: entry(
    401,
    'NotAuthenticated',
    'The API key is not valid',
    'Send it whole, or make another: it may have expired or been revoked'
  ),
  INVALID_LOGIN: entry(
    401,
    'NotAuthenticated',
    'Wrong email or password',
    'Check both; accounts that are switched off cannot sign in'
  ),
  OAUTH_REFUSED: entry(
    401,
    'NotAuthenticated',
    'The log-in by the provider was refused',
    'Begin it again; the message may say what to do first'
  ),
  FORBIDDEN: entry(
    403,
    'Forbidden',
    'You may not do this',
    'The rule of this operation does not allow it to you'
  ),
  CSRF_REFUSED: entry(
    403,
    'Forbidden',
    'The call does not prove that it comes from a page of yours',
    'Send the X-CSRF-Token of this session, from an allowed origin'
  ),
  NOT_FOUND: entry(404, 'NotFound', 'There is no such record', 'It does not exist, or you may not see it'),
  NO_SUCH_PATH: entry(404, 'NotFound', 'There is no such path', 'See /openapi.json for the paths'),
  METHOD_NOT_ALLOWED: entry(
    405,
    'MethodNotAllowed',
    'This method is not offered here',
    'The Allow header names those that are'
  ),
  NOT_ACCEPTABLE: entry(
    406,
    'NotAcceptable',
    'No answer in a form that you accept',
    'Accept application/json'
  ),
  CONFLICT: entry(
    409,
    'Conflict',
    'The change conflicts with what is stored',
    'Read the record again and decide anew'
  ),
  DUPLICATE: entry(409, 'Conflict', 'This value is already taken', 'Choose another value for the field'),
  MISSING_REFERENCE: entry(
    409,
    'Conflict',
    'The record that this refers to does not exist',
    'Create it first, or refer to another'
  ),
  STILL_REFERENCED: entry(409, 'Conflict', 'Other records refer to this one', 'Remove or change those first'),
  STOCK_LIMIT: entry(
    409,
    'Conflict',
    'The stock would leave its limits',
    'details.expected says how much fits'
  ),
  STATE_CONFLICT: entry(
    409,
    'Conflict',
    'The record is not in a state that allows this',
    'details.expected names the states that do'
  ),
  INSUFFICIENT_STOCK: entry(
    409,
    'Conflict',
    'There is not enough in stock',
    'details tells for each product what was requested and what is available'
  ),
  PAYLOAD_TOO_LARGE: entry(413, 'PayloadTooLarge', 'The body is too large', 'Send less at once'),
  UNSUPPORTED_MEDIA_TYPE: entry(
    415,
    'UnsupportedMediaType',
    'The body is of a type that is not read here',
    'Send application/json'
  ),
  VALIDATION_ERROR: entry(
    422,
    'Unprocessable',
    'The data is not valid',
    'details lists each field with what was expected'
  ),
  TOO_MANY_REQUESTS: entry(429, 'TooManyRequests', 'Too many requests', 'Wait as Retry-After says'),
  INTERNAL_ERROR: entry(500, 'GeneralError', 'Something went wrong on the server', 'Report the trace_id'),
  UNAVAILABLE: entry(503, 'Unavailable', 'The database cannot be reached', 'Try again as Retry-After says')
} as const satisfies Record<string, Entry>

export type ErrorCode = keyof typeof CATALOGUE
interface Facts {
  message?: string
  field?: string
  details?: readonly ErrorDetail[]
  headers?: Record<string, string>
  cause?: unknown
}

const classNameOf = (name: string) => name.replace(/(?!^)([A-Z])/g, '-$1').toLowerCase()

/** A developer sees where it failed; anybody else nothing but the trace id. */
const isDevelopment = () => (process.env.NODE_ENV ?? 'development') === 'development'

/**
 * An error of the catalogue. `toJSON` is the object that REST and sockets send.
 *
 * @example throw new ApiError('DUPLICATE', { field: 'sku', message: 'sku is already taken' })
 */
export class ApiError extends FeathersError {
  readonly errorCode: ErrorCode
  readonly facts: Facts
  trace_id?: string

  constructor(errorCode: ErrorCode, facts: Facts = {}) {
    const { name, status, message } = CATALOGUE[errorCode]
    super(facts.message ?? message, name, status, classNameOf(name), {})
    this.errorCode = errorCode
    this.facts = facts
    if (facts.cause) this.cause = facts.cause
  }

  override toJSON() {
    const { message, name, className, code, trace_id } = this
    const { field = this.facts.details?.[0]?.field, details } = this.facts

    return {
      success: false as const,
      error: {
        code: this.errorCode,
        message,
        ...(field ? { field } : {}),
        ...(trace_id ? { trace_id } : {}),
        ...(details ? { details } : {}),
        ...(code === 500 && isDevelopment() ? { stack: (this.cause as Error | undefined)?.stack } : {})
      },
      name,
      className,
      code,
      message
    }
  }
}

/** A validation error from its details; the message is the first one's. */
export const invalid = (details: readonly ErrorDetail[]) => {
  const [first] = details
  const message = first ? [first.field, first.message].filter(Boolean).join(' ') : undefined

  return new ApiError('VALIDATION_ERROR', { message, details })
}

const BY_STATUS: Record<number, ErrorCode> = {
  400: 'BAD_REQUEST', 401: 'NOT_AUTHENTICATED', 403: 'FORBIDDEN', 404: 'NOT_FOUND', 405: 'METHOD_NOT_ALLOWED',
  406: 'NOT_ACCEPTABLE', 409: 'CONFLICT', 413: 'PAYLOAD_TOO_LARGE', 415: 'UNSUPPORTED_MEDIA_TYPE', 422: 'VALIDATION_ERROR',
  429: 'TOO_MANY_REQUESTS', 503: 'UNAVAILABLE'
} // prettier-ignore

const UNREACHABLE =
  /^(08|57P0[123]|53300)|^(ECONNREFUSED|ECONNRESET|ENOENT|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND)$/
const LOST =
  /Connection terminated|timeout acquiring a connection|Client has encountered a connection error|connection timeout|aborted/i

/** The database cannot be reached now, as opposed to a statement that it refused. */
export const isUnreachable = (error: unknown): boolean => {
  const { code, message, name } = (error ?? {}) as { code?: unknown; message?: string; name?: string }

  return (
    (typeof code === 'string' && UNREACHABLE.test(code)) ||
    name === 'KnexTimeoutError' ||
    LOST.test(message ?? '')
  )
}

/**
 * Any error as one of the catalogue. What is not known becomes a 500 that says nothing: an unknown message may hold SQL,
 * paths or values.
 */
export const toApiError = (error: unknown): ApiError => {
  if (error instanceof ApiError) return error
  if (isUnreachable(error))
    return new ApiError('UNAVAILABLE', { headers: { 'Retry-After': '2' }, cause: error })

  const status = error instanceof FeathersError ? error.code : undefined
  const code = status === undefined ? undefined : BY_STATUS[status]

  return code && status !== 503
    ? new ApiError(code, { message: (error as Error).message, cause: error })
    : new ApiError('INTERNAL_ERROR', { cause: error })
}
