import type { IncomingMessage } from 'http'
import { ApiError } from '../errors/errors'
import type { Claim, Progress, UploadClaims } from './claims'
import { errors } from './errors'
import { Meter } from './meter'
import type { Spool } from './spool'
import type { Checksum } from './tus-headers'

interface Appended {
  readonly progress: Progress
  readonly length: number
  readonly bytes: IncomingMessage
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

/** Milliseconds between looks at a claim while its bytes are written. */
const LOOK = 2000

const takenOver = () =>
  new ApiError(errors.UPLOAD_CONFLICT, { message: 'Another request goes on with this upload' })

const refusalOf = (failure: unknown): ApiError =>
  failure instanceof ApiError
    ? failure
    : new ApiError('MALFORMED_BODY', { message: 'The body ended before it was complete', cause: failure })

/**
 * Writes the parts of resumable uploads. On one upload one request works at a time: a client that has lost its connection comes back before the server
 * knows of it, so a newer request ends the older one that still writes in this process. One of another process has a claim, and is waited for by the client.
 */
export class Appender {
  private readonly turns = new Map<string, Turn>()

  constructor(
    private readonly spool: Spool,
    private readonly claims: UploadClaims
  ) {}

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
   * @throws {ApiError} UPLOAD_LOCKED where another process writes it; FILE_TOO_LARGE; MALFORMED_BODY where the body ends early; UPLOAD_CONFLICT where a newer request
   * goes on with it; NOT_FOUND where it is removed
   */
  async append(part: Appended): Promise<number> {
    const { progress, length, checksum } = part
    const turn = this.turns.get(progress.id)!
    if (turn.waiting > 0) throw takenOver()
    const meter = new Meter(length - progress.kept, length, checksum?.algorithm)
    turn.end = () => meter.destroy(takenOver())
    try {
      const claim = await this.claims.take(progress, checksum !== undefined)
      return await this.write(claim, part, meter)
    } finally {
      delete turn.end
    }
  }

  /** Ends what a killed process has left, so that what has arrived of it stays as it is. */
  async settle(progress: Progress): Promise<void> {
    if (progress.claim === null || (progress.held === 0 && !progress.isLeft)) return
    const claim = await this.claims.take(progress, false)
    if (!(await this.claims.end(claim, progress.kept))) throw await this.lost(progress.id)
  }

  private async write(claim: Claim, { bytes, checksum }: Appended, meter: Meter): Promise<number> {
    const { id, kept, part } = claim
    const from = kept - part.start
    const stop = this.renew(claim, meter)
    meter.passBody(bytes)
    const { written, failure } = await this.spool.append(part.name, from, meter).finally(stop)
    const isWrong = checksum !== undefined && (failure !== undefined || meter.digest() !== checksum.value)
    // It is of this request alone: whoever has the claim by now goes on in another file.
    if (isWrong) await this.spool.truncate(part.name, from)
    const arrived = isWrong ? kept : kept + written
    if (!(await this.claims.end(claim, arrived))) throw await this.lost(id)
    if (failure !== undefined) throw refusalOf(failure)
    if (isWrong) throw new WrongChecksum()

    return arrived
  }

  /** Renews a claim while bytes flow, or are brought to the disk, and ends the request that has lost it. */
  private renew(claim: Claim, meter: Meter): () => void {
    let [seen, isAsking] = [0, false]
    const look = async (): Promise<void> => {
      const isFlowing = meter.bytes > seen || meter.readableEnded
      seen = meter.bytes
      if (!(await this.claims.renew(claim, isFlowing))) meter.destroy(takenOver())
    }
    const timer = setInterval(() => {
      if (isAsking) return
      isAsking = true
      // While the database cannot be reached nobody else takes it either.
      void look().catch(() => undefined).finally(() => (isAsking = false)) // prettier-ignore
    }, LOOK)

    return () => clearInterval(timer)
  }

  /** What is left of an upload that was removed meanwhile goes with it. */
  private async lost(id: string): Promise<ApiError> {
    if (await this.claims.progress(id)) return takenOver()
    await this.spool.remove(id)

    return new ApiError('NOT_FOUND')
  }
}
