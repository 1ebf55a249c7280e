import type { RowPredicate } from '../declare/predicate'
import { ApiError } from '../errors/errors'
import type { Model } from '../model/model'
import type { PageLimits, PageRange } from '../model/pages'
import { readPage } from '../model/pages'
import { parseFilter } from './query-filter'
import type { Include } from './query-include'
import { parseInclude } from './query-include'
import { PARAMETERS, pick, badQuery, Scope, server, invalidValue } from './query-scope'
import type { Raw, Reader } from './query-scope'
import type { ParsedSort } from './query-sort'
import { parseSort } from './query-sort'
import type { Searched, SearchedPart } from '../sql/search'
import { parseSearchText } from '../sql/search'
import { isObject } from '../util/is-object'

export { operatorsFor } from '../declare'
export { PARAMETERS, readerOf, server } from './query-scope'
export type { Include, Reader }

/** A query understood: typed, checked, in one form, whichever spelling it came in. */
export interface ParsedQuery extends PageRange, Partial<ParsedSort> {
  readonly where: RowPredicate
  readonly select?: readonly string[]
  readonly search?: Searched
  readonly include?: readonly Include[]
}

const parseSelect = (scope: Scope, raw: unknown): string[] => {
  const names = typeof raw === 'string' ? raw.split(',') : raw
  if (!Array.isArray(names) || names.some((name) => typeof name !== 'string') || names.length > 200) {
    throw badQuery('$select', 'Select fields by fields=name,price or $select[]=name')
  }
  if (names.includes(''))
    throw badQuery('$select', 'fields names no field', 'Leave it out, or name fields: fields=name,price')

  return [...new Set(['id', ...names.map((name: string) => scope.field(name).name)])]
}

/** Whether there is nothing that not every reader reads. */
const isOpen = ([first, ...others]: readonly SearchedPart[]): boolean =>
  others.length === 0 && first?.part === undefined

/** Text without a word in it, such as an input field that is still empty, asks for nothing. */
const parseSearch = ({ model, searched }: Scope, raw: unknown): { search?: Searched } => {
  if (model.search.length === 0) throw badQuery('$search', `${model.name} has no full-text search`)
  if (typeof raw === 'string' && raw.includes('\0'))
    throw invalidValue({ field: '$search', message: 'must not contain the character U+0000', rule: 'type' })
  if (typeof raw !== 'string' || raw.length > 1000) {
    throw invalidValue({
      field: '$search',
      message: 'must be a text of at most 1000 characters',
      rule: 'type'
    })
  }

  if (searched.length === 0)
    throw new ApiError('FORBIDDEN', { field: '$search', message: `You may not search ${model.name}` })
  const search = parseSearchText(raw)

  return search ? { search: { ...search, ...(isOpen(searched) ? {} : { parts: searched }) } } : {}
}

/**
 * The filters of a query: what is no other parameter, and what stands under the name `filter`, where generated clients send an
 * object. A term that stands in both places holds twice.
 */
export const filtersIn = (raw: Raw): Raw => {
  const plain = Object.fromEntries(Object.entries(raw).filter(([key]) => !PARAMETERS.includes(key)))
  const { filter } = raw
  if (filter === undefined) return plain
  if (!isObject(filter))
    throw badQuery('filter', 'filter takes an object: filter[price.$gte]=10, or price[$gte]=10 without it')

  return Object.keys(plain).length === 0 ? filter : { ...plain, $and: [...givenAnd(plain), filter] }
}
const givenAnd = ({ $and = [] }: Raw): unknown[] => ($and instanceof Array ? $and : [$and])

/** The filters of a query alone, for a reader. */
export const parseFilters = (model: Model, filters: Raw, reader: Reader): RowPredicate =>
  parseFilter(new Scope(model, reader), filters)

/**
 * A raw query, Feathers' spelling or the friendly one, checked against the fields that this reader may read.
 *
 * @param page how many records it answers, where that is not what the resource says
 * @param offered the parameters that the hint of an unknown one may name, where they are not those of a list
 * @example parseQuery(invoices, { min_total: '10', sort: '-total' }, readerOf(user))
 * // { where: price >= 10, sort: { price: -1 }, limit: 50, skip: 0 }
 * @throws BAD_QUERY for what is not known, VALIDATION_ERROR for a value of the wrong type, FORBIDDEN for a hidden field
 */
export const parseQuery = (
  model: Model,
  raw: Raw,
  reader: Reader = server,
  page: PageLimits = model.page,
  offered?: readonly string[]
): ParsedQuery => {
  const scope = new Scope(model, reader, offered)
  const [sort, select] = [pick(raw, '$sort', 'sort'), pick(raw, '$select', 'fields')]
  const [search, include] = [pick(raw, '$search', 'search'), pick(raw, '$include', 'include')]

  return {
    where: parseFilter(scope, filtersIn(raw)),
    ...(sort === undefined ? {} : parseSort(scope, sort)),
    ...(select === undefined ? {} : { select: parseSelect(scope, select) }),
    ...(search === undefined ? {} : parseSearch(scope, search)),
    ...(include === undefined ? {} : { include: parseInclude(scope, include) }),
    ...readPage(raw, page)
  }
}
