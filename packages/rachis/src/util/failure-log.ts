import type { Logger } from './logger'

/** Milliseconds within which refusals for overload become one line. */
const WINDOW = 10_000

interface Failure {
  readonly errorCode: string
  readonly message: string
  readonly cause?: unknown
}

/**
 * Logs failures of the server, each with its stack, and once: a call logs what it throws, with its method, and then its transport meets the
 * same error. Refusals for overload are the exception: they come by the thousand when there is least time for them, so the first one is
 * logged at once and then only their number.
 *
 * @example failureLog(logger)(error, { trace_id, path: '/tasks' })
 */
export const failureLog = (logger: Logger) => {
  let timer: NodeJS.Timeout | undefined
  let count = 0
  const logged = new WeakSet<Failure>()

  const logCount = () => {
    timer = undefined
    if (count > 0) logger.warn({ count, seconds: WINDOW / 1000 }, 'Calls were refused for overload')
    count = 0
  }

  return (error: Failure, facts: object): void => {
    if (logged.has(error)) return
    logged.add(error)
    if (error.errorCode !== 'OVERLOADED')
      return logger.error({ ...facts, err: error.cause ?? error }, error.message)
    if (timer) count += 1
    else logger.warn(facts, error.message)
    timer ??= setTimeout(logCount, WINDOW).unref()
  }
}

export type FailureLog = ReturnType<typeof failureLog>
