import { createHash } from 'crypto'
import { Readable } from 'stream'
import { validationError } from '../errors/errors'
import type { FileLimits } from './limits'
import { assertType, tooLargeFile } from './limits'
import { mediaTypeOf, SAMPLE } from './media-type'
import { noRoom } from './quota'

/** What is known of a file once all of it has passed. */
export interface Kept {
  readonly type: string
  readonly size: number
  readonly sha256: string
}

const NOTHING = Buffer.alloc(0)

/**
 * Lets the bytes of a file pass, and measures them: nothing passes before its type is known and taken, and it ends where they are too many. No more
 * than a sample and a chunk are in memory.
 */
export class Intake {
  private readonly hash = createHash('sha256')
  private size = 0
  private type?: string

  /**
   * @param said the type by its sender
   * @param room bytes that are left for its owner
   */
  constructor(
    private readonly source: Readable,
    private readonly limits: FileLimits,
    private readonly said?: string,
    private readonly room = Infinity
  ) {}

  /** @throws FILE_TOO_LARGE, FILE_QUOTA_EXCEEDED, FILE_TYPE_REFUSED, VALIDATION_ERROR for no bytes at all; what the source fails with */
  bytes(): Readable {
    return Readable.from(this.passing(), { objectMode: false })
  }

  kept(): Kept {
    return { type: this.type!, size: this.size, sha256: this.hash.digest('hex') }
  }

  private async *passing(): AsyncGenerator<Buffer> {
    let sample = NOTHING
    for await (const chunk of this.source as AsyncIterable<Buffer>) {
      this.measure(chunk)
      if (this.type !== undefined) {
        yield chunk
        continue
      }
      sample = Buffer.concat([sample, chunk])
      if (sample.length < SAMPLE) continue
      await this.recognise(sample)
      yield sample
    }
    if (this.size === 0) throw validationError([{ field: 'file', message: 'is empty', rule: 'minimum' }])
    if (this.type !== undefined) return
    await this.recognise(sample)
    yield sample
  }

  private measure(chunk: Buffer) {
    this.size += chunk.length
    if (this.size > this.limits.max_size) throw tooLargeFile(this.limits.max_size)
    if (this.size > this.room) throw noRoom(this.room)
    this.hash.update(chunk)
  }

  private async recognise(sample: Buffer) {
    const type = await mediaTypeOf(sample.subarray(0, SAMPLE), this.said)
    assertType(type, this.limits)
    this.type = type
  }
}
