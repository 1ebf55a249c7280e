import { EventEmitter } from 'events'
import type { Change } from './change'
import { parsedChange } from './change'
import type { Consumer, LossReason } from './consumer'
import type { FeedOptions, FeedStatus } from './feed-options'
import type { Beginning } from './history'
import type { Look, LookSource } from './looks'
import { OwnWrites } from './own-writes'
import { formatPosition } from './positions'
import { readSettled } from './read-settled'
import { ChangeRing } from './ring'
import type { Batch, Reports, Source } from './runner'
import { Runners } from './runners'
import { isTruncation, truncationsIn } from './truncations'
import { Unsettled } from './unsettled'
import { allOf } from '../util/all-of'
import { secondsSince } from '../util/seconds-since'
import { outsideOfCalls } from '../util/sql-log'

const SILENT: Reports = { failed: () => {}, recovered: () => {}, lost: () => {} }

/**
 * Asks for the changes behind a cursor, of whoever reads the table, and hands each change, in order, to its consumers. `wake` only says
 * that it is worth looking now.
 *
 * Events: `position` with the id up to which all was handed on, `recovered` with the seconds after which the table could be read
 * again, `lost` where the table has another history than was read, and `truncated` with names of tables.
 */
export class Feed extends EventEmitter implements Source {
  readonly consumers: Runners
  readonly ownWrites = new OwnWrites(this)
  readonly ring = new ChangeRing<Change>()
  private waitingSince?: number
  private running?: Promise<void>
  private isTaking = false
  private isStopped = true
  private isFailing = false
  private lastRead = Date.now()
  private beginning?: Beginning
  /** Id up to which every change is settled: read, or rolled back. */
  cursor = 0
  /** Whether the last read found all that was committed, with nothing in between that may still be. */
  isDrained = false
  readonly unsettled = new Unsettled()
  /** Where the last look was from, and how many had to be read from the table since others did not tell all. */
  source: LookSource = 'table'
  refills = 0
  /** Id of the last change that was told of before its turn. */
  private foreseen = 0

  constructor(private readonly options: FeedOptions) {
    super()
    const { reports = SILENT, positions } = options
    this.consumers = new Runners({ source: this, reports, positions })
  }

  /** Names the history that is read now. */
  get epoch(): string {
    return this.beginning?.epoch ?? ''
  }

  get isReading(): boolean {
    return this.isTaking || this.options.looks.isReading
  }

  /** Whether changes behind the cursor were committed before this process began, which it does not tell of. */
  get skipsSome(): boolean {
    return (this.beginning?.seen.size ?? 0) > 0
  }

  /** Id of the last change of those; the cursor may still be before it. */
  get knownFrom(): number {
    return this.beginning?.last ?? Infinity
  }

  /** Whether all that was committed some milliseconds ago was read, and handed on unless it is unsettled. */
  hasReadWithin(ms: number): boolean {
    return !this.isStopped && !this.isFailing && this.unsettled.isAll && Date.now() - this.lastRead <= ms
  }

  /** The place up to which this process has read: whatever a statement sees that begins now includes all changes up to it. */
  get settled(): string {
    return formatPosition({ epoch: this.epoch, id: this.cursor })
  }

  /** The place up to which every live consumer of this process has the changes. */
  position(): string {
    return formatPosition({ epoch: this.epoch, id: this.consumers.position })
  }

  /**
   * Adds a consumer, which is handed each batch behind those that were added before it.
   *
   * @throws Error where another consumer has its name
   */
  consume(consumer: Consumer) {
    this.consumers.add(consumer)
  }

  /** Changes behind a consumer's position, up to those that are settled. */
  readAgain(after: number, limit: number): Promise<Batch> {
    return readSettled(this.options.behind, { epoch: this.epoch, after, upTo: this.cursor, limit })
  }

  /**
   * Takes the present as its start: what is committed from now on will be delivered.
   *
   * @param ready resolves once the consumers can consume: until then they are handed nothing
   */
  async start(ready: Promise<unknown> = Promise.resolve()): Promise<void> {
    const [beginning] = await allOf([this.options.looks.begin(), ready])
    await this.begin(beginning)
    this.isStopped = false
    this.lastRead = Date.now()
    this.running = outsideOfCalls(() => this.run())
  }

  status(): FeedStatus {
    const { stallTimeout = Infinity } = this.options
    const silent = this.isStopped ? 0 : Date.now() - this.lastRead
    const status = silent > stallTimeout ? 'stuck' : 'ok'
    return { status, silent: secondsSince(Date.now() - silent), lag: secondsSince(this.waitingSince) }
  }

  wake() {
    if (!this.isStopped) this.options.looks.wake()
  }

  async stop(): Promise<void> {
    this.isStopped = true
    this.options.looks.stop()
    await this.running
    await this.consumers.stop()
  }

  private async begin(beginning: Beginning, reason?: LossReason) {
    this.beginning = beginning
    const { position, seen } = beginning
    this.cursor = position
    this.ring.restart(position)
    this.foreseen = 0
    this.waitingSince = undefined
    const begun = this.consumers.begin({ position, skip: [...seen] }, reason && { reason, position })
    if (reason) begun.catch(this.options.onError)
    else await begun
  }

  private async run(): Promise<void> {
    while (!this.isStopped) await this.look().catch((error: unknown) => this.fail(error))
  }

  private async look(): Promise<void> {
    const ask = () => this.ownWrites.ask()
    const look = await this.options.looks.next({ epoch: this.epoch, cursor: this.cursor, ask })
    if (!look) return
    this.source = look.source
    if (look.isRefill) this.refills++
    this.isTaking = true
    await this.take(look).finally(() => (this.isTaking = false))
    if (this.isFailing) this.emit('recovered', secondsSince(this.lastRead))
    this.isFailing = false
    this.lastRead = look.at
  }

  /** Tells of the first failure only: as long as the database is away every look fails. */
  private fail(error: unknown) {
    if (!this.isFailing) this.options.onError(error)
    this.isFailing = true
  }

  private async take(look: Look): Promise<void> {
    if (this.isOtherHistory(look)) return this.beginAnew(look)
    const ready = look.ready.map(parsedChange)
    const waiting = look.waiting.map(parsedChange)
    this.isDrained = look.isAll && waiting.length === 0
    this.unsettled.note(waiting, look.isAll)
    this.foresee(waiting)
    if (ready.length > 0) await this.handOn(ready, look.cursor)
    this.ownWrites.note({ ...look, changes: [...ready, ...waiting] })
    this.waitingSince = waiting.length > 0 ? (this.waitingSince ?? Date.now()) : undefined
  }

  private isOtherHistory({ epoch, last }: Look): boolean {
    if (!this.beginning) return false
    return epoch !== this.beginning.epoch || this.cursor > last
  }

  /** A cursor of another history points nowhere: at worst beyond all changes that are to come. */
  private async beginAnew({ epoch }: Look): Promise<void> {
    const ended = epoch === this.epoch ? epoch : undefined
    await this.begin(await this.options.looks.begin(ended), 'epoch')
    this.ownWrites.restart()
    this.emit('lost')
    this.emit('position', this.cursor)
  }

  private isNew = (change: Change): boolean => !isTruncation(change) && !this.beginning?.seen.has(change.id)

  /** What waits behind a gap is committed all the same: whoever only has to forget something need not wait with it. */
  private foresee(waiting: readonly Change[]) {
    const unforeseen = waiting.filter((change) => change.id > this.foreseen && this.isNew(change))
    if (unforeseen.length === 0) return
    this.foreseen = unforeseen.at(-1)!.id
    this.consumers.foresee(unforeseen)
  }

  private async handOn(ready: readonly Change[], cursor: number) {
    this.cursor = cursor
    this.ring.add(ready)
    await this.consumers.offer({ changes: ready, to: cursor })
    for (const { id } of ready) this.beginning?.seen.delete(id)
    this.emit('position', cursor)
    for (const { resources } of truncationsIn(ready)) this.emit('truncated', resources)
  }
}
