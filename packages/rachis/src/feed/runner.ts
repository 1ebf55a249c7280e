import { withTimeout } from '../util/timeout'
import type { Change } from './change'
import type { Consumer, Loss, LossReason } from './consumer'
import { Retry } from './retry'
import { isTruncation, truncationsIn, upToTruncation } from './truncations'

/** Changes of a batch at most: records may be as large as a request, and each change holds two of them. */
export const BATCH = 100
/** Milliseconds that a batch is waited for where the process stops. */
const FAREWELL = 5000

/** Changes that follow each other in the feed, up to the place `to`. */
export interface Batch {
  readonly changes: readonly Change[]
  readonly to: number
  /** Changes behind the asked position were removed as too old. */
  readonly isCut?: boolean
}
/** What a runner asks of its feed. */
export interface Source {
  readonly epoch: string
  /** Id up to which all changes are settled. */
  readonly cursor: number
  /** Settled changes behind this id. */
  readAgain(after: number, limit: number): Promise<Batch>
}
/** What is logged about a consumer. */
export interface Reports {
  failed(name: string, error: unknown): void
  recovered(name: string, seconds: number): void
  lost(name: string, loss: Loss): void
}
export interface RunnerOptions {
  readonly consumer: Consumer
  readonly source: Source
  readonly reports: Reports
  /** Changes that may wait for it; beyond them it begins anew. Any number by default. */
  readonly maxBacklog?: number
  /** Whether this process may still run it. */
  readonly mayRun?: () => boolean
}
/** Where a consumer takes up. */
export interface Place {
  /** Id of the last change that it has. */
  readonly position: number
  /** Ids behind it that are not for this consumer. */
  readonly skip?: Iterable<number>
}
/** A consumer that does not keep up. */
export interface Trouble {
  readonly name: string
  /** When it failed first, or fell behind, as ISO 8601. */
  readonly since: string
  /** Seconds for which it has not had everything. */
  readonly lag: number
}

/**
 * Runs one consumer at its own pace. What the feed hands on is taken as it comes while the consumer keeps up; where it does not,
 * since it is slow or has failed, the runner reads the settled changes again from the table, so that nothing is held in memory
 * for it. What failed is repeated change by change, so that the position stops right before the one that fails.
 */
export class Runner {
  /** Id of the last change that was consumed. */
  position = 0
  private skip = new Set<number>()
  private offered?: Batch
  /** Losses that the consumer has not received yet. */
  private losses: Loss[] = []
  private readonly retry = new Retry(() => this.work())
  private isRunning = false
  private isWorking = false
  private isBehind = false
  private backlog = 0
  private behindSince?: number
  /** Counts the places where it took up: a batch that is still running at the next one moves nothing. */
  private beginnings = 0
  /** Resolves once it has all, or has failed. */
  working: Promise<void> = Promise.resolve()

  constructor(private readonly options: RunnerOptions) {}

  get consumer(): Consumer {
    return this.options.consumer
  }

  /** Takes up at a place; `loss`: of what it has missed before it. */
  begin({ position, skip = [] }: Place, loss?: Loss) {
    this.retry.resume()
    this.retry.move(position)
    this.beginnings++
    this.position = position
    this.skip = new Set(skip)
    this.offered = undefined
    this.losses = loss ? [loss] : []
    this.backlog = 0
    this.isRunning = true
    this.isBehind = position < this.options.source.cursor
    this.work()
  }

  /** Whether this process hands it changes. */
  get isActive(): boolean {
    return this.isRunning
  }

  /** Begins anew at the present, without the changes up to it. */
  lose(reason: LossReason) {
    const loss = { reason, position: this.options.source.cursor }
    this.options.reports.lost(this.consumer.name, loss)
    this.begin(loss, loss)
  }

  /** Whether the consumer has not received a loss before its position yet. */
  get hasUntold(): boolean {
    return this.losses.length > 0
  }

  /** Leaves the consumer to another process. What is being consumed is finished, and counts for nothing here. */
  suspend() {
    this.retry.clear()
    this.beginnings++
    this.isRunning = false
    this.behindSince = undefined
  }

  /** Goes on where it had to wait for `mayRun`. */
  goOn() {
    this.work()
  }

  /** Hands on the next changes. They are consumed before this returns, as far as `consume` does so without a promise. */
  offer(batch: Batch) {
    if (!this.isRunning) return
    this.behindSince ??= Date.now()
    if (this.isWorking || this.isBehind || this.retry.isFailing || this.offered) this.fallBehind(batch)
    else this.offered = batch
    this.work()
  }

  /** What holds it up, where it has not had everything for so many milliseconds, or fails. */
  trouble(patience: number): Trouble | undefined {
    const since = this.retry.since ?? this.behindSince
    if (since === undefined || (!this.retry.isFailing && Date.now() - since < patience)) return undefined
    const lag = Math.round((Date.now() - (this.behindSince ?? since)) / 100) / 10

    return { name: this.consumer.name, since: new Date(since).toISOString(), lag: Math.max(0, lag) }
  }

  /** Stops, and resolves once the batch that is being consumed is done, or takes too long for that. */
  async stop(): Promise<void> {
    this.isRunning = false
    this.retry.resume()
    await withTimeout(FAREWELL, this.working)
  }

  private get isDue(): boolean {
    const { mayRun = () => true } = this.options
    return this.isRunning && (this.losses.length > 0 || !!this.offered || this.isBehind) && mayRun()
  }

  private fallBehind({ changes }: Batch) {
    this.isBehind = true
    this.offered = undefined
    this.backlog += changes.length
    if (this.backlog > (this.options.maxBacklog ?? Infinity)) this.lose('backlog')
  }

  private work() {
    if (this.isWorking || this.retry.isPaused || !this.isDue) return
    this.isWorking = true
    this.working = this.drain()
  }

  private async drain() {
    try {
      while (this.isDue) {
        if (this.losses.length > 0) await this.tell(this.losses[0]!)
        else if (this.offered) await this.pass(this.takeOffered())
        else await this.passNext()
      }
    } catch (error) {
      this.fail(error)
    } finally {
      this.isWorking = false
    }
  }

  private takeOffered(): Batch {
    const { offered } = this
    this.offered = undefined

    return offered!
  }

  /** What is settled behind the position, from the table. */
  private async passNext() {
    const { beginnings } = this
    const batch = await this.options.source.readAgain(this.position, this.retry.isFailing ? 1 : BATCH)
    if (beginnings !== this.beginnings) return
    if (batch.isCut) this.lose('retention')
    else await this.pass(batch)
  }

  private async tell(loss: Loss) {
    await this.consumer.lost?.(loss)
    if (this.losses[0] === loss) this.losses.shift()
    this.progress()
  }

  private async pass({ changes, to }: Batch) {
    const { beginnings } = this
    // A position that another process has stored may be ahead of what this one has read.
    const due = upToTruncation({ changes: changes.filter(({ id }) => id > this.position), to })
    const own = due.changes.filter((change) => !isTruncation(change) && !this.skip.has(change.id))
    try {
      if (own.length > 0) await this.consumer.consume(own, this.options.source.epoch)
    } catch (error) {
      if (beginnings !== this.beginnings) return this.options.reports.failed(this.consumer.name, error)
      this.isBehind = true
      this.retry.note(to)
      throw error
    }
    if (beginnings !== this.beginnings) return
    this.losses.push(...truncationsIn(due.changes.filter(({ id }) => !this.skip.has(id))))
    for (const { id } of due.changes) this.skip.delete(id)
    this.position = Math.max(this.position, due.to)
    // What stands behind a truncation is read again from the table, once that is told.
    this.isBehind ||= due.to < to
    this.backlog = Math.max(0, this.backlog - changes.length)
    this.progress()
  }

  private progress() {
    if (this.isBehind) this.isBehind = this.position < this.options.source.cursor
    const seconds = this.hasUntold ? undefined : this.retry.progress(this.position)
    if (seconds !== undefined) this.options.reports.recovered(this.consumer.name, seconds)
    if (!this.isBehind && !this.retry.isFailing && !this.offered) this.behindSince = undefined
  }

  private fail(error: unknown) {
    this.retry.note(this.position)
    this.options.reports.failed(this.consumer.name, error)
    if (this.isDue) this.retry.pause()
    else this.retry.clear()
  }
}
