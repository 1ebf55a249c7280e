import { randomUUID } from 'crypto'
import type { IncomingMessage, ServerResponse } from 'http'
import { ApiError } from '../errors/errors'
import type { Load } from '../util/load'
import { OVER, RETRY_AFTER } from '../util/load'

const ERROR = () => new ApiError('OVERLOADED', { message: OVER })
const MARK = 'trace-id-of-the-request'
/** What stands before and behind the trace id: nothing is composed for those who are refused by the thousand. */
const PARTS = (() => {
  const error = ERROR()
  error.trace_id = MARK

  return JSON.stringify(error.toJSON()).split(MARK)
})()

/** Whoever asks whether the process lives, or how it does, needs that most when it has too much to do. */
const ALWAYS = /^\/(health|health\/ready|metrics)(\?|$)/

const hasBody = ({ headers }: IncomingMessage) =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'

/**
 * Refuses a request while the event loop is late, before anything is done for it. Its connection stays open where nothing more is to come on it: opening another one
 * would cost more than the answer.
 *
 * @returns whether the request may go on
 */
export const admitsLoad = (load: Load, request: IncomingMessage, response: ServerResponse): boolean => {
  if (!load.isOver || ALWAYS.test(request.url ?? '')) return true
  load.refused.rest++
  const trace_id = randomUUID()
  const body = PARTS.join(trace_id)
  response.writeHead(503, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'Retry-After': RETRY_AFTER,
    'X-Request-Id': trace_id,
    ...(hasBody(request) ? { Connection: 'close' } : {})
  })
  response.end(body)

  return false
}
