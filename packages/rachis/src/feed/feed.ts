import { EventEmitter } from 'events'
import type { Row } from '../sql/database'
import { CHANGE_COLUMNS, changeOf } from './change'
import type { Change } from './change'
import type { Consumer, LossReason } from './consumer'
import type { FeedOptions, FeedStatus } from './feed-options'
import type { Beginning } from './history'
import { findBeginning, HISTORY } from './history'
import type { Gap } from './order'
import { settle } from './order'
import { Pace } from './pace'
import { formatPosition } from './positions'
import { readSettled } from './read-settled'
import { BATCH } from './runner'
import type { Batch, Reports, Source } from './runner'
import { Runners } from './runners'
import { StorageWatch } from './storage'
import { secondsSince } from '../util/seconds-since'

/** A gap is usually a transaction about to commit; where it is not, it is looked at ever more seldom. */
const GAP_RETRY = 10
/** Milliseconds between looks at what happens to tables beside their changes. */
const WATCH_INTERVAL = 1000

const READ = `
select s.*, c.*
from (select pg_snapshot_xmin(pg_current_snapshot())::text as xmin, history.* from (${HISTORY}) history) s
left join lateral (select ${CHANGE_COLUMNS} from changes where id > $1 order by id limit ${BATCH}) c on true`

const NEXT_TRANSACTION = 'select pg_current_xact_id()::text as xid'

const SILENT: Reports = { failed: () => {}, recovered: () => {}, lost: () => {} }

/**
 * Reads the table of changes from a cursor and hands each change, in order, to its consumers. `wake` only says that it is worth
 * looking now.
 *
 * Events: `position` with the id up to which all was handed on, `recovered` with the seconds after which the table could be read
 * again, `lost` where the table has another history than was read, and `truncated` with names of tables.
 */
export class Feed extends EventEmitter implements Source {
  readonly consumers: Runners
  private readonly storage: StorageWatch
  private readonly pace: Pace
  private gap?: Gap
  private gapRetry = GAP_RETRY
  private gapSince?: number
  private timer?: NodeJS.Timeout
  private reading?: Promise<void>
  private isAwake = false
  private isStopped = true
  private isFailing = false
  private lastRead = Date.now()
  private lastWatch = 0
  private beginning?: Beginning
  /** Id up to which every change is settled: read, or rolled back. */
  cursor = 0
  /** Id of the last change that was told of before its turn. */
  private foreseen = 0

  constructor(private readonly options: FeedOptions) {
    super()
    this.storage = new StorageWatch(options.database, options.tables ?? [])
    this.pace = new Pace(options)
    const { reports = SILENT, positions } = options
    this.consumers = new Runners({ source: this, reports, positions })
  }

  /** Names the history that is read now. */
  get epoch(): string {
    return this.beginning?.epoch ?? ''
  }

  /** Whether changes behind the cursor were committed before this process began, which it does not tell of. */
  get skipsSome(): boolean {
    return (this.beginning?.seen.size ?? 0) > 0
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
    const { database, behind = database } = this.options
    return readSettled(behind, { epoch: this.epoch, after, upTo: this.cursor, limit })
  }

  /** Takes the present as its start: what is committed from now on will be delivered. */
  async start(): Promise<void> {
    await this.begin()
    this.isStopped = false
    this.lastRead = Date.now()
    this.schedule(0)
  }

  status(): FeedStatus {
    const { stallTimeout = Infinity } = this.options
    const isStuck = !this.isStopped && Date.now() - this.lastRead > stallTimeout

    return {
      status: isStuck ? 'stuck' : 'ok',
      silent: secondsSince(this.isStopped ? undefined : this.lastRead),
      lag: secondsSince(this.gapSince)
    }
  }

  wake() {
    if (this.isStopped || this.isAwake) return
    this.isAwake = true
    this.schedule(this.pace.untilNext)
  }

  async stop(): Promise<void> {
    this.isStopped = true
    clearTimeout(this.timer)
    await this.reading
    await this.consumers.stop()
  }

  private async begin(reason?: LossReason) {
    this.beginning = await findBeginning(this.options.database)
    const { position, seen } = this.beginning
    this.cursor = position
    this.foreseen = 0
    this.gap = this.gapSince = undefined
    const begun = this.consumers.begin({ position, skip: [...seen] }, reason && { reason, position })
    if (reason) begun.catch(this.options.onError)
    else await begun
  }

  private schedule(delay: number) {
    if (this.isStopped || this.reading) return
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.run(), delay)
    this.timer.unref()
  }

  private run() {
    const isAsked = this.isAwake || this.gap !== undefined
    this.isAwake = false
    this.pace.look()
    this.reading = this.look(isAsked)
      .catch((error) => this.fail(error))
      .then((delay) => {
        this.reading = undefined
        this.schedule(this.isAwake ? Math.min(delay, this.pace.untilNext) : delay)
      })
  }

  private async look(isAsked: boolean): Promise<number> {
    const { cursor } = this
    const retry = await this.read()
    if (!isAsked && this.cursor !== cursor) this.pace.foundUntold()
    await this.watch()
    if (this.isFailing) this.emit('recovered', secondsSince(this.lastRead))
    this.isFailing = false
    this.lastRead = Date.now()

    return retry ?? this.pace.pause
  }

  /** Tells of the first failure only: as long as the database is away every look fails. */
  private fail(error: unknown): number {
    if (!this.isFailing) this.options.onError(error)
    this.isFailing = true

    return this.options.pollInterval
  }

  private async watch() {
    if (!this.options.tables || this.lastWatch + WATCH_INTERVAL > Date.now()) return
    this.lastWatch = Date.now()
    const truncated = await this.storage.look()
    if (truncated.length === 0) return
    this.emit('truncated', truncated)
    this.consumers.miss({ reason: 'truncated', position: this.cursor, resources: truncated })
  }

  /** One batch; answers after how many milliseconds to look again, where more is known to be there. */
  private async read(): Promise<number | undefined> {
    const rows = await this.options.database.query({ text: READ, values: [this.cursor] })
    if (this.isOtherHistory(rows[0]!)) return this.beginAnew()
    const xmin = BigInt(rows[0]!.xmin as string)
    const changes = rows.filter((row) => row.id !== null).map(changeOf)
    const { ready, cursor, gap } = settle(this.cursor, changes, xmin, this.gap)
    this.foresee(changes.slice(ready.length))
    if (ready.length > 0) await this.handOn(ready, cursor)
    this.gapRetry =
      gap && gap === this.gap ? Math.min(2 * this.gapRetry, this.options.pollInterval) : GAP_RETRY
    this.gapSince = gap && (this.gapSince ?? Date.now())
    this.gap = gap && { ...gap, settledAt: gap.settledAt ?? (await this.nextTransaction()) }

    if (gap) return this.gapRetry

    return changes.length === BATCH ? 0 : undefined
  }

  private isOtherHistory({ epoch, last }: Row): boolean {
    if (!this.beginning) return false
    return epoch !== this.beginning.epoch || this.cursor > Number(last)
  }

  /** A cursor of another history points nowhere: at worst beyond all changes that are to come. */
  private async beginAnew(): Promise<number> {
    await this.begin('epoch')
    this.emit('lost')
    this.emit('position', this.cursor)

    return 0
  }

  /** Above every transaction that has taken an id until now, and with it perhaps ids of changes. */
  private async nextTransaction(): Promise<bigint> {
    const [row] = await this.options.database.query({ text: NEXT_TRANSACTION, values: [] })
    return BigInt(row!.xid as string)
  }

  private isNew = ({ id }: Change): boolean => !this.beginning?.seen.has(id)

  /** What waits behind a gap is committed all the same: whoever only has to forget something need not wait with it. */
  private foresee(waiting: readonly Change[]) {
    const unforeseen = waiting.filter((change) => change.id > this.foreseen && this.isNew(change))
    if (unforeseen.length === 0) return
    this.foreseen = unforeseen.at(-1)!.id
    this.consumers.foresee(unforeseen)
  }

  private async handOn(ready: readonly Change[], cursor: number) {
    this.cursor = cursor
    await this.consumers.offer({ changes: ready, to: cursor })
    for (const { id } of ready) this.beginning?.seen.delete(id)
    this.emit('position', cursor)
  }
}
