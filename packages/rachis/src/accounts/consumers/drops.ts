import { grownCache } from '../../util/grown-cache'

const MAX_RECORDS = 10_000

/**
 * Which records were dropped from a cache, and in which order. A read that began before the drop of its record has old data, which
 * must not be put into the cache after the drop; a read whose record nobody dropped may be, however many others were.
 */
export class Drops {
  private sequence = 0
  /** Up to here nothing is known of single records: everything counts as dropped. */
  private unknownUntil = 0
  private readonly last = grownCache<number>(MAX_RECORDS, (sequence, _record, reason) => {
    if (reason === 'evict') this.unknownUntil = sequence
  })

  /** Taken before a read, and given to `since` after it. */
  now(): number {
    return this.sequence
  }

  add(record: string) {
    this.last.set(record, ++this.sequence)
  }

  addAll() {
    this.unknownUntil = ++this.sequence
  }

  /** Whether one of the records was dropped after `start`, or may have been. */
  since(start: number, records: readonly string[]): boolean {
    if (start < this.unknownUntil) return true

    return records.some((record) => (this.last.peek(record) ?? 0) > start)
  }
}
