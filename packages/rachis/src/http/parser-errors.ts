import type { IncomingMessage, Server, ServerResponse } from 'http'
import type { Duplex } from 'stream'
import type { ErrorCode } from '../errors/errors'
import { ApiError } from '../errors/errors'
import { TOO_MANY_CHUNKS } from './bound-chunks'
import { refuseOffer } from '../util/refusal'

const BY_CODE: Record<string, ErrorCode> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'PAYLOAD_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT'
}

/** What Node's parser could not read, as an error of the catalogue. */
const parserError = (code: string): ApiError => {
  if (code === TOO_MANY_CHUNKS)
    return new ApiError('PAYLOAD_TOO_LARGE', {
      message: 'The body has too many chunks',
      hint: 'Send it in larger chunks, or with Content-Length'
    })
  const known = BY_CODE[code]
  return known
    ? new ApiError(known)
    : new ApiError('BAD_REQUEST', { message: 'The request is not valid HTTP' })
}

/**
 * Answers what Node's parser refuses (400, 408, 413, 431) with the error object in place of a status line without a body.
 * Nothing is written into the middle of an answer that has begun: its client could not tell where it ends.
 */
export const answerParser = (server: Server): void => {
  const answers = new WeakMap<Duplex, ServerResponse>()
  const answered = new WeakSet<Duplex>()
  const isMidway = (socket: Duplex) => {
    const response = answers.get(socket)
    return response?.headersSent === true && !response.writableEnded
  }

  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    answers.set(socket, response)
  })
  server.on('clientError', ({ code = '' }: NodeJS.ErrnoException, socket: Duplex) => {
    if (answered.has(socket)) return
    if (code === 'ECONNRESET' || !socket.writable || isMidway(socket)) {
      socket.destroy()
      return
    }
    answered.add(socket)
    refuseOffer(socket, parserError(code))
  })
}
