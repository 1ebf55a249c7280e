import type { RowPredicate } from '../declare/predicate'
import type { Searched } from './search'
import { searchRank } from './search'
import { quote } from '../util/quote'
import type { Target } from './target'
import type { Binder } from './where'
import { where } from './where'

export type Sort = Readonly<Record<string, 1 | -1>>

/** What a list is asked for. */
export interface Selection {
  readonly where: RowPredicate
  readonly sort?: Sort
  /** Order by how well a record fits this search, where nothing else is asked. */
  readonly rank?: Searched
  readonly limit?: number
  readonly skip?: number
}

const rankOf = (target: Target, selection: Selection, binder: Binder): string[] => {
  const { rank, sort = {} } = selection
  if (!rank || Object.keys(sort).length > 0) return []
  const found = `select from ${quote(target.table)}${where(selection.where, binder)}`

  return [searchRank(rank, found, (value) => binder.bind(value))]
}

/** `low, medium, high` is an order that people mean; the alphabet's is `high, low, medium`. */
const sortKey = ({ enums }: Target, name: string, binder: Binder): string => {
  const words = enums?.get(name)
  return words ? `array_position(${binder.bind(words)}::text[], ${quote(name)})` : quote(name)
}

/** The end of a SELECT: by what was asked, or by how well a record fits a search, and by the id after that. */
export const orderBy = (target: Target, selection: Selection, binder: Binder): string => {
  const { id } = target
  const { sort = {} } = selection
  const entries = Object.entries(sort)
  const ranked = rankOf(target, selection, binder)
  // Without a last, unique column two pages could show one record twice.
  const unique = id in sort ? entries : [...entries, [id, 1] as const]
  const columns = unique.map(
    ([name, direction]) => sortKey(target, name, binder) + (direction === -1 ? ' desc' : '')
  )

  return ` order by ${[...ranked, ...columns].join(', ')}`
}
