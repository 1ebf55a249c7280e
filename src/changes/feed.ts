import { EventEmitter } from 'events'
import type { Database } from '../compilers/service'
import { CHANGE_COLUMNS, changeOf } from './change'
import type { Change } from './change'
import type { Gap } from './order'
import { settle } from './order'

/** Records may be as large as a request, and each change holds two of them. */
const BATCH = 100
/** Writes that follow each other this closely are read together. */
const SPACING = 3
/** A gap is usually a transaction about to commit; where it is not, it is looked at ever more seldom. */
const GAP_RETRY = 10

const READ = `
select s.xmin::text as xmin, c.*
from (select pg_snapshot_xmin(pg_current_snapshot()) as xmin) s
left join lateral (select ${CHANGE_COLUMNS} from changes where id > $1 order by id limit ${BATCH}) c on true`

const POSITION = `
select pg_snapshot_xmin(pg_current_snapshot())::text as xmin, (select coalesce(max(id), 0) from changes) as position`

const NEXT_TRANSACTION = 'select pg_current_xact_id()::text as xid'

export type Consumer = (changes: readonly Change[]) => void | Promise<void>
export interface FeedOptions {
  readonly database: Database
  /** Milliseconds between looks at the table where nobody wakes the feed. */
  readonly pollInterval: number
  readonly onError: (error: unknown) => void
}

/**
 * Reads the table of changes from a cursor and hands each change, once and in order, to its consumers. `wake` only says that
 * it is worth looking now.
 */
export class Feed extends EventEmitter {
  private readonly consumers: Consumer[] = []
  private gap?: Gap
  private gapRetry = GAP_RETRY
  private timer?: NodeJS.Timeout
  private reading?: Promise<void>
  private isAwake = false
  private isStopped = true
  /** Id of the last change that was handed on. */
  position = 0
  /** Id of the last change that was told of before its turn. */
  private foreseen = 0

  constructor(private readonly options: FeedOptions) {
    super()
  }

  consume(consumer: Consumer) {
    this.consumers.push(consumer)
  }

  /** Takes the present as its start: what is committed from now on will be delivered. */
  async start(): Promise<void> {
    this.position = await this.settledPosition()
    this.isStopped = false
    this.schedule(0)
  }

  /** The last id, once no transaction is running that could still commit a lower one; waits at most a few seconds. */
  private async settledPosition(deadline = Date.now() + 5000): Promise<number> {
    const [first] = await this.options.database.query({ text: POSITION, values: [] })
    const next = await this.nextTransaction()
    for (let xmin = 0n; xmin < next && Date.now() < deadline;) {
      const [now] = await this.options.database.query({ text: POSITION, values: [] })
      xmin = BigInt(now!.xmin as string)
      if (xmin < next) await new Promise((resolve) => setTimeout(resolve, GAP_RETRY))
    }

    return Number(first!.position)
  }

  /** Above every transaction that has taken an id until now, and with it perhaps ids of changes. */
  private async nextTransaction(): Promise<bigint> {
    const [row] = await this.options.database.query({ text: NEXT_TRANSACTION, values: [] })
    return BigInt(row!.xid as string)
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

  private schedule(delay: number) {
    if (this.isStopped || this.reading) return
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.run(), delay)
    this.timer.unref()
  }

  private run() {
    this.isAwake = false
    this.reading = this.read()
      .catch((error) => {
        this.options.onError(error)
        return this.options.pollInterval
      })
      .then((delay) => {
        this.reading = undefined
        this.schedule(this.isAwake ? SPACING : delay)
      })
  }

  /** One batch; answers after how many milliseconds to look again. */
  private async read(): Promise<number> {
    const rows = await this.options.database.query({ text: READ, values: [this.position] })
    const xmin = BigInt(rows[0]!.xmin as string)
    const changes = rows.filter((row) => row.id !== null).map(changeOf)
    const { ready, cursor, gap } = settle(this.position, changes, xmin, this.gap)
    this.foresee(changes.slice(ready.length))
    if (ready.length > 0) await this.handOn(ready, cursor)
    this.gapRetry =
      gap && gap === this.gap ? Math.min(2 * this.gapRetry, this.options.pollInterval) : GAP_RETRY
    this.gap = gap && { ...gap, settledAt: gap.settledAt ?? (await this.nextTransaction()) }

    return gap ? this.gapRetry : changes.length === BATCH ? 0 : this.options.pollInterval
  }

  /** What waits behind a gap is committed all the same: whoever only has to forget something need not wait with it. */
  private foresee(waiting: readonly Change[]) {
    const unforeseen = waiting.filter(({ id }) => id > this.foreseen)
    if (unforeseen.length === 0) return
    this.foreseen = unforeseen.at(-1)!.id
    this.emit('waiting', unforeseen)
  }

  /** A consumer that fails must not hold up the others, nor the changes behind. */
  private async handOn(changes: readonly Change[], cursor: number) {
    for (const consumer of this.consumers) {
      try {
        await consumer(changes)
      } catch (error) {
        this.options.onError(error)
      }
    }
    this.position = cursor
    this.emit('position', cursor)
  }
}
