import type { RowPredicate } from '../declare/predicate'
import { quote } from '../util/quote'
import type { ChangeContext, Values } from './statements'
import { removeRows, updateRows } from './statements'
import type { Target } from './target'
import type { Binder, Statement } from './where'
import { where } from './where'

/** The first rows that a query finds, locked: so many and one more, so that it is known whether there are more. */
const firstOf =
  ({ table, id }: Target, query: RowPredicate, most: number) =>
  (binder: Binder) =>
    ` where ${quote(id)} in (select ${quote(id)} from ${quote(table)}${where(query, binder)} order by ${quote(id)} limit ${binder.bind(most + 1)} for update)`

/** Sets columns of the rows that a query finds, of `most` and one more at the most, and returns them as they became. */
export const updateMany = (
  target: Target,
  query: RowPredicate,
  changes: Values,
  context: ChangeContext,
  most: number
): Statement => updateRows(target, changes, context, firstOf(target, query, most))

/** Removes the rows that a query finds, `most` and one more at the most, and returns them as they were. */
export const removeMany = (
  target: Target,
  query: RowPredicate,
  context: ChangeContext,
  most: number
): Statement => removeRows(target, context, firstOf(target, query, most))
