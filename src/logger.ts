import pino from 'pino'

/** JSON lines on standard output, without secrets. */
export const logger = pino({
  level: process.env.LOG_LEVEL ?? (process.env.NODE_ENV === 'test' ? 'silent' : 'info'),
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
})
export type Logger = typeof logger
