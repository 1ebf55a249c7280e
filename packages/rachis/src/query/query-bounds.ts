import { QUERY_BOUNDS } from '../util/query-bounds'

/** Of a query, all counted once over its relations, alternatives and operators: each costs a comparison of every row. */
const MAX_TERMS = 100
const MAX_VALUES = 1000
const MAX_VALUES_IN_ALL = 2000

/** Counts what one query asks to be compared, through all of its relations. */
export class QueryBudget {
  private terms = 0
  private values = 0

  /** @returns why the query may have no `count` more terms, or undefined */
  termProblem(count = 1): string | undefined {
    this.terms += count
    return this.terms > MAX_TERMS ? `A query has at most ${MAX_TERMS} comparisons` : undefined
  }

  /** @returns how many values the list should have had at most, or undefined where it may have this many */
  listLimit(length: number): number | undefined {
    if (length > MAX_VALUES) return MAX_VALUES
    const left = MAX_VALUES_IN_ALL - this.values
    this.values += length

    return length > left ? left : undefined
  }
}

interface Left {
  parameters: number
  bytes: number
}

/** Whether a value is within what is left; stops at the first thing beyond it. */
const fits = (value: unknown, left: Left, depth: number): boolean => {
  if (typeof value === 'string') return (left.bytes -= value.length) >= 0
  if (typeof value !== 'object' || value === null) return true
  if (depth < 0) return false
  for (const key in value) {
    left.parameters -= 1
    left.bytes -= key.length + 2
    if (left.parameters < 0 || left.bytes < 0) return false
    if (!fits((value as Record<string, unknown>)[key], left, depth - 1)) return false
  }

  return true
}

/**
 * Whether a query that came as an object, over a socket, would have had room in a URL.
 *
 * @param bytes characters of all keys and values together
 * @example isWithinBounds({ id: { $in: [1, 2] } }, 81_920) // true
 */
export const isWithinBounds = (query: object, bytes: number): boolean =>
  fits(query, { parameters: QUERY_BOUNDS.parameters, bytes }, QUERY_BOUNDS.depth)
