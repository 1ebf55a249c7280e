import { withTimeout } from '../util/timeout'

/** A job as pg-boss hands it out. */
export interface Taken {
  readonly id: string
  readonly data: unknown
  readonly retryCount: number
  readonly startedOn: Date | string
}

export interface QueueOptions<T = Taken> {
  readonly concurrency: number
  /** Milliseconds between looks that nobody asked for. */
  readonly pollInterval: number
  /** Takes so many jobs that are due, for this process alone. */
  take(count: number): Promise<readonly T[]>
  /** Runs one, and records how it ended. */
  run(job: T, signal: AbortSignal): Promise<void>
  /** Gives one back that was not begun. */
  release(job: T): Promise<void>
  onError(error: unknown): void
}

/** Milliseconds in which attempts that were aborted give their jobs back. */
const LAST = 1000

/** Takes the jobs of one queue as soon as there is room for them. */
export class Queue<T = Taken> {
  private readonly running = new Set<Promise<void>>()
  private readonly stopping = new AbortController()
  private timer?: NodeJS.Timeout
  private looking?: Promise<void>
  private isAsked = false

  constructor(private readonly options: QueueOptions<T>) {}

  /** How many run in this process. */
  get size(): number {
    return this.running.size
  }

  /** Looks at once, since something was enqueued or has ended. */
  wake(): void {
    this.isAsked = true
    this.looking ??= this.look().finally(() => (this.looking = undefined))
  }

  /** Waits for what runs, for so many milliseconds at most; what has not ended then is aborted and given back. */
  async stop(grace: number): Promise<void> {
    this.isStopped = true
    clearTimeout(this.timer)
    await this.looking
    await withTimeout(grace, Promise.all(this.running))
    this.stopping.abort(new Error('The process is stopping'))
    await withTimeout(LAST, Promise.all(this.running))
  }
  private isStopped = false

  private async look() {
    clearTimeout(this.timer)
    while (this.isAsked && !this.isStopped) {
      this.isAsked = false
      await this.fill().catch((error: unknown) => this.options.onError(error))
    }
    if (this.isStopped) return
    this.timer = setTimeout(() => this.wake(), this.options.pollInterval)
    this.timer.unref()
  }

  private async fill() {
    const room = this.options.concurrency - this.running.size
    if (room <= 0) return
    for (const job of await this.options.take(room))
      if (this.isStopped) await this.options.release(job)
      else this.begin(job)
  }

  private begin(job: T) {
    const { run, onError } = this.options
    const done = run(job, this.stopping.signal)
      .catch(onError)
      .finally(() => {
        this.running.delete(done)
        if (!this.isStopped) this.wake()
      })
    this.running.add(done)
  }
}
