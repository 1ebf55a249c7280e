import type { Terms } from '../declare'
import type { RowPredicate } from '../declare/predicate'
import { and, TRUE } from '../declare/predicate'
import type { ColumnTypes } from '../sql/where'
import { predicateOfQuery } from '../sql/feathers-query'

/** The filters of a call, as they were sent and as they were read. */
interface ReadFilters {
  readonly sent: Terms
  readonly where: RowPredicate
  /** Reads filters with the rights of whoever sent them. */
  readonly read: (filters: Terms) => RowPredicate
}

/** Under this key a query carries what its filters were read into. A symbol cannot be sent, and goes along where a query is copied. */
const READ = Symbol('read filters')
type Query = Terms & { readonly [READ]?: ReadFilters }

/** Keys of a Feathers query that are no filters. */
const PARAMETERS: readonly string[] = ['$limit', '$skip', '$sort', '$select', '$search']

const isObject = (value: unknown): value is Terms => typeof value === 'object' && value !== null

const copied = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(copied)
  if (!isObject(value)) return value

  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copied(inner)]))
}

const isSame = (a: unknown, b: unknown): boolean => {
  if (!isObject(a) || !isObject(b)) return a === b
  const keys = Object.keys(a)

  return keys.length === Object.keys(b).length && keys.every((key) => isSame(a[key], b[key]))
}

/**
 * Filters as `params.query` carries them behind the parser: hooks of others see them as they were sent, and statements take the
 * predicate that they were read into.
 *
 * @param read what reads filters with the rights of whoever sent them
 */
export const carriedFilters = (sent: Terms, where: RowPredicate, read: ReadFilters['read']): Terms => ({
  ...sent,
  [READ]: { sent: copied(sent) as Terms, where, read }
})

/** `$and` as the single filters that it lists, so that one more in it is told from those that were there. */
const partsOf = (query: Terms): [string, unknown][] =>
  Object.entries(query)
    .filter(([key]) => !PARAMETERS.includes(key))
    .flatMap(([key, value]) =>
      key === '$and' && Array.isArray(value)
        ? value.map((part): [string, unknown] => [key, [part]])
        : [[key, value]]
    )

const together = (parts: readonly [string, unknown][]): Terms => {
  const lists = parts.flatMap(([key, value]) => (key === '$and' ? (value as unknown[]) : []))
  const others = Object.fromEntries(parts.filter(([key]) => key !== '$and'))

  return lists.length > 0 ? { ...others, $and: lists } : others
}

/** What a hook left as it was sent keeps the rights of whoever sent it; what it wrote is the program's own. */
const changedFilters = ({ sent, read }: ReadFilters, query: Query, types: ColumnTypes): RowPredicate => {
  const known = partsOf(sent)
  const isKept = (part: [string, unknown]) => known.some((one) => isSame(one, part))
  const [kept, own] = [partsOf(query).filter(isKept), partsOf(query).filter((part) => !isKept(part))]

  return and([read(together(kept)), predicateOfQuery(together(own), types)])
}

/**
 * The filters of a Feathers query as a predicate: what the parser read, unless a hook has changed the query since.
 *
 * @example filtersOf({ ...carried, tenant_id: 7 }, types) // what the client asked, and tenant_id = 7
 */
export const filtersOf = (query: Query | undefined, types: ColumnTypes): RowPredicate => {
  if (!query) return TRUE
  const asked = query[READ]
  if (!asked) return predicateOfQuery(query, types)
  const now = Object.fromEntries(Object.entries(query).filter(([key]) => !PARAMETERS.includes(key)))

  return isSame(asked.sent, now) ? asked.where : changedFilters(asked, query, types)
}
