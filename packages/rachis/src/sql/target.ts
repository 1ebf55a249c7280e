import type { ColumnTypes } from './where'

/** What statements need to know of a table. */
export interface Target {
  readonly table: string
  readonly id: string
  readonly types: ColumnTypes
  /** Columns of declared words, whose order is the declared one. */
  readonly enums?: ReadonlyMap<string, readonly string[]>
  /** Columns that are never NULL; any may be where it is not said. */
  readonly present?: ReadonlySet<string>
  /** Columns that a row is read with. */
  readonly columns: readonly string[]
  /** Set to now() by every write that changes what every reader of the record sees; one that leaves that as it is leaves this as it is. */
  readonly touch?: string
  /** Columns that not every reader sees: a change of these alone does not set `updated_at`, which would reveal it to the others. */
  readonly quiet?: ReadonlySet<string>
  /** Columns that a PUT leaves as they are where it does not name them. */
  readonly kept?: readonly string[]
  /** Columns that the database fills in by itself: read and asked for, never written. */
  readonly computed?: readonly string[]
}
