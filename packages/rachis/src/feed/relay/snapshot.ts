/** What PostgreSQL shows of a snapshot as text: `xmin:xmax:xip,xip`. */
export interface Snapshot {
  /** Transactions below it were over. */
  readonly xmin: bigint
  /** Whether a transaction was over, committed or rolled back, when the snapshot was taken. */
  isOver(tx: string): boolean
}

/**
 * Reads the text of `pg_current_snapshot()`: `pg_visible_in_snapshot` without a server.
 *
 * @example snapshotOf('10:14:10,12').isOver('11') // true
 */
export const snapshotOf = (text: string): Snapshot => {
  const [xmin = '0', xmax = '0', running = ''] = text.split(':')
  const [low, high, open] = [BigInt(xmin), BigInt(xmax), new Set(running.split(','))]
  const isOver = (tx: string) => BigInt(tx) < low || (BigInt(tx) < high && !open.has(tx))

  return { xmin: low, isOver }
}
