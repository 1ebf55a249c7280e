import { snapshotOf } from '../../packages/rachis/src/feed/relay/snapshot'
import type { Database, Row } from '../../packages/rachis/src/sql/database'

interface Running {
  readonly xid: number
  readonly changes: { id: number; row: number }[]
}
type Written = { readonly id: number }

/** The lower half of ids of transactions begins anew among the first of them. */
const FIRST = 3 * 2 ** 32 - 4

/**
 * Transactions as PostgreSQL has them: ids of transactions and of changes are taken when they are first needed, a row is
 * locked until its transaction ends, and a snapshot's xmax is one past the highest transaction that has *ended*, so that
 * running ones may lie beyond it.
 *
 * @see https://github.com/postgres/postgres/blob/REL_16_STABLE/src/backend/storage/ipc/procarray.c GetSnapshotData
 */
export class Transactions implements Database {
  private nextXid = FIRST
  private nextId = 1
  private latestEnded = FIRST - 1
  private readonly running = new Map<number, Running>()
  /** How many connections to it were opened: one more behind each crash. */
  opened = 0
  readonly committed: Written[] = []
  /** The changes of each row in the order in which they were committed. */
  readonly history = new Map<number, Written[]>()

  /** `epoch`: the name of its history. */
  constructor(private readonly epoch = '1') {}

  /** The transaction does something, elsewhere. */
  touch(transaction: number): Running {
    const known = this.running.get(transaction)
    if (known) return known
    const begun = { xid: this.nextXid++, changes: [] }
    this.running.set(transaction, begun)

    return begun
  }

  /** The transaction changes a row, unless another one holds it. */
  write(transaction: number, row: number) {
    const isHeld = [...this.running].some(
      ([other, { changes }]) => other !== transaction && changes.some((change) => change.row === row)
    )
    if (!isHeld) this.touch(transaction).changes.push({ id: this.nextId++, row })
  }

  /** Answers its id and those of its changes; undefined where it has done nothing. */
  commit(transaction: number) {
    const ended = this.running.get(transaction)
    for (const { id, row } of this.end(transaction)) {
      this.committed.push({ id })
      this.committed.sort((a, b) => a.id - b.id)
      this.history.set(row, [...(this.history.get(row) ?? []), { id }])
      this.rows.push({ id, resource: 'rows', record_id: String(row), xid: String(ended!.xid) })
    }

    return ended && { xid: String(ended.xid), ids: ended.changes.map(({ id }) => id) }
  }

  rollback(transaction: number) {
    this.end(transaction)
  }

  /** What is open is gone, and ids that nobody has stored are given again. */
  crash() {
    this.running.clear()
    this.nextXid = this.latestEnded + 1
    this.opened++
  }

  private readonly rows: Row[] = []

  private end(transaction: number) {
    const ended = this.running.get(transaction)
    if (!ended) return []
    this.running.delete(transaction)
    this.latestEnded = Math.max(this.latestEnded, ended.xid)

    return ended.changes
  }

  private snapshot() {
    const xmax = this.latestEnded + 1
    const xids = [...this.running.values()].map(({ xid }) => xid).filter((xid) => xid < xmax)

    return { snapshot: `${Math.min(xmax, ...xids)}:${xmax}:${xids.join()}` }
  }

  /** Those that hold the lock of whoever inserts changes; savepoints have ids above. */
  private locks() {
    const writers = [...this.running.values()].filter(({ changes }) => changes.length > 0)
    const low = (xid: number) => String(xid % 2 ** 32)

    return { isStandby: false, next: String(this.latestEnded + 1), writers: writers.map(({ xid }) => [low(xid + 3), low(xid)]) }
  } // prettier-ignore

  /** What the feed asks: where to begin, the changes behind its cursor, or which transactions may own some that are missing. */
  async query({ text, values }: { text: string; values: readonly unknown[] }): Promise<Row[]> {
    if (text.includes('pg_locks')) return [this.locks()]
    const behind = this.rows.filter(({ id }) => (id as number) > (values[0] as number))
    const rows = behind.sort((a, b) => (a.id as number) - (b.id as number))
    const { snapshot } = this.snapshot()
    const asked = Array.isArray(values[1]) ? (values[1] as string[]) : []

    return (rows.length > 0 ? rows : [{ id: null }]).map((row) => ({
      ...row,
      snapshot,
      epoch: this.epoch,
      position: 0,
      committed: asked.filter(snapshotOf(snapshot).isOver),
      last: this.nextId - 1
    }))
  }
}
