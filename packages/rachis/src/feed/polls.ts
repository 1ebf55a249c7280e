import type { Model } from '../model/model'
import type { Audience } from '../rules/audience'
import { isSameSchema, rightsMark } from '../rules/rights-mark'
import type { Asked } from '../rules/shape'
import { Asking } from './asking'
import type { Realtime } from './consumers/realtime'
import type { Feed } from './feed'
import { PollWaiters } from './poll-waiters'
import type { ResetReason } from './reset'
import { reached, sendReset } from './reset'
import type { Resume } from './resume'
import { MAX_MISSED } from './resume'
import type { ResumeToken } from './resume-token'
import { formatToken, parseToken } from './resume-token'
import type { Packet, Subscriber } from './subscriber'
import { isTruncation } from './truncations'
import { versionedPackets } from './versioned-packets'

/** A chunk ends where an id is a multiple of this, so that everybody who asks from one place gets the same one. */
const CELL = 1000
/** Characters of the records of a chunk, behind which it ends with the change that it has come to. */
const MAX_SIZE = 1_048_576

/** What is asked of what anybody may read. */
export interface Poll {
  readonly asked: readonly Asked[]
  /** The token of the place behind which is read; undefined for the present. */
  readonly after?: string
  /** Whether it waits for something to happen, for as long as a poll may wait. */
  readonly waits: boolean
  /** The version of the API that it is read in; undefined where there is one only. */
  readonly version?: number
}

export interface Chunk {
  readonly packets: readonly Packet[]
  /** The token of the place up to which is told. */
  readonly position: string
  /** Whether that is the present. What follows on any other chunk is there already, and the chunk is always the same. */
  readonly isUpToDate: boolean
}

export interface PollsOptions {
  readonly feed: Feed
  readonly realtime: Realtime
  readonly resume: Pick<Resume, 'readMissed'>
  readonly models: readonly Model[]
  /** What anybody may read. */
  readonly audience: Audience
  /** Milliseconds that a poll waits. */
  readonly wait: number
}

/** One who asks, and what they were told. */
class Reader implements Subscriber {
  readonly asks: Asking
  readonly packets: Packet[] = []
  size = 0

  constructor(
    readonly audience: Audience,
    asked: readonly Asked[]
  ) {
    this.asks = Asking.of(asked, null)
  }

  send(packet: Packet) {
    this.packets.push(packet)
    this.size += JSON.stringify(packet.data).length
  }
}

/**
 * Tells what happened to what anybody may read, in chunks: which changes a chunk has follows from where it begins, so that a cache can give
 * one answer to all who ask from there. They are told by the same code as subscribers are, and read as what was missed is.
 */
export class Polls {
  /** Those that ask the same at the same time share one answer. */
  private readonly shared = new Map<string, Promise<Chunk>>()
  private readonly waiters: PollWaiters
  private readonly packetsIn: ReturnType<typeof versionedPackets>

  constructor(private readonly options: PollsOptions) {
    const { feed, realtime, audience, models } = options
    this.packetsIn = versionedPackets(models)
    this.waiters = new PollWaiters({ feed, realtime, audience })
  }

  poll(poll: Poll): Promise<Chunk> {
    const { asked, after, waits, version } = poll
    const key = JSON.stringify([asked.map(({ name }) => name).sort(), after, waits, version])
    const known = this.shared.get(key)
    if (known) return known
    const answer = this.inVersion(poll).finally(() => this.shared.delete(key))
    this.shared.set(key, answer)

    return answer
  }

  /** The number of different questions that are being answered. */
  get asked(): number {
    return this.shared.size
  }

  /** Answers all that wait, and has nobody wait any more: the process stops. */
  stop() {
    this.waiters.stop()
  }

  private async inVersion(poll: Poll): Promise<Chunk> {
    const { packets, ...chunk } = await this.answer(poll)

    return { ...chunk, packets: packets.map(this.packetsIn(poll.version)) }
  }

  private async answer({ asked, after, waits }: Poll): Promise<Chunk> {
    if (after === undefined) return { packets: [], position: this.tokenOf(this.present), isUpToDate: true }
    if (!waits) return this.read(asked, after)

    return this.waiters.until<Chunk>(asked, this.options.wait, async () => {
      const chunk = await this.read(asked, after)
      const isEmpty = chunk.isUpToDate && chunk.packets.length === 0

      return isEmpty ? { again: this.endOf(parseToken(after)!.id), last: chunk } : { found: chunk }
    })
  }

  private async read(asked: readonly Asked[], after: string): Promise<Chunk> {
    const reader = new Reader(this.options.audience, asked)
    const token = parseToken(after)
    const obstacle = await this.obstacle(token)
    const place = obstacle ?? (await this.readFrom(reader, token!))

    return typeof place === 'string' ? this.reset(asked, place) : this.chunk(reader, after, place)
  }

  private chunk({ packets }: Reader, after: string, { to, isUpToDate }: Place): Chunk {
    const last = packets.at(-1)?.position
    // Of the present everybody gets the place of its last event, and not how far this process has read meanwhile.
    const place = isUpToDate ? last : to

    return { packets, position: place === undefined ? after : this.tokenOf(place), isUpToDate }
  }

  private async obstacle(token: ResumeToken | undefined): Promise<ResetReason | undefined> {
    const { feed, audience } = this.options
    if (token?.epoch !== feed.epoch) return 'epoch'
    const mark = rightsMark(audience)
    if (token.rights !== mark) return isSameSchema(token.rights, mark) ? 'rights' : 'schema'
    if (token.id > feed.cursor) await reached(feed, token.id)
    if (token.id > feed.cursor || feed.skipsSome) return 'ahead'

    return feed.cursor - token.id > MAX_MISSED ? 'size' : undefined
  }

  private async readFrom(reader: Reader, { id }: ResumeToken): Promise<Place | ResetReason> {
    const { feed, resume } = this.options
    const end = this.endOf(id)
    const upTo = Math.min(end, feed.cursor)
    for (let place = id; place < upTo;) {
      const { changes, to, isCut } = await resume.readMissed(place, upTo)
      if (isCut) return 'horizon'
      const due = changes.filter((change) => change.id <= upTo)
      if (due.some(isTruncation)) return 'size'
      if (!(await this.tell(reader, due))) return { to: reader.packets.at(-1)!.position, isUpToDate: false }
      place = Math.min(to, upTo)
    }

    return { to: upTo, isUpToDate: upTo < end }
  }

  /** Answers whether all was told. */
  private async tell(reader: Reader, due: Parameters<Realtime['replay']>[1]): Promise<boolean> {
    let isWhole = true
    await this.options.realtime.replay([reader], due, async () => (isWhole = reader.size <= MAX_SIZE))

    return isWhole
  }

  private reset(asked: readonly Asked[], reason: ResetReason): Chunk {
    const { audience, models } = this.options
    const reader = new Reader(audience, asked)
    const names = new Set(asked.map(({ resource }) => resource))
    const position = this.present
    const told = models.filter(({ name }) => names.has(name))
    sendReset({ member: reader, anew: new Map() }, { reason, position }, told)

    return { packets: reader.packets, position: this.tokenOf(position), isUpToDate: true }
  }

  /** The end of the chunk that begins behind an id. */
  private endOf(id: number): number {
    return (Math.floor(id / CELL) + 1) * CELL
  }

  private get present(): number {
    return this.options.feed.cursor
  }

  private tokenOf(id: number): string {
    const { feed, audience } = this.options
    return formatToken({ epoch: feed.epoch, id, rights: rightsMark(audience) })
  }
}

interface Place {
  readonly to: number
  readonly isUpToDate: boolean
}
