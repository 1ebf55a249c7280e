import { EventEmitter } from 'events'
import type { Database, Row } from '../sql/database'
import { CHANGE_COLUMNS, changeOf } from './change'
import type { Change } from './change'
import type { Beginning } from './history'
import { findBeginning, HISTORY } from './history'
import type { Gap } from './order'
import { settle } from './order'
import { StorageWatch } from './storage'

/** Records may be as large as a request, and each change holds two of them. */
const BATCH = 100
/** Writes that follow each other this closely are read together. */
const SPACING = 3
/** A gap is usually a transaction about to commit; where it is not, it is looked at ever more seldom. */
const GAP_RETRY = 10
/** Milliseconds between looks at what happens to tables beside their changes. */
const WATCH_INTERVAL = 1000

const READ = `
select s.*, c.*
from (select pg_snapshot_xmin(pg_current_snapshot())::text as xmin, history.* from (${HISTORY}) history) s
left join lateral (select ${CHANGE_COLUMNS} from changes where id > $1 order by id limit ${BATCH}) c on true`

const NEXT_TRANSACTION = 'select pg_current_xact_id()::text as xid'

export type Consumer = (changes: readonly Change[]) => void | Promise<void>
export interface FeedOptions {
  /** Of the feed alone: its statements must end, with or without an answer. */
  readonly database: Database
  /** Milliseconds between looks at the table where nobody wakes the feed. */
  readonly pollInterval: number
  /** Tables that are watched for being truncated. */
  readonly tables?: readonly string[]
  /** Milliseconds without a look at the table after which the feed counts as stuck. */
  readonly stallTimeout?: number
  readonly onError: (error: unknown) => void
}
export interface FeedStatus {
  readonly status: 'ok' | 'stuck'
  /** Seconds since the table was last read. */
  readonly silent: number
  /** Seconds that committed changes have waited for an open transaction that may own a lower id. */
  readonly lag: number
}

const secondsSince = (time: number | undefined): number =>
  time === undefined ? 0 : Math.max(0, Math.round((Date.now() - time) / 100) / 10)

/**
 * Reads the table of changes from a cursor and hands each change, once and in order, to its consumers. `wake` only says that
 * it is worth looking now.
 *
 * Events: `waiting` with changes that wait behind a gap, `position` with the id up to which all was handed on, `lost` where
 * the table has another history than was read, so that nobody knows what was missed, `truncated` with names of tables, and
 * `recovered` with the seconds after which the table could be read again.
 */
export class Feed extends EventEmitter {
  private readonly consumers: Consumer[] = []
  private readonly storage: StorageWatch
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
  /** Id of the last change that was handed on. */
  position = 0
  /** Id of the last change that was told of before its turn. */
  private foreseen = 0

  constructor(private readonly options: FeedOptions) {
    super()
    this.storage = new StorageWatch(options.database, options.tables ?? [])
  }

  consume(consumer: Consumer) {
    this.consumers.push(consumer)
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
    this.schedule(SPACING)
  }

  async stop(): Promise<void> {
    this.isStopped = true
    clearTimeout(this.timer)
    await this.reading
  }

  private async begin() {
    this.beginning = await findBeginning(this.options.database)
    this.position = this.beginning.position
    this.foreseen = 0
    this.gap = this.gapSince = undefined
  }

  private schedule(delay: number) {
    if (this.isStopped || this.reading) return
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.run(), delay)
    this.timer.unref()
  }

  private run() {
    this.isAwake = false
    this.reading = this.look()
      .catch((error) => this.fail(error))
      .then((delay) => {
        this.reading = undefined
        this.schedule(this.isAwake ? SPACING : delay)
      })
  }

  private async look(): Promise<number> {
    const delay = await this.read()
    await this.watch()
    if (this.isFailing) this.emit('recovered', secondsSince(this.lastRead))
    this.isFailing = false
    this.lastRead = Date.now()

    return delay
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
    if (truncated.length > 0) this.emit('truncated', truncated)
  }

  /** One batch; answers after how many milliseconds to look again. */
  private async read(): Promise<number> {
    const rows = await this.options.database.query({ text: READ, values: [this.position] })
    if (this.isOtherHistory(rows[0]!)) return this.beginAnew()
    const xmin = BigInt(rows[0]!.xmin as string)
    const changes = rows.filter((row) => row.id !== null).map(changeOf)
    const { ready, cursor, gap } = settle(this.position, changes, xmin, this.gap)
    this.foresee(changes.slice(ready.length))
    if (ready.length > 0) await this.handOn(ready, cursor)
    this.gapRetry =
      gap && gap === this.gap ? Math.min(2 * this.gapRetry, this.options.pollInterval) : GAP_RETRY
    this.gapSince = gap && (this.gapSince ?? Date.now())
    this.gap = gap && { ...gap, settledAt: gap.settledAt ?? (await this.nextTransaction()) }

    return gap ? this.gapRetry : changes.length === BATCH ? 0 : this.options.pollInterval
  }

  private isOtherHistory({ epoch, last }: Row): boolean {
    if (!this.beginning) return false
    return epoch !== this.beginning.epoch || this.position > Number(last)
  }

  /** A cursor of another history points nowhere: at worst beyond all changes that are to come. */
  private async beginAnew(): Promise<number> {
    await this.begin()
    this.emit('lost')
    this.emit('position', this.position)

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
    this.emit('waiting', unforeseen)
  }

  /** A consumer that fails must not hold up the others, nor the changes behind. */
  private async handOn(ready: readonly Change[], cursor: number) {
    const changes = ready.filter(this.isNew)
    for (const consumer of changes.length > 0 ? this.consumers : []) {
      try {
        await consumer(changes)
      } catch (error) {
        this.options.onError(error)
      }
    }
    for (const { id } of ready) this.beginning?.seen.delete(id)
    this.position = cursor
    this.emit('position', cursor)
  }
}
