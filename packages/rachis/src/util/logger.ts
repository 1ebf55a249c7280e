import { writeSync } from 'fs'
import pino from 'pino'

const LEVELS = ['silent', ...Object.keys(pino.levels.values)]

const levelOf = ({ LOG_LEVEL, NODE_ENV }: NodeJS.ProcessEnv): string => {
  // Empty where a compose file passes on a variable that is not set.
  const level = LOG_LEVEL || (NODE_ENV === 'test' ? 'silent' : 'info')
  if (LEVELS.includes(level)) return level
  throw new Error(`LOG_LEVEL is ${level}; write one of ${LEVELS.join(', ')}`)
}

const FULL_PIPE_RETRIES = 20
const pause = (milliseconds: number) =>
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)

/**
 * Writes to standard output at once, or loses it, as on a full disk or to a terminal that is gone. pino's own destination throws such an
 * error, and tries for ever to write the line while the process exits.
 */
export const writeLines = (lines: string): void => {
  let rest = Buffer.from(lines)
  for (let retries = FULL_PIPE_RETRIES; rest.length > 0 && retries >= 0;) {
    try {
      rest = rest.subarray(writeSync(1, rest))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
      retries--
      pause(5)
    }
  }
}

/**
 * JSON lines on standard output, without secrets.
 *
 * @example logger.info({ order_id: 7 }, 'Paid') // {"level":30,"time":…,"order_id":7,"msg":"Paid"}
 */
export const logger = pino(
  {
    level: levelOf(process.env),
    redact: [
      'password',
      '*.password',
      'authorization',
      '*.authorization',
      'access_token',
      '*.access_token',
      'refresh_token',
      '*.refresh_token',
      'ticket',
      '*.ticket'
    ]
  },
  { write: writeLines }
)
export type Logger = typeof logger
