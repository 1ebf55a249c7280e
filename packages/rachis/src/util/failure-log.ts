import type { Logger } from './logger'

/** Milliseconds within which refusals for overload become one line. */
const WINDOW = 10_000

interface Failure {
  readonly errorCode: string
  readonly message: string
  readonly cause?: unknown
}

/**
 * Logs failures of the server: each with its stack, but for refusals for overload. Those come by the thousand when there is least time
 * for them, and all say the same: the first is logged at once, and then how many there were.
 *
 * @example failureLog(logger)(error, { trace_id, path: '/tasks' })
 */
export const failureLog = (logger: Logger) => {
  let timer: NodeJS.Timeout | undefined
  let count = 0

  const tell = () => {
    timer = undefined
    if (count > 0) logger.warn({ count, seconds: WINDOW / 1000 }, 'Calls were refused for overload')
    count = 0
  }

  return (error: Failure, facts: object): void => {
    if (error.errorCode !== 'OVERLOADED')
      return logger.error({ ...facts, err: error.cause ?? error }, error.message)
    if (timer) count += 1
    else logger.warn(facts, error.message)
    timer ??= setTimeout(tell, WINDOW).unref()
  }
}

export type FailureLog = ReturnType<typeof failureLog>
