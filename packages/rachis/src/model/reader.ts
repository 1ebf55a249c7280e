import type { Masks, RowPredicate } from '../declare/predicate'
import type { Model } from './model'

/** What somebody may read: of a resource which columns, and of its records which. */
export interface Reader {
  /** The columns that they may read of at least some records. */
  columns(model: Model): readonly string[]
  /** Of those, the columns that they may not read of every record. */
  masks(model: Model): Masks
  rule(model: Model): RowPredicate
}
