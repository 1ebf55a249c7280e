import type { IncomingMessage, Server } from 'http'

/** Bytes below which a piece is tiny. One chunk comes in a piece for each segment of TCP, which has 536 bytes at least and mostly some 1400 (RFC 9293, 3.7.1). */
const TINY = 512
/** Tiny pieces of a body. Each costs about as much as one of 64 KB, and 64 KB have room for 10,000 of them. */
const MAX_TINY = 2000
/** Bytes of a body for each tiny piece of more of them: the end of a chunk, in a file of gigabytes. 64 KB have room for 16. */
const MIN_AVERAGE = 4096

/** The code of the `clientError` that stands for too many chunks. */
export const TOO_MANY_CHUNKS = 'TOO_MANY_CHUNKS'

/**
 * Refuses a body that is sent in thousands of tiny chunks. Node hands on each one for itself, all of those that arrive together in one turn
 * of the event loop, and none of it can be read in larger pieces. It does not say where chunks begin, so what counts is how many pieces are tiny:
 * a large chunk on a slow connection comes in many pieces, too.
 */
export const boundChunks = (server: Server): void => {
  server.prependListener('request', (request: IncomingMessage) => {
    if (request.headers['transfer-encoding'] === undefined) return
    const push = request.push.bind(request)
    let [tiny, bytes, isRefused] = [0, 0, false]
    request.push = (chunk: Buffer | null) => {
      if (chunk === null) return push(chunk)
      if (chunk.length < TINY) tiny += 1
      bytes += chunk.length
      const isTooMany = tiny > MAX_TINY && bytes < tiny * MIN_AVERAGE
      if (!isTooMany && !isRefused) return push(chunk)
      if (!isRefused) {
        isRefused = true
        const error = Object.assign(new Error('Too many chunks'), { code: TOO_MANY_CHUNKS })
        server.emit('clientError', error, request.socket)
      }

      return false
    }
  })
}
