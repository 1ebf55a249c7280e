/** One thing that is wrong with what was sent. */
export interface ErrorDetail {
  readonly field?: string
  readonly message: string
  readonly rule?: string
  readonly expected?: unknown
  readonly provided?: unknown
  readonly hint?: string
  /** Seconds, where it is a matter of waiting. */
  readonly retry_after?: number
}

/** What the server says of an error, on every transport. */
interface Told {
  readonly code?: string
  readonly message?: string
  readonly field?: string
  readonly hint?: string
  readonly trace_id?: string
  readonly details?: readonly ErrorDetail[]
}
/** The whole object: `code` beside `error` is the status, as Feathers' clients read it. */
interface Answer {
  readonly error?: Told
  readonly code?: number
  readonly message?: string
  readonly data?: unknown
}

/**
 * An error that the server answered, or `NETWORK` (status 0) where there was no answer. `code` is one of docs/errors.md and does not change
 * between versions; `message` is for people.
 *
 * @example
 * await client.service('tasks').create({ title: '' }).catch((error) => {
 *   if (isRachisError(error, 'VALIDATION_ERROR')) show(error.field, error.message)
 * })
 */
export class RachisError extends Error {
  override readonly name = 'RachisError'
  readonly field?: string
  readonly hint?: string
  readonly details: readonly ErrorDetail[]
  readonly trace_id?: string

  constructor(
    /** Stable, such as `DUPLICATE`. */
    readonly code: string,
    /** Of HTTP; 0 where the server was not reached. */
    readonly status: number,
    told: Told = {},
    /** Seconds to wait, where that helps. */
    readonly retryAfter?: number
  ) {
    super(told.message ?? code)
    this.field = told.field
    this.hint = told.hint
    this.details = told.details ?? []
    this.trace_id = told.trace_id
  }
}

/**
 * Whether it is an error of this client, with this code if one is given.
 *
 * @example isRachisError(error, 'NOT_FOUND')
 */
export const isRachisError = (error: unknown, code?: string): error is RachisError =>
  error instanceof RachisError && (code === undefined || error.code === code)

const secondsOf = (text: string | null | undefined): number | undefined =>
  text && /^\d+$/.test(text) ? Number(text) : undefined

const isObject = (value: unknown): value is Answer => typeof value === 'object' && value !== null

/**
 * The error that a body, or the first argument of an acknowledgement, tells of.
 *
 * @param status of HTTP, where the answer came over REST
 * @param retryAfter the header of that name
 */
export const toError = (answer: unknown, status?: number, retryAfter?: string | null): RachisError => {
  const body = isObject(answer) ? answer : {}
  const told = body.error ?? { message: body.message }
  const seconds = secondsOf(retryAfter) ?? told.details?.find((detail) => detail.retry_after)?.retry_after

  return new RachisError(told.code ?? 'UNKNOWN', status ?? body.code ?? 500, told, seconds)
}

/** The server was not reached, or did not answer; whether it did what was asked is not known. */
export const networkError = (cause: unknown): RachisError => {
  const message = cause instanceof Error ? cause.message : String(cause)
  return Object.assign(new RachisError('NETWORK', 0, { message: `The server was not reached: ${message}` }), {
    cause
  })
}
