import { FeathersError } from '@feathersjs/errors'
import { CATALOGUE } from './catalogue'

export { CATALOGUE }

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
    // All that Socket.io tells of a failed handshake besides the message.
    Object.defineProperty(this, 'data', { get: () => this.toJSON() })
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

/** A reference to nothing; `cause` is PostgreSQL's refusal, where it found out. */
export const missing = (field?: string, resource?: string, cause?: unknown) =>
  new ApiError('MISSING_REFERENCE', {
    message: `${field ?? 'A reference'} refers to a record${resource ? ` of ${resource}` : ''} that does not exist`,
    details: field ? [{ field, message: 'does not exist', rule: 'reference' }] : [],
    cause
  })

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
