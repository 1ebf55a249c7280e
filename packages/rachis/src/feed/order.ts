/** Ids up to `upTo` that are missing may still be committed, until every transaction that may own one of them is over. */
export interface Gap {
  readonly upTo: number
  /** Those that were open when they were asked for, after the gap was seen; undefined before that. */
  readonly owners?: readonly string[]
}
interface Settled<T> {
  readonly ready: T[]
  readonly cursor: number
  readonly gap?: Gap
}

/**
 * Which of the changes behind the cursor can be delivered, in the order of their ids.
 *
 * A change takes its id while it holds the lock of its row, so ids order the changes of one row, and changes that saw each
 * other, as they were committed. But ids become visible out of order: an id that is missing below a visible one may belong
 * to a transaction that is still running. So delivery stops before a gap until every transaction that could own it is
 * over; what is missing then was rolled back. Ordering by transaction id instead would swap two changes of one row where the
 * transaction that began first wrote it last.
 */
export const settle = <T extends { readonly id: number }>(
  cursor: number,
  rows: readonly T[],
  /** Whether a transaction was over in the snapshot that the rows were read in. */
  isOver: (transaction: string) => boolean,
  gap?: Gap
): Settled<T> => {
  const isSettled = gap?.owners?.every(isOver) ?? false
  const settledTo = gap && isSettled ? gap.upTo : cursor
  let reached = cursor
  const ready = rows.slice(0, rows.findIndex((row) => !follows(row.id)) >>> 0)
  const pending = gap && !isSettled && reached < gap.upTo ? gap : { upTo: rows.at(-1)?.id ?? cursor }

  return { ready, cursor: reached, ...(ready.length < rows.length ? { gap: pending } : {}) }

  function follows(id: number): boolean {
    if (id !== reached + 1 && id - 1 > settledTo) return false
    reached = id
    return true
  }
}
