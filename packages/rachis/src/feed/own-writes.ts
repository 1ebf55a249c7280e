import type { Change } from './change'

/** What one read of the table shows of the transactions that are waited for. */
interface Look {
  /** Of the read's snapshot: transactions below it are over. */
  readonly xmin: bigint
  /** The transactions that were asked for, and those of them that were committed when the read began. */
  readonly asked: readonly string[]
  readonly committed: readonly string[]
  /** All changes behind the cursor, unless there are more than a read takes. */
  readonly changes: readonly Change[]
  readonly isAll: boolean
}

/** What is asked of the feed. */
interface WatchedFeed {
  /** Id up to which all changes were handed on. */
  readonly cursor: number
  readonly isReading: boolean
  /** Has it read the table. */
  wake(): void
}

interface Waiting {
  /** Id of the last change of the transaction, once it is known. */
  last?: number
  readonly done: ((id: number) => void)[]
}

/** Finds out when the feed has passed the transactions of writers that want to know, also of those that changed nothing. */
export class OwnWrites {
  private readonly waiting = new Map<string, Waiting>()
  private latest: Look = { xmin: 0n, asked: [], committed: [], changes: [], isAll: false }

  constructor(private readonly feed: WatchedFeed) {}

  /**
   * Resolves once the changes of a committed transaction were handed on, with an id that is that of the last one or higher. Nothing waits for
   * a transaction that changed nothing but one read of the table.
   */
  passed(tx: string): Promise<number> {
    return new Promise((resolve) => {
      const one = this.waiting.get(tx) ?? { done: [] }
      one.done.push(resolve)
      this.waiting.set(tx, one)
      this.locate(tx, one, this.latest)
      if (one.last === undefined && !this.feed.isReading) this.feed.wake()
      this.settle()
    })
  }

  /** The transactions whose last change is not known, which the next read is to ask for. */
  ask(): readonly string[] {
    return [...this.waiting].filter(([, { last }]) => last === undefined).map(([tx]) => tx)
  }

  /** Takes note of a read, and of what has been handed on since. */
  note(look: Look) {
    this.latest = look
    for (const [tx, one] of this.waiting) {
      this.locate(tx, one, look)
      if (one.last === undefined && !look.asked.includes(tx)) this.feed.wake()
    }
    this.settle()
  }

  /** In another history nobody waits for what was written before: all of it is fetched anew. */
  restart() {
    this.latest = { xmin: 0n, asked: [], committed: [], changes: [], isAll: false }
    for (const one of this.waiting.values()) one.last = this.feed.cursor
    this.settle()
  }

  /** What is over when a read begins is in what it reads, or was handed on before. */
  private locate(tx: string, one: Waiting, { xmin, committed, changes, isAll }: Look) {
    const isOver = BigInt(tx) < xmin || committed.includes(tx)
    if (one.last !== undefined || !isOver || !isAll) return
    one.last = changes.findLast(({ xid }) => xid === tx)?.id ?? this.feed.cursor
  }

  private settle() {
    const { cursor } = this.feed
    for (const [tx, { last, done }] of this.waiting) {
      if (last === undefined || last > cursor) continue
      this.waiting.delete(tx)
      for (const resolve of done) resolve(last)
    }
  }
}
