import type { RowPredicate } from '../declare/predicate'
import { and } from '../declare/predicate'
import { quote } from '../util/quote'
import { fromTable } from './joined'
import type { Selection } from './order-by'
import { orderBy } from './order-by'
import { select } from './statements'
import type { Target } from './target'
import type { Statement } from './where'
import { Binder, where } from './where'

/**
 * The first records of several conditions together, in the order of the selection. Each condition is read by itself and up to the limit, so
 * that an index can serve each of them; what is sorted are no more records than a few pages have.
 *
 * @param segments conditions of which no record meets two
 * @param columns those of the order among them
 */
export const selectSegments = (
  target: Target,
  selection: Selection,
  segments: readonly RowPredicate[],
  columns: readonly string[]
): Statement => {
  const [only] = segments
  if (only && segments.length === 1)
    return select(target, { ...selection, where: and([selection.where, only]) }, columns)
  const binder = new Binder()
  const limit = binder.bind(selection.limit)
  const names = columns.map(quote).join(', ')
  const end = () => `${orderBy(target, selection, binder)} limit ${limit}`
  const parts = segments.map((segment) => {
    const from = fromTable(target.table, selection, binder)
    const condition = where(and([selection.where, segment]), binder)
    return `(select ${names} from ${from}${condition}${end()})`
  })

  return {
    text: `select ${names} from (${parts.join(' union all ')}) as "$page"${end()}`,
    values: binder.values
  }
}
