import type { CountedDatabase } from './feed-options'
import type { Beginning } from './history'
import { findBeginning } from './history'
import type { Look, LookRequest, Looks } from './looks'
import type { Gap } from './order'
import { settle } from './order'
import type { PaceOptions } from './pace'
import { Pace } from './pace'
import { FeedReader } from './read-feed'
import { openWriters } from './writers'

/** A gap is usually a transaction about to commit; where it is not, it is looked at ever more seldom. */
const GAP_RETRY = 10

export interface TableLooksOptions extends PaceOptions {
  /** Of the feed alone: its statements must end, with or without an answer. */
  readonly database: CountedDatabase
  /** Tells them that this one has written. */
  readonly notify?: () => void
}

/** Reads the table of changes: as soon as it is woken, and from time to time. */
export class TableLooks implements Looks {
  private readonly reader: FeedReader
  private readonly pace: Pace
  private gap?: Gap
  private gapRetry = GAP_RETRY
  private isAwake = false
  private isStopped = false
  private hasFailed = false
  /** Of the last look: the history, the connection, and whether there was no more behind it. */
  private epoch = ''
  private connected = 0
  private isAll = false
  private go?: () => void
  private timer?: NodeJS.Timeout
  isReading = false

  constructor(private readonly options: TableLooksOptions) {
    this.pace = new Pace(options)
    this.reader = new FeedReader(options.database)
  }

  async begin(ended?: string): Promise<Beginning> {
    this.isStopped = false
    this.hasFailed = true
    await this.reader.renew(ended)
    const beginning = await findBeginning(this.options.database)
    this.hasFailed = false

    return beginning
  }

  async next(request: LookRequest): Promise<Look | undefined> {
    const isAsked = await this.due()
    if (this.isStopped) return undefined
    this.isReading = true
    try {
      const look = await this.look(request)
      if (!isAsked && look.cursor !== request.cursor) this.pace.foundUntold()
      return look
    } catch (error) {
      this.hasFailed = true
      throw error
    } finally {
      this.isReading = false
    }
  }

  wake() {
    if (this.isAwake) return
    this.isAwake = true
    if (this.go) this.wait(this.pace.untilNext)
  }

  wrote() {
    this.wake()
    this.options.notify?.()
  }

  stop() {
    this.isStopped = true
    clearTimeout(this.timer)
    this.go?.()
  }

  /** Resolves when the next look is due, with whether somebody has asked for it. */
  private async due(): Promise<boolean> {
    await this.askOwners()
    const { delay } = this
    await new Promise<void>((go) => {
      this.go = go
      this.wait(this.isAwake ? Math.min(delay, this.pace.untilNext) : delay)
    })
    this.go = undefined
    const isAsked = this.isAwake || this.gap !== undefined
    this.isAwake = this.hasFailed = false
    this.pace.look()

    return isAsked
  }

  private wait(delay: number) {
    if (this.isStopped) return this.go?.()
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.go?.(), delay)
    this.timer.unref()
  }

  /** Milliseconds until the next look that nobody asks for. */
  private get delay(): number {
    if (this.hasFailed) return this.options.pollInterval
    if (this.gap) return this.gap.owners?.length === 0 ? 0 : this.gapRetry

    return this.isAll ? this.pace.pause : 0
  }

  /** Once what is ready has been handed on, since it takes a statement. */
  private async askOwners() {
    if (!this.gap || this.gap.owners || this.hasFailed || this.isStopped) return
    const { gap } = this
    const owners = await openWriters(this.options.database).catch((error: unknown) => {
      this.hasFailed = true
      throw error
    })
    if (this.gap === gap) this.gap = { ...gap, owners }
  }

  /** Ids of another history are no gap of this one, and a server that has crashed may give the ids of its last transactions anew. */
  private forgetGap(epoch: string) {
    const { connected } = this.reader
    if (epoch !== this.epoch || connected !== this.connected) this.gap = undefined
    this.epoch = epoch
    this.connected = connected
  }

  private async look({ cursor: from, ask }: LookRequest): Promise<Look> {
    const asked = ask()
    // Before the read: nothing that is committed from then on is promised.
    const at = Date.now()
    const { changes, isOver, ...read } = await this.reader.read(from, asked)
    this.forgetGap(read.epoch)
    const { ready, cursor, gap } = settle(from, changes, isOver, this.gap)
    const isSame = gap !== undefined && gap === this.gap
    this.gapRetry = isSame ? Math.min(2 * this.gapRetry, this.options.pollInterval) : GAP_RETRY
    this.gap = gap
    this.isAll = read.isAll

    return { ...read, at, asked, ready, cursor, waiting: changes.slice(ready.length), source: 'table' }
  }
}
