import type { Terms } from '../declare'
import type { Search } from './search'
import { searchRank } from './search'
import { quote } from '../util/quote'
import type { Target } from './target'
import type { Binder } from './where'
import { where } from './where'

interface Ordering {
  readonly $sort?: Readonly<Record<string, 1 | -1>>
  /** Order by how well a record fits this search, where nothing else is asked. */
  readonly $rank?: Search
}

const rankOf = (target: Target, query: Terms & Ordering, binder: Binder): string[] => {
  const { $rank, $sort = {} } = query
  if (!$rank || Object.keys($sort).length > 0) return []
  const found = `select from ${quote(target.table)}${where(query, target.types, binder)}`

  return [searchRank($rank, found, (value) => binder.bind(value))]
}

/** `low, medium, high` is an order that people mean; the alphabet's is `high, low, medium`. */
const sortKey = ({ enums }: Target, name: string, binder: Binder): string => {
  const words = enums?.get(name)
  return words ? `array_position(${binder.bind(words)}::text[], ${quote(name)})` : quote(name)
}

/** The end of a SELECT: by what was asked, or by how well a record fits a search, and by the id after that. */
export const orderBy = (target: Target, query: Terms & Ordering, binder: Binder): string => {
  const { id } = target
  const { $sort = {} } = query
  const entries = Object.entries($sort)
  const ranked = rankOf(target, query, binder)
  // Without a last, unique column two pages could show one record twice.
  const unique = id in $sort ? entries : [...entries, [id, 1] as const]
  const columns = unique.map(
    ([name, direction]) => sortKey(target, name, binder) + (direction === -1 ? ' desc' : '')
  )

  return ` order by ${[...ranked, ...columns].join(', ')}`
}
