import type { Change } from './change'
import type { Consumer, Loss } from './consumer'

/** Changes of a batch at most: records may be as large as a request, and each change holds two of them. */
export const BATCH = 100
/** Milliseconds before the first repetition of what failed, and at most. */
const DELAY = { first: 100, longest: 10_000 }

/** Changes that follow each other in the feed, up to the place `to`. */
export interface Batch {
  readonly changes: readonly Change[]
  readonly to: number
}
/** What a runner asks of its feed. */
export interface Source {
  readonly epoch: string
  /** Id up to which all changes are settled. */
  readonly cursor: number
  /** Settled changes behind this id. */
  readAgain(after: number, limit: number): Promise<Batch>
}
/** What is told of a consumer, to the log. */
export interface Reports {
  failed(name: string, error: unknown): void
  recovered(name: string, seconds: number): void
  lost(name: string, loss: Loss): void
}
export interface RunnerOptions {
  readonly consumer: Consumer
  readonly source: Source
  readonly reports: Reports
  /** Changes that may wait for it; beyond them it begins anew. */
  readonly maxBacklog: number
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
interface Failure {
  readonly since: number
  attempts: number
  /** Once it is past this place what failed is done. */
  upTo: number
}

/** Half of it by chance: processes that failed together do not come back together. */
const delayAfter = (attempts: number): number =>
  Math.min(DELAY.longest, DELAY.first * 2 ** attempts) * (0.5 + Math.random() / 2)

/**
 * Runs one consumer at its own pace. What the feed hands on is taken as it comes while the consumer keeps up; where it does not,
 * since it is slow or has failed, the runner reads the settled changes again from the table, so that nothing is kept in memory
 * for it. What failed is repeated change by change, so that the position stops right before the one that fails.
 */
export class Runner {
  /** Id of the last change that was consumed. */
  position = 0
  private skip = new Set<number>()
  private offered?: Batch
  /** Those that it has not been told of yet. */
  private losses: Loss[] = []
  private failure?: Failure
  private isRunning = false
  private isWorking = false
  private isBehind = false
  /** It has failed, and waits before it tries again. */
  private isPaused = false
  private backlog = 0
  private behindSince?: number
  /** Counts the places where it took up: a batch that is still running at the next one moves nothing. */
  private beginnings = 0
  private timer?: NodeJS.Timeout
  /** Resolves once it has all, or has failed. */
  working: Promise<void> = Promise.resolve()

  constructor(private readonly options: RunnerOptions) {}

  get consumer(): Consumer {
    return this.options.consumer
  }

  /** Takes up at a place; `loss`: of what it has missed before it. */
  begin({ position, skip = [] }: Place, loss?: Loss) {
    this.resume()
    this.beginnings++
    this.position = position
    this.skip = new Set(skip)
    this.offered = undefined
    this.losses = loss ? [loss] : []
    this.backlog = 0
    this.isRunning = true
    this.isBehind = position < this.options.source.cursor
    if (this.failure) this.failure.upTo = position
    this.work()
  }

  /** Tells the consumer of changes that were not recorded, and goes on where it is. */
  miss(loss: Loss) {
    if (!this.isRunning) return
    this.losses.push(loss)
    this.work()
  }

  /** Hands on the next changes. They are consumed before this returns, as far as `consume` does so without a promise. */
  offer(batch: Batch) {
    if (!this.isRunning) return
    this.behindSince ??= Date.now()
    if (this.isWorking || this.isBehind || this.failure) {
      this.isBehind = true
      this.backlog += batch.changes.length
      if (this.backlog > this.options.maxBacklog) this.loseBacklog()
    } else this.offered = batch
    this.work()
  }

  /** What holds it up, where it has not had everything for so many milliseconds, or fails. */
  trouble(patience: number): Trouble | undefined {
    const since = this.failure?.since ?? this.behindSince
    if (since === undefined || (!this.failure && Date.now() - since < patience)) return undefined
    const lag = Math.round((Date.now() - (this.behindSince ?? since)) / 100) / 10

    return { name: this.consumer.name, since: new Date(since).toISOString(), lag: Math.max(0, lag) }
  }

  /** Stops, and resolves once the batch that is being consumed is done. */
  async stop(): Promise<void> {
    this.isRunning = false
    clearTimeout(this.timer)
    await this.working
  }

  private get isDue(): boolean {
    const { mayRun = () => true } = this.options
    return this.isRunning && (this.losses.length > 0 || !!this.offered || this.isBehind) && mayRun()
  }

  private resume() {
    clearTimeout(this.timer)
    this.isPaused = false
  }

  private work() {
    if (this.isWorking || this.isPaused || !this.isDue) return
    this.isWorking = true
    this.working = this.drain()
  }

  private async drain() {
    try {
      while (this.isDue) {
        if (this.losses.length > 0) await this.tell(this.losses[0]!)
        else await this.pass(this.takeOffered() ?? (await this.next()))
      }
    } catch (error) {
      this.fail(error)
    } finally {
      this.isWorking = false
    }
  }

  private takeOffered(): Batch | undefined {
    const { offered } = this
    this.offered = undefined

    return offered
  }

  private next(): Promise<Batch> {
    return this.options.source.readAgain(this.position, this.failure ? 1 : BATCH)
  }

  private async tell(loss: Loss) {
    await this.consumer.lost?.(loss)
    if (this.losses[0] === loss) this.losses.shift()
    this.progress()
  }

  private async pass({ changes, to }: Batch) {
    const { beginnings } = this
    const own = changes.filter(({ id }) => !this.skip.has(id))
    try {
      if (own.length > 0) await this.consumer.consume(own, this.options.source.epoch)
    } catch (error) {
      if (beginnings === this.beginnings) {
        this.isBehind = true
        this.failure ??= { since: Date.now(), attempts: 0, upTo: to }
      }
      throw error
    }
    if (beginnings !== this.beginnings) return
    for (const { id } of changes) this.skip.delete(id)
    this.position = to
    this.backlog = Math.max(0, this.backlog - changes.length)
    this.progress()
  }

  private progress() {
    if (this.isBehind) this.isBehind = this.position < this.options.source.cursor
    if (this.failure && this.position >= this.failure.upTo && this.losses.length === 0)
      this.recover(this.failure)
    else if (this.failure) this.failure.attempts = 0
    if (!this.isBehind && !this.failure && !this.offered) this.behindSince = undefined
  }

  private recover({ since }: Failure) {
    this.failure = undefined
    this.options.reports.recovered(this.consumer.name, Math.round((Date.now() - since) / 1000))
  }

  private fail(error: unknown) {
    this.failure ??= { since: Date.now(), attempts: 0, upTo: this.position }
    this.options.reports.failed(this.consumer.name, error)
    if (!this.isRunning) return
    this.isPaused = true
    this.timer = setTimeout(() => {
      this.isPaused = false
      this.work()
    }, delayAfter(this.failure.attempts++))
    this.timer.unref()
  }

  private loseBacklog() {
    const position = this.options.source.cursor
    const loss = { reason: 'backlog', position } as const
    this.options.reports.lost(this.consumer.name, loss)
    this.begin({ position }, loss)
  }
}
