import pino from 'pino'

const LEVELS = ['silent', ...Object.keys(pino.levels.values)]

const levelOf = ({ LOG_LEVEL, NODE_ENV }: NodeJS.ProcessEnv): string => {
  // Empty where a compose file passes on a variable that is not set.
  const level = LOG_LEVEL || (NODE_ENV === 'test' ? 'silent' : 'info')
  if (LEVELS.includes(level)) return level
  throw new Error(`LOG_LEVEL is ${level}; write one of ${LEVELS.join(', ')}`)
}

/** A line that a full disk does not take is lost; thrown, the error would end the process. */
const output = pino.destination(1)
output.on('error', () => undefined)

/** JSON lines on standard output, without secrets. */
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
      '*.refresh_token'
    ]
  },
  output
)
export type Logger = typeof logger
