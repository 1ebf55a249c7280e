import type { RowPredicate } from '../declare/predicate'
import type { Model } from './model'

/** What somebody may read: of a resource which columns, and of its records which. */
export interface Reader {
  columns(model: Model): readonly string[]
  rule(model: Model): RowPredicate
}
