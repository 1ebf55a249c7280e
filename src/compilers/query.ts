import type { Terms } from '../resource'
import type { Model } from './model'
import { parseFilter } from './query-filter'
import type { PageQuery } from './query-page'
import { parsePage } from './query-page'
import { isObject, PARAMETERS, pick, refused, Scope, wrong } from './query-scope'
import type { Raw } from './query-scope'

export { operatorsFor } from './query-filter'
export { PARAMETERS } from './query-scope'

type Sort = Record<string, 1 | -1>

/** A query understood: typed, checked, in one form, whichever spelling it came in. */
export interface ParsedQuery extends PageQuery {
  readonly where: Terms
  readonly sort?: Readonly<Sort>
  readonly select?: readonly string[]
}

const directed = (part: string): [string, number] => (part.startsWith('-') ? [part.slice(1), -1] : [part, 1])

const directionOf = (name: string, value: unknown): 1 | -1 => {
  const direction = Number(value)
  if (direction !== 1 && direction !== -1)
    throw wrong({ field: name, message: 'must sort by 1 or -1', rule: 'enum', expected: [1, -1] })

  return direction
}

const parseSort = (scope: Scope, raw: unknown): Sort => {
  const entries =
    typeof raw === 'string' ? raw.split(',').map(directed) : isObject(raw) ? Object.entries(raw) : undefined
  if (!entries || entries.length > 10)
    throw refused('$sort', 'Sort by at most ten fields: sort=-price,name or $sort[price]=-1')

  return Object.fromEntries(
    entries.map(([name, direction]) => [sortable(scope, name), directionOf(name, direction)])
  )
}

const sortable = (scope: Scope, name: string): string => {
  const { type } = scope.field(name)
  if (type === 'jsonb' || type === 'text[]') throw refused(name, `${name} has no order`)

  return name
}

const parseSelect = (scope: Scope, raw: unknown): string[] => {
  const names = typeof raw === 'string' ? raw.split(',') : raw
  if (!Array.isArray(names) || names.some((name) => typeof name !== 'string') || names.length > 200) {
    throw refused('$select', 'Select fields by fields=name,price or $select[]=name')
  }

  return [...new Set(['id', ...names.map((name: string) => scope.field(name).name)])]
}

/**
 * A raw query, Feathers' spelling or the friendly one, checked against the fields that this reader may read.
 *
 * @example parseQuery(products, { min_price: '10', sort: '-price' }, readable)
 * // { where: { price: { $gte: 10 } }, sort: { price: -1 }, limit: 50, skip: 0 }
 * @throws BAD_QUERY for what is not known, VALIDATION_ERROR for a value of the wrong type, FORBIDDEN for a hidden field
 */
export const parseQuery = (model: Model, raw: Raw, readable: readonly string[]): ParsedQuery => {
  const scope = new Scope(model, new Set(readable))
  const filters = Object.fromEntries(
    Object.entries(raw).filter(([key]) => !(PARAMETERS as readonly string[]).includes(key))
  )
  const [sort, select] = [pick(raw, '$sort', 'sort'), pick(raw, '$select', 'fields')]

  return {
    where: parseFilter(scope, filters),
    ...(sort === undefined ? {} : { sort: parseSort(scope, sort) }),
    ...(select === undefined ? {} : { select: parseSelect(scope, select) }),
    ...parsePage(raw, model)
  }
}
