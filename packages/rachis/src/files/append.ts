import { createHash } from 'crypto'
import type { Readable } from 'stream'
import { Transform } from 'stream'
import { ApiError } from '../errors/errors'
import { errors } from './errors'
import { tooLargeFile } from './limits'
import type { Spool } from './spool'
import type { Checksum } from './tus-headers'

/** Measures what passes, and ends where it is more than was announced. */
class Meter extends Transform {
  bytes = 0
  private readonly hash

  constructor(
    private readonly room: number,
    private readonly length: number,
    algorithm = 'sha256'
  ) {
    super()
    this.hash = createHash(algorithm)
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
}

interface Appended {
  readonly id: string
  readonly length: number
  readonly offset: number
  readonly bytes: Readable
  readonly checksum?: Checksum
}

/** The bytes were not those that were announced; nothing of them is kept. */
export class WrongChecksum extends Error {}

interface Turn {
  /** Requests that wait for those before them. */
  waiting: number
  /** Ends the one that writes. */
  end?: () => void
  last: Promise<void>
}

const takenOver = () =>
  new ApiError(errors.UPLOAD_CONFLICT, { message: 'Another request goes on with this upload' })

/**
 * Writes the parts of resumable uploads. On one upload one request works at a time: a client that has lost its connection comes back before the server
 * knows of it, so a newer request ends the older one that still writes.
 */
export class Appender {
  private readonly turns = new Map<string, Turn>()

  constructor(private readonly spool: Spool) {}

  /**
   * Does work on an upload once nobody else in this process does. Call it after the rule was asked: it ends the request that writes.
   *
   * @throws {unknown} What the work throws
   */
  async alone<T>(id: string, work: () => Promise<T>): Promise<T> {
    const turn = this.turns.get(id) ?? { waiting: 0, last: Promise.resolve() }
    this.turns.set(id, turn)
    turn.waiting += 1
    turn.end?.()
    const working = turn.last.then(() => {
      turn.waiting -= 1
      return work()
    })
    const last = working.then(
      () => undefined,
      () => undefined
    )
    turn.last = last
    try {
      return await working
    } finally {
      if (turn.last === last) this.turns.delete(id)
    }
  }

  /**
   * Adds bytes to an upload; runs in `alone`. Where they end early, what has arrived stays, unless they have a checksum.
   *
   * @returns where the upload ends then
   * @throws {WrongChecksum} Where the bytes are not those that were announced
   * @throws {ApiError} FILE_TOO_LARGE; MALFORMED_BODY where the body ends early; UPLOAD_CONFLICT where a newer request waits
   */
  async append(part: Appended): Promise<number> {
    const turn = this.turns.get(part.id)!
    if (turn.waiting > 0) throw takenOver()
    turn.end = () => part.bytes.destroy(new Error('Another request goes on'))
    try {
      return await this.write(part)
    } finally {
      delete turn.end
    }
  }

  private async write({ id, length, offset, bytes, checksum }: Appended): Promise<number> {
    const meter = new Meter(length - offset, length, checksum?.algorithm)
    try {
      await this.spool.append(id, offset, bytes, meter)
    } catch (error) {
      if (checksum) await this.spool.truncate(id, offset)
      if (error instanceof ApiError) throw error
      throw new ApiError('MALFORMED_BODY', { message: 'The body ended before it was complete', cause: error })
    }
    if (!checksum || meter.digest() === checksum.value) return offset + meter.bytes
    await this.spool.truncate(id, offset)
    throw new WrongChecksum()
  }
}
