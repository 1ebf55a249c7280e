import type { IncomingMessage, Server } from 'http'

/** Chunks of a body: of 1 MB some 500 bytes each. Each costs about as much as one of 64 KB, and 64 KB have room for 10,000 of them. */
const MAX_CHUNKS = 2000

/** The code of the `clientError` that stands for too many chunks. */
export const TOO_MANY_CHUNKS = 'TOO_MANY_CHUNKS'

/**
 * Refuses a body that is sent in thousands of tiny chunks. Node hands on each one for itself, all of those that arrive together in one turn
 * of the event loop, and none of it can be read in larger pieces.
 */
export const boundChunks = (server: Server): void => {
  server.prependListener('request', (request: IncomingMessage) => {
    if (request.headers['transfer-encoding'] === undefined) return
    const push = request.push.bind(request)
    let chunks = 0
    request.push = (chunk: unknown) => {
      chunks += 1
      if (chunk === null || chunks <= MAX_CHUNKS) return push(chunk)
      if (chunks === MAX_CHUNKS + 1) {
        const error = Object.assign(new Error('Too many chunks'), { code: TOO_MANY_CHUNKS })
        server.emit('clientError', error, request.socket)
      }

      return false
    }
  })
}
