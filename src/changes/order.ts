/** The snapshot that a batch was read in: transactions below `xmin` are over, those from `xmax` on had not begun. */
export interface Snapshot {
  readonly xmin: bigint
  readonly xmax: bigint
}
/** Ids up to `upTo` that are missing may still be committed, until every transaction below `settledAt` is over. */
export interface Gap {
  readonly upTo: number
  readonly settledAt: bigint
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
  { xmin, xmax }: Snapshot,
  gap?: Gap
): Settled<T> => {
  const last = rows.at(-1)?.id ?? cursor
  const isQuiet = xmin === xmax
  const settledTo = isQuiet ? last : gap && xmin >= gap.settledAt ? gap.upTo : cursor
  const pending = gap && xmin < gap.settledAt && !isQuiet ? gap : undefined
  let reached = cursor
  const ready = rows.slice(0, rows.findIndex((row) => !follows(row.id)) >>> 0)

  return {
    ready,
    cursor: reached,
    ...(ready.length < rows.length ? { gap: pending ?? { upTo: last, settledAt: xmax } } : {})
  }

  function follows(id: number): boolean {
    if (id !== reached + 1 && id - 1 > settledTo) return false
    reached = id
    return true
  }
}
