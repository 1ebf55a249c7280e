import { createHash } from 'crypto'
import type { IncomingMessage } from 'http'
import { Transform } from 'stream'
import { setTimeout } from 'timers/promises'
import { tooLargeFile } from './limits'

/** Measures what passes, and ends where it is more than was announced. */
export class Meter extends Transform {
  bytes = 0
  private readonly hash

  constructor(
    private readonly room: number,
    private readonly length: number,
    algorithm = 'sha256'
  ) {
    super()
    this.hash = createHash(algorithm)
    // It may be ended before anybody reads it.
    this.on('error', () => undefined)
  }

  override _transform(
    chunk: Buffer,
    _encoding: string,
    done: (error?: Error | null, chunk?: Buffer) => void
  ) {
    this.bytes += chunk.length
    if (this.bytes > this.room) return done(tooLargeFile(this.length))
    this.hash.update(chunk)
    done(null, chunk)
  }

  digest(): string {
    return this.hash.digest('base64')
  }

  /** Has the body of a request pass. Where the meter is ended the request is not, so that it can be answered. */
  passBody(request: IncomingMessage): void {
    const end = () => {
      if (!request.complete) this.destroy(new Error('The body has ended early'))
    }
    this.once('close', () => request.unpipe(this))
    if (request.destroyed) return end()
    request.once('close', end)
    request.pipe(this)
  }
}

/** Of a body that is refused, what is read and dropped: bytes, and milliseconds. */
const [DROPPED, WHILE] = [16_777_216, 1000]

/**
 * Reads and drops the rest of a body that was refused, within bounds: what a client still sends to a connection that was closed resets it,
 * and it never reads why.
 */
export const dropRest = async (request: IncomingMessage): Promise<void> => {
  if (request.readableEnded || request.destroyed) return
  const over = new AbortController()
  let size = 0
  const drop = (chunk: Buffer) => {
    size += chunk.length
    if (size > DROPPED) over.abort()
  }
  const stop = () => over.abort()
  request.on('data', drop).once('end', stop).once('close', stop)
  await setTimeout(WHILE, undefined, { signal: over.signal }).catch(() => undefined)
  request.off('data', drop).off('end', stop).off('close', stop)
}
