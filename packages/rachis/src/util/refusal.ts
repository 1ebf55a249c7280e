import { randomUUID } from 'crypto'
import { STATUS_CODES } from 'http'
import type { ServerResponse } from 'http'
import type { Duplex } from 'stream'
import type { ApiError } from '../errors/errors'

/** The error object and its headers, for what is refused before Koa has a context. */
const refusal = (error: ApiError) => {
  error.trace_id ??= randomUUID()
  const body = JSON.stringify(error.toJSON())
  const headers = {
    ...error.payload.headers,
    Connection: 'close',
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    'X-Content-Type-Options': 'nosniff',
    'X-Request-Id': error.trace_id
  }

  return { status: error.code, headers, body }
}

/** The connection is closed: what the client sends next may be the body that it was going to send. */
export const refuse = (response: ServerResponse, error: ApiError): void => {
  const { status, headers, body } = refusal(error)
  response.writeHead(status, headers).end(body)
}

/** Milliseconds in which a client may read its answer. Closed at once, what it is still sending would reset the connection. */
const LINGER = 500

/** Answers on a connection that is no response's, and closes it. */
export const refuseOffer = (socket: Duplex, error: ApiError): void => {
  const { status, headers, body } = refusal(error)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', body].join('\r\n'))
  setTimeout(() => socket.destroy(), LINGER).unref()
}
