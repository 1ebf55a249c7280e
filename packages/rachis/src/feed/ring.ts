/** What counts of a change. */
interface Kept {
  readonly id: number
  /** Characters of its rows. */
  readonly size?: number
}

/** Changes that follow each other, up to the place `to`. */
interface Part<T> {
  readonly changes: readonly T[]
  readonly to: number
}

/** Changes that are kept, at most, and characters of their rows. */
const MOST = { changes: 10_000, size: 67_108_864 }

/**
 * The last settled changes, in memory: after a deploy thousands of clients ask for the same few, and the database is asked for none of
 * them. They are kept as the text that was read, and parsed where somebody is sent them.
 */
export class ChangeRing<T extends Kept> {
  private changes: T[] = []
  /** Index of the first that counts: those before it are dropped together, now and then. */
  private first = 0
  private size = 0
  /** Every settled change behind this id is here. */
  private floor = Infinity

  constructor(private readonly most = MOST) {}

  /** Forgets everything: all changes behind this id are to be added. */
  restart(position: number) {
    this.changes = []
    this.first = this.size = 0
    this.floor = position
  }

  add(changes: readonly T[]) {
    for (const change of changes) {
      this.changes.push(change)
      this.size += change.size ?? 0
    }
    while (this.changes.length - this.first > this.most.changes || this.size > this.most.size) this.drop()
    if (this.first <= this.most.changes / 10) return
    this.changes = this.changes.slice(this.first)
    this.first = 0
  }

  /** The changes behind an id, up to another; undefined where some of them are not here any more. */
  behind(after: number, upTo: number, limit: number): Part<T> | undefined {
    if (after < this.floor) return undefined
    const begin = this.indexBehind(after)
    const changes = this.changes.slice(begin, begin + limit).filter(({ id }) => id <= upTo)

    return { changes, to: changes.length < limit ? upTo : changes.at(-1)!.id }
  }

  private drop() {
    const change = this.changes[this.first++]
    if (!change) return
    this.floor = change.id
    this.size -= change.size ?? 0
  }

  /** Binary search: the ids ascend. */
  private indexBehind(id: number): number {
    let [low, high] = [this.first, this.changes.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.changes[middle]!.id <= id) low = middle + 1
      else high = middle
    }

    return low
  }
}
