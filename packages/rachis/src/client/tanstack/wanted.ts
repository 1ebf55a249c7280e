import type { LoadSubsetOptions } from '@tanstack/db'
import { fieldOf, readWhere } from './reading'
import type { Naming } from './reading'

type Filter = Readonly<Record<string, unknown>>
type Sort = Readonly<Record<string, 1 | -1>>

/** A list that the server is asked to keep up to date. */
export interface Wanted {
  readonly filter: Filter
  readonly sort: Sort
  /** Undefined for all records that the filter finds. */
  readonly limit?: number
}

/** As the server bounds the filters of subscriptions. */
const MOST_VALUES = 50
const LONGEST = 4096
const DEEPEST = 5
/** Lists for one long list of values. A connection has at most a hundred. */
const MOST_LISTS = 10
/** Fields of an order whose nulls stand at another end than the server's: each doubles the lists. */
const MOST_TURNED = 2

const valuesIn = (filter: unknown): number =>
  typeof filter === 'object' && filter !== null
    ? Object.values(filter).reduce<number>((sum, value) => sum + valuesIn(value), 0)
    : 1
const depthOf = (filter: unknown): number => {
  if (typeof filter !== 'object' || filter === null) return 0
  const parts = Object.entries(filter).map(
    ([key, value]) => depthOf(value) + (/^\$(or|and)$/.test(key) ? 1 : 0)
  )
  return Math.max(0, ...parts)
}
const isSubscribable = (filter: Filter): boolean =>
  valuesIn(filter) <= MOST_VALUES && JSON.stringify(filter).length <= LONGEST && depthOf(filter) <= DEEPEST

const both = (base: Filter, filter: Filter): Filter => {
  if (Object.keys(base).length === 0) return filter
  return Object.keys(filter).length === 0 ? base : { $and: [base, filter] }
}

/** A condition that asks for one of many values, and the others beside it. */
const longestIn = (filter: Filter) => {
  const parts = '$and' in filter ? (filter.$and as readonly Filter[]) : [filter]
  for (const part of parts) {
    const [[column, condition] = ['', undefined], ...more] = Object.entries(part)
    const values = (condition as { $in?: readonly unknown[] } | null | undefined)?.$in
    if (more.length === 0 && Array.isArray(values))
      return { column, values, others: parts.filter((other) => other !== part) }
  }

  return undefined
}

/** The same records by filters that the server takes, such as for the fifty first and the fifty next ids of a join; undefined where there are none. */
const split = (filter: Filter): readonly Filter[] | undefined => {
  if (isSubscribable(filter)) return [filter]
  const long = longestIn(filter)
  if (!long) return undefined
  const { column, values, others } = long
  const free = LONGEST - JSON.stringify(others).length - 200
  const longest = Math.max(...values.map((value) => JSON.stringify(value).length + 1))
  const size = Math.min(MOST_VALUES - valuesIn(others), Math.floor(free / longest))
  if (size < 1 || values.length > size * MOST_LISTS) return undefined
  const parts: Filter[] = []
  for (let from = 0; from < values.length; from += size) {
    const part = { [column]: { $in: values.slice(from, from + size) } }
    parts.push(others.length > 0 ? { $and: [...others, part] } : part)
  }

  return parts
}

interface Term {
  readonly column: string
  readonly direction: 1 | -1
  /** Whether nulls stand at another end than PostgreSQL puts them at. */
  readonly isTurned: boolean
}

/** Undefined where the order is not by fields of the items themselves. */
const termsOf = (
  { orderBy = [] }: LoadSubsetOptions,
  { columnOf, neverNull }: Naming
): readonly Term[] | undefined => {
  const terms = orderBy.map(({ expression, compareOptions: { direction, nulls } }) => {
    const field = fieldOf(expression)
    if (field === undefined) return undefined
    const column = columnOf(field)
    const isTurned = !neverNull.has(column) && (direction === 'asc') === (nulls === 'first')

    return { column, direction: direction === 'asc' ? 1 : -1, isTurned }
  })

  return terms.every((term) => term !== undefined) ? (terms as Term[]) : undefined
}

/** The first so many with a value, and the first so many without: among them are the first so many, at whatever end nulls stand. */
const nullsApart = (filter: Filter, terms: readonly Term[]): readonly Filter[] =>
  terms
    .filter(({ isTurned }) => isTurned)
    .reduce<readonly Filter[]>(
      (filters, { column }) =>
        filters.flatMap((part) => [true, false].map(($null) => both(part, { [column]: { $null } }))),
      [filter]
    )

const windowsOf = (filter: Filter, options: LoadSubsetOptions, naming: Naming): Wanted[] | undefined => {
  const { limit, offset = 0 } = options
  const terms = termsOf(options, naming)
  if (limit === undefined || !terms || terms.filter(({ isTurned }) => isTurned).length > MOST_TURNED)
    return undefined
  const sort = Object.fromEntries(terms.map(({ column, direction }) => [column, direction]))
  const filters = nullsApart(filter, terms)
  if (!filters.every(isSubscribable)) return undefined

  // A page is asked for together with those before it: what it begins behind changes its place.
  return filters.map((part) => ({ filter: part, sort, limit: offset + limit }))
}

/**
 * The lists that together have every record of a subset. Where only its first records are asked for and the server can tell which these are,
 * they have no more; else they may have more records than were asked for, and never fewer.
 *
 * @param base what is asked for besides, of every subset
 */
export const wantedBy = (options: LoadSubsetOptions, base: Filter, naming: Naming): readonly Wanted[] => {
  const { filter, isExact } = readWhere(options.where, naming)
  if (filter === undefined || options.limit === 0) return []
  const windows = isExact ? windowsOf(both(base, filter), options, naming) : undefined
  if (windows) return windows

  return (split(both(base, filter)) ?? [base]).map((part) => ({ filter: part, sort: {} }))
}
