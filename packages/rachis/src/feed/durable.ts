import type { Consumer, Loss, LossReason } from './consumer'
import type { Place, Reports, Source } from './runner'
import { Runner } from './runner'
import type { StoredPositions } from './stored-positions'

/** Milliseconds between looks, at most: at the position, whether it is to be stored, and at who holds the consumer. */
const LOOK = 1000

export interface DurableOptions {
  readonly consumer: Consumer
  readonly source: Source
  readonly reports: Reports
  readonly positions: StoredPositions
}

/**
 * Runs a durable consumer while this process holds it, and waits for its turn while another one does. The position is stored once a
 * second at most, not with each batch, which would write a row for every few changes of the whole database. So what was consumed
 * in the last second before a process is killed is consumed once more by the next holder.
 */
export class Durable {
  readonly runner: Runner
  private present: Place = { position: 0 }
  private isRegistered = false
  private isHeld = false
  private isStopped = true
  /** By the monotonic clock of this process, in milliseconds. */
  private heldUntil = 0
  private renewedAt = 0
  private stored = { epoch: '', id: -1 }
  /** Of a loss that is not stored yet. */
  private lost?: LossReason
  private timer?: NodeJS.Timeout
  private looking: Promise<void> = Promise.resolve()

  constructor(private readonly options: DurableOptions) {
    const { consumer, source } = options
    const reports = { ...options.reports, lost: (name: string, loss: Loss) => this.lose(name, loss) }
    const mayRun = () => performance.now() < this.heldUntil
    this.runner = new Runner({ consumer, source, reports, mayRun })
  }

  private get name(): string {
    return this.options.consumer.name
  }

  /** Takes up where the consumer was stored to be; `present` is where a new one begins. */
  async begin(present: Place): Promise<void> {
    this.runner.suspend()
    this.isHeld = this.isStopped = false
    this.present = present
    await this.lookNow().finally(() => this.schedule())
  }

  /** Stores where it has come to, and lets another process go on at once. */
  async stop(): Promise<void> {
    clearTimeout(this.timer)
    this.isStopped = true
    await this.runner.stop()
    await this.looking.catch(() => undefined)
    // Without a database nothing can be stored: the next holder then waits for the lease, and repeats what came last.
    if (this.isHeld) await this.leave().catch(() => undefined)
  }

  private async leave() {
    if (await this.keep()) await this.options.positions.release(this.name)
  }

  private schedule() {
    clearTimeout(this.timer)
    if (this.isStopped) return
    const look = () => this.lookNow().catch((error: unknown) => this.onError(error))
    this.timer = setTimeout(() => void look().then(() => this.schedule()), this.interval)
    this.timer.unref()
  }

  private get interval(): number {
    return Math.min(LOOK, this.options.positions.lease / 3)
  }

  /** One look at a time. */
  private lookNow(): Promise<void> {
    this.looking = this.looking.catch(() => undefined).then(() => this.look())
    return this.looking
  }

  private async look() {
    if (this.isStopped) return
    if (!this.isHeld) return this.acquire()
    if (!this.isDue || (await this.keep())) return this.runner.goOn()
    this.isHeld = false
    this.runner.suspend()
  }

  private onError(error: unknown) {
    // Whoever cannot renew what it holds must take it for lost before others do.
    if (performance.now() >= this.heldUntil) this.options.reports.failed(this.name, error)
  }

  private async acquire() {
    const { positions, source } = this.options
    const { epoch } = source
    const isNew = !this.isRegistered && (await this.register())
    const asked = performance.now()
    const found = await positions.acquire(this.name)
    if (!found || this.isStopped || source.epoch !== epoch) return
    this.isHeld = true
    this.options.consumer.taken?.()
    this.renewed(asked)
    this.stored = { epoch, id: found.loss ? -1 : found.position }
    if (found.loss) this.runner.lose(found.loss)
    else this.runner.begin({ ...found, skip: isNew ? this.present.skip : [] })
  }

  private async register(): Promise<boolean> {
    const { positions, source } = this.options
    const isNew = await positions.register(this.name, { epoch: source.epoch, id: this.present.position })
    this.isRegistered = true

    return isNew
  }

  private renewed(asked: number) {
    this.renewedAt = asked
    this.heldUntil = asked + this.options.positions.lease
  }

  /** Whether there is a position to store, or it is time to say that this process still holds the consumer. */
  private get isDue(): boolean {
    const { lease } = this.options.positions
    return this.isMoved || performance.now() - this.renewedAt >= lease / 3
  }

  /** A position behind a loss is stored once the consumer has received the loss; otherwise a process that is killed before that would hide it. */
  private get isMoved(): boolean {
    const { epoch } = this.options.source
    const { position, hasUntold } = this.runner
    return !hasUntold && (position !== this.stored.id || epoch !== this.stored.epoch)
  }

  private async keep(): Promise<boolean> {
    const { positions, source } = this.options
    const asked = performance.now()
    const { isMoved, lost } = this
    const next = { epoch: source.epoch, id: this.runner.position }
    const isKept = await (isMoved ? positions.store(this.name, next, lost) : positions.renew(this.name))
    if (!isKept) return false
    this.renewed(asked)
    if (!isMoved) return true
    this.stored = next
    if (this.lost === lost) this.lost = undefined

    return true
  }

  private lose(name: string, loss: Loss) {
    this.lost = loss.reason
    this.options.reports.lost(name, loss)
  }
}
