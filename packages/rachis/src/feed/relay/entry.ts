import type { StoredChange } from '../change'

/** One look at the table, as the one process that reads tells it to all others: what is new in it since the entry before. */
export interface RelayEntry {
  /** Id of the entry before; empty where this one does not go on from any, so that everybody reads the table once. */
  readonly previous: string
  /** Up to which every change is settled. */
  readonly cursor: number
  /** The highest id that the sequence had given out. */
  readonly last: number
  /** When the table was read, by the clock of the line. */
  readonly at: number
  /** `pg_current_snapshot()` of that read. */
  readonly snapshot: string
  /** Whether it showed everything that was committed. */
  readonly isAll: boolean
  /** Changes that no entry before has had. */
  readonly added: readonly StoredChange[]
}

/** As JSON: versions of Node may differ between machines. */
export const encodeEntry = (entry: RelayEntry): string => JSON.stringify(entry)

/** Undefined where that is none: whoever reads it then reads the table. */
export const decodeEntry = (text: string): RelayEntry | undefined => {
  try {
    return (JSON.parse(text) as RelayEntry | null) ?? undefined
  } catch {
    return undefined
  }
}
