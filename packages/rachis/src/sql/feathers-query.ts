import type { Terms } from '../declare'
import { operatorsOf } from '../declare'
import { TEXT } from '../declare/column-types'
import type { RowPredicate } from '../declare/predicate'
import { and, column, jsonPath, or, predicateOfTerm } from '../declare/predicate'
import { parseJsonPath } from './json-path'
import type { ColumnTypes } from './binder'

/** Parameters of a Feathers query that are no conditions. */
const PARAMETERS: readonly string[] = ['$limit', '$skip', '$sort', '$select', '$search']

const subjectOf = (key: string, types: ColumnTypes) => {
  const path = parseJsonPath(key)
  return path ? jsonPath(path.column, path.path) : column(key, types.get(key) ?? TEXT.name)
}

const termsOf = ([key, value]: [string, unknown], types: ColumnTypes): RowPredicate[] => {
  if (PARAMETERS.includes(key)) return []
  if (key === '$or') return [or((value as Terms[]).map((part) => predicateOfQuery(part, types)))]
  if (key === '$and') return (value as Terms[]).map((part) => predicateOfQuery(part, types))
  const of = subjectOf(key, types)

  return operatorsOf(value).map(([operator, operand]) => predicateOfTerm(of, operator, operand))
}

/**
 * A Feathers query of the program's own, whose columns and values are taken as they are: what a client sends is read by `parseQuery`.
 *
 * @example predicateOfQuery({ price: { $gte: 1 } }, types) // price >= 1
 * @throws Error for an operator that there is not
 */
export const predicateOfQuery = (query: Terms, types: ColumnTypes): RowPredicate =>
  and(Object.entries(query).flatMap((entry) => termsOf(entry, types)))
