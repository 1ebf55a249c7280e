import type { Socket } from 'net'
import { logger } from '../util/logger'
import type { Pipeline } from './pipeline'

/** Milliseconds between checks of what waits. An answer that is taken at once is never seen by one. */
const LOOK = 1000

interface Bounds {
  /** Milliseconds in which a client has to take something of an answer that waits for it. */
  readonly writeTimeout: number
  /** Milliseconds without a byte either way, as the server has it; 0 for no limit. */
  readonly idleTimeout: number
  /** Bytes that may wait for all clients together. */
  readonly bufferLimit: number
}

/**
 * Bounds the memory that clients take which ask and do not read. Node's time-out of a connection is shortened while an answer waits: it
 * starts anew whenever the client takes something. Beyond the bytes for all, those are cut whose answers have waited longest.
 *
 * @returns stops looking
 */
export const boundAnswers = (pipelines: () => Iterable<Pipeline>, bounds: Bounds): (() => void) => {
  const { writeTimeout, idleTimeout, bufferLimit } = bounds
  const isShorter = idleTimeout === 0 || writeTimeout < idleTimeout
  /** In the order in which their answers were seen to wait. */
  const waiting = new Set<Socket>()

  const note = ({ socket, bytes, unanswered }: Pipeline): number => {
    if (bytes > 0 === waiting.has(socket)) return bytes
    if (bytes > 0) waiting.add(socket)
    else waiting.delete(socket)
    // Between two requests the connection has the time-out that Node gives it.
    if (isShorter && unanswered.size > 0) socket.setTimeout(bytes > 0 ? writeTimeout : idleTimeout)

    return bytes
  }

  const look = () => {
    const sizes = new Map([...pipelines()].map((pipeline) => [pipeline.socket, note(pipeline)]))
    let left = [...sizes.values()].reduce((sum, size) => sum + size, 0) - bufferLimit
    for (const socket of waiting) {
      const size = sizes.get(socket)
      if (size === undefined) waiting.delete(socket)
      else if (left > 0) {
        left -= size
        waiting.delete(socket)
        socket.destroy()
        logger.warn({ bytes: size }, 'A client that does not read its answer was cut')
      }
    }
  }
  const timer = setInterval(look, LOOK).unref()

  return () => clearInterval(timer)
}
