import type { Masks, RowPredicate } from '../declare/predicate'
import { TRUE } from '../declare/predicate'
import type { JoinedByName } from './joined'
import type { Searched } from './search'
import { searchRank } from './search'
import { quote } from '../util/quote'
import type { Target } from './target'
import type { Binder } from './where'
import { predicateSql, shownColumn, where } from './where'

/** By names of columns, and of values of related records. */
export type Sort = Readonly<Record<string, 1 | -1>>

/** What a list is asked for. */
export interface Selection {
  readonly where: RowPredicate
  readonly sort?: Sort
  /** The values of related records that the order may name. */
  readonly joined?: JoinedByName
  /** Order by how well a record fits this search, where nothing else is asked. */
  readonly rank?: Searched
  readonly limit?: number
  readonly skip?: number
  /** Columns that are hidden in some records: those sort as if they had no value there. */
  readonly masks?: Masks
}

const rankOf = (target: Target, selection: Selection, binder: Binder): string[] => {
  const { rank, sort = {} } = selection
  if (!rank || Object.keys(sort).length > 0) return []
  const found = `select from ${quote(target.table)}${where(selection.where, binder)}`

  return [
    searchRank(
      rank,
      found,
      (value) => binder.bind(value),
      (mask) => predicateSql(mask, binder)
    )
  ]
}

/** SQL of a column as its reader sees it: without a value in records of which they may not read it. */
export const shownValue = (name: string, masks: Masks | undefined, binder: Binder): string =>
  shownColumn(name, masks?.get(name) ?? TRUE, binder)

/** `low, medium, high` is an order that people mean; the alphabet's is `high, low, medium`. */
const sortKey = ({ enums }: Target, name: string, { masks, joined }: Selection, binder: Binder): string => {
  const other = joined?.get(name)
  const words = other ? other.words : enums?.get(name)
  const bound = words && binder.bind(words)
  const value = other ? quote(other.as) : shownValue(name, masks, binder)

  return bound ? `array_position(${bound}::text[], ${value})` : value
}

/**
 * The direction of the id behind the columns that were asked for: without a last, unique column two pages could show one record twice. It is
 * that of the last of them, so that an index of that column and the id serves both directions.
 */
export const lastDirection = (sort: Sort): 1 | -1 => Object.values(sort).at(-1) ?? 1

/** The end of a SELECT: by what was asked, or by how well a record fits a search, and by the id after that. */
export const orderBy = (target: Target, selection: Selection, binder: Binder): string => {
  const { id } = target
  const { sort = {} } = selection
  const entries = Object.entries(sort)
  const ranked = rankOf(target, selection, binder)
  const unique = id in sort ? entries : [...entries, [id, lastDirection(sort)] as const]
  const columns = unique.map(
    ([name, direction]) => sortKey(target, name, selection, binder) + (direction === -1 ? ' desc' : '')
  )

  return ` order by ${[...ranked, ...columns].join(', ')}`
}

/** ` order by … limit … offset …` */
export const pageEnd = (target: Target, selection: Selection, binder: Binder): string => {
  const { limit, skip } = selection

  return (
    orderBy(target, selection, binder) +
    (limit === undefined ? '' : ` limit ${binder.bind(limit)}`) +
    (skip ? ` offset ${binder.bind(skip)}` : '')
  )
}
