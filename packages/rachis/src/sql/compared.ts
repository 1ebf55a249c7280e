import type { RowPredicate } from '../declare/predicate'
import { quote } from '../util/quote'
import { list } from './statements'
import type { Target } from './target'
import type { Statement } from './where'
import { Binder, predicateSql } from './where'

const isKnownToHold = (predicate: RowPredicate, binder: Binder) =>
  `coalesce((${predicateSql(predicate, binder)}), false)`

/** Of each pair of conditions one holds and the other does not. */
const unlike = (pairs: readonly (readonly [RowPredicate, RowPredicate])[], binder: Binder): string => {
  const compared = pairs.map((pair) => pair.map((one) => isKnownToHold(one, binder)).join(' <> '))
  return compared.length === 0 ? '' : ` and (${compared.join(' or ')})`
}

/**
 * Rows that one query finds and another does not, or that both find: what a change of rights takes, gives or leaves. With pairs of
 * conditions only rows for which those of a pair do not agree.
 */
export const selectCompared = (
  target: Target,
  finds: RowPredicate,
  other: RowPredicate,
  both: boolean,
  limit: number,
  pairs: Comparison['pairs'] = []
): Statement => {
  const binder = new Binder()
  const from = fromCompared({ target, finds, other, both, pairs }, binder)

  return { text: `select ${list(target.columns)}${from} limit ${binder.bind(limit)}`, values: binder.values }
}

/** What `selectCompared` compares. */
export interface Comparison {
  readonly target: Target
  readonly finds: RowPredicate
  readonly other: RowPredicate
  readonly both: boolean
  readonly pairs: readonly (readonly [RowPredicate, RowPredicate])[]
}

const fromCompared = ({ target, finds, other, both, pairs }: Comparison, binder: Binder): string => {
  const [first, second] = [predicateSql(finds, binder), isKnownToHold(other, binder)]
  return ` from ${quote(target.table)} where (${first}) and ${second} = ${both}${unlike(pairs, binder)}`
}

/** How many rows each of the comparisons finds, up to a limit, as an array in one row: one statement for all of them. */
export const countCompared = (comparisons: readonly Comparison[], limit: number): Statement => {
  const binder = new Binder()
  const most = binder.bind(limit)
  const counts = comparisons.map(
    (one) => `(select count(*)::int from (select 1${fromCompared(one, binder)} limit ${most}) found)`
  )

  return { text: `select array[${counts.join(', ')}] as counts`, values: binder.values }
}
