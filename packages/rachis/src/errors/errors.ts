import { FeathersError } from '@feathersjs/errors'
import { CATALOGUE } from './error-codes'
import { renamedPayload, repeated, shortPayload } from './error-payload'
import type { ErrorDetail, Names, Payload } from './error-payload'
import type { ErrorDefinition } from './define-errors'
import type { Meaning, Refusal } from './sqlstate'
import { isUnreachable, meaningOf } from './sqlstate'

export { CATALOGUE, isUnreachable, meaningOf, repeated }
export { isConnectionSpent } from './sqlstate'
export type { ErrorDetail, Meaning, Refusal }

export type ErrorCode = keyof typeof CATALOGUE
const classNameOf = (name: string) => name.replace(/(?!^)([A-Z])/g, '-$1').toLowerCase()

/** Whether a developer is looking: they see where it failed and what took long, anybody else nothing but the trace id. */
export const isDevelopment = () => (process.env.NODE_ENV ?? 'development') === 'development'

/** Sockets have no headers: the hint itself holds the seconds of `Retry-After`. */
const withSeconds = (hint: string, seconds: string | undefined): string =>
  seconds === undefined
    ? hint
    : hint.replace('as many seconds as Retry-After says', `${seconds} second${seconds === '1' ? '' : 's'}`)

const definitionOf = (error: ErrorCode | ErrorDefinition): ErrorDefinition =>
  typeof error === 'string' ? { code: error, ...CATALOGUE[error] } : error

/**
 * An error of the catalogue, or one that `defineErrors` adds to it. `toJSON` is the object that REST and sockets send. Its `hint` is that of the case, else of the first
 * detail that has one, else of the catalogue.
 *
 * @example
 * throw new ApiError('DUPLICATE', { field: 'slug', message: 'slug is already taken' })
 * // { success: false, error: { code: 'DUPLICATE', message: 'slug is already taken', field: 'slug', hint: 'Choose another …' }, … }
 */
export class ApiError extends FeathersError {
  readonly errorCode: ErrorCode | (string & {})
  readonly #definition: ErrorDefinition
  readonly payload: Payload
  trace_id?: string

  constructor(error: ErrorCode | ErrorDefinition, given: Payload = {}) {
    const definition = definitionOf(error)
    const { name, status, message, code } = definition
    const payload = shortPayload(given)
    super(payload.message ?? message, name, status, classNameOf(name), {})
    this.errorCode = code
    this.#definition = definition
    this.payload = payload
    if (payload.cause) this.cause = payload.cause
    // Socket.io sends this of a failed handshake, and the message, and nothing else.
    Object.defineProperty(this, 'data', { get: () => this.toJSON() })
  }

  private get hint(): string {
    const { hint = this.payload.details?.find((detail) => detail.hint)?.hint, headers } = this.payload
    return withSeconds(hint ?? this.#definition.hint, headers?.['Retry-After'])
  }

  /** The same error with other names for what it is about, for a surface that has them. */
  renamed(names: Names): ApiError {
    const payload = renamedPayload({ message: this.message, ...this.payload }, names)

    return payload
      ? Object.assign(new ApiError(this.#definition, payload), { trace_id: this.trace_id })
      : this
  }

  override toJSON() {
    const { message, name, className, code, trace_id } = this
    const { details } = this.payload
    const { field = details?.[0]?.field } = this.payload

    return {
      success: false as const,
      error: {
        code: this.errorCode,
        message,
        ...(field ? { field } : {}),
        hint: this.hint,
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

/**
 * The same error, behind which the connection is closed: the rest of a body that is refused is not read, and on a connection that stays open it
 * would be taken for the next request.
 *
 * @example throw closing(tooLarge(1000)) // 413 with Connection: close
 */
export const closing = (error: ApiError): ApiError => {
  error.payload.headers = { ...error.payload.headers, Connection: 'close' }
  return error
}

/** What was sent is more than `limit` bytes. */
export const tooLarge = (limit: number) =>
  new ApiError('PAYLOAD_TOO_LARGE', { hint: `Send at most ${limit} bytes at once` })

/**
 * A validation error from its details; the message is the first one's.
 *
 * @example validationError([{ field: 'title', message: 'is required' }]).message // 'title is required'
 */
export const validationError = (details: readonly ErrorDetail[]) => {
  const [first] = details
  const message = first ? [first.field, first.message].filter(Boolean).join(' ') : undefined

  return new ApiError('VALIDATION_ERROR', { message, details })
}

/** A reference to nothing; `cause` is PostgreSQL's refusal, where it found out. */
export const missingReference = (field?: string, resource?: string, cause?: unknown) =>
  new ApiError('MISSING_REFERENCE', {
    message: `${field ?? 'A reference'} refers to a record${resource ? ` of ${resource}` : ''} that does not exist`,
    details: field ? [{ field, message: 'does not exist', rule: 'reference' }] : [],
    cause
  })

/** The same where a record has to be of a kind as well. It says that to everybody, of whatever record, so that nobody learns whether there is one. */
export const unfitReference = (field: string, resource: string, expected: object) =>
  new ApiError('MISSING_REFERENCE', {
    message: `${field} refers to a record of ${resource} that does not exist, or that this field does not take`,
    details: [{ field, message: 'does not exist, or is not taken here', rule: 'reference', expected }],
    hint: `Refer to one that you may read and that is as this field wants it: ${JSON.stringify(expected)}`
  })

/**
 * A refusal of somebody who asks too often.
 *
 * @param expected how often they may
 * @param retry_after seconds to wait; over a socket the details say them, since it has no headers
 */
export const tooManyRequests = (message: string, expected: number, retry_after: number) =>
  new ApiError('TOO_MANY_REQUESTS', {
    message,
    details: [{ message, rule: 'limit', expected, retry_after }],
    headers: { 'Retry-After': String(retry_after) }
  })

const BY_STATUS: Record<number, ErrorCode> = {
  400: 'BAD_REQUEST', 401: 'NOT_AUTHENTICATED', 403: 'FORBIDDEN', 404: 'NOT_FOUND', 405: 'METHOD_NOT_ALLOWED',
  406: 'NOT_ACCEPTABLE', 409: 'CONFLICT', 413: 'PAYLOAD_TOO_LARGE', 415: 'UNSUPPORTED_MEDIA_TYPE', 422: 'VALIDATION_ERROR',
  429: 'TOO_MANY_REQUESTS', 503: 'UNAVAILABLE'
} // prettier-ignore

/** Seconds after which a call that failed for want of the database may be tried again. */
const RETRY_AFTER = { 'Retry-After': '2' }

const PASSING: Partial<Record<Meaning, string>> = {
  read_only: 'The database takes no writes at the moment',
  exhausted: 'The database has run out of disk, memory or connections',
  locked: 'The record or its table is locked by somebody else',
  too_slow: 'The database took too long',
  id_taken: 'The change feed is being brought back into step'
}

/** An error that passes by itself, and says when to ask again. Without a message it is the database that cannot be reached. */
export const unavailable = (message?: string, cause?: unknown): ApiError =>
  new ApiError('UNAVAILABLE', { message, headers: RETRY_AFTER, cause })

/** The server is prepared, but the `setup` of a service takes long, perhaps since it waits for this answer. */
export const unsetUp = (): ApiError =>
  new ApiError('UNAVAILABLE', {
    message: 'The server is starting: the setup of its services is not over',
    hint: `${CATALOGUE.UNAVAILABLE.hint}. A setup that calls this server waits for itself: let it call app.service()`,
    headers: RETRY_AFTER
  })

/** The error of a refusal that passes by itself; undefined for any other. */
export const passing = (error: unknown): ApiError | undefined => {
  const message = PASSING[meaningOf((error ?? {}) as Refusal) ?? 'fault']
  if (!message && !isUnreachable(error)) return undefined

  return unavailable(message, error)
}

/**
 * Any error as one of the catalogue. What is not known becomes a 500 that says nothing: an unknown message may hold SQL,
 * paths or values.
 */
export const toApiError = (error: unknown): ApiError => {
  if (error instanceof ApiError) return error
  const passes = passing(error)
  if (passes) return passes

  const status = error instanceof FeathersError ? error.code : undefined
  const code = status === undefined ? undefined : BY_STATUS[status]

  return code && status !== 503
    ? new ApiError(code, { message: (error as Error).message, cause: error })
    : new ApiError('INTERNAL_ERROR', { cause: error })
}

/**
 * What reading the form of a call gives; where that fails, what there is in its place, with the failure as the fault of the call. It is told
 * to who may make such a call, and to nobody else.
 *
 * @example orFault(() => ({ body: parse('{') }), {}) // { fault: MALFORMED_BODY }
 */
export const orFault = <T, U>(read: () => T, instead: U): T | (U & { fault: ApiError }) => {
  try {
    return read()
  } catch (thrown) {
    return { ...instead, fault: toApiError(thrown) }
  }
}
