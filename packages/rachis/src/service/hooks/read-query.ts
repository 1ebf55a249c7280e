import { VALIDATED } from '@feathersjs/adapter-commons'
import type { Terms } from '../../declare'
import type { Model } from '../../model/model'
import type { ParsedQuery, Reader } from '../../query/query'
import { filtersIn, parseFilters } from '../../query/query'
import { carriedFilters } from '../filters'

const READS = ['find', 'get']

/** Hooks of others see the filters as they were sent, and what they write there counts as well. */
export const readFilters = (model: Model, query: Terms, { where }: ParsedQuery, reader: Reader) =>
  carriedFilters(filtersIn(query), where, (filters) => parseFilters(model, filters, reader))

/** All but the filters, in the form that Feathers' adapters take, marked as checked. */
export const parametersOf = (parsed: ParsedQuery, isPaged: boolean, method: string) => {
  const { sort, select, search, limit, skip, include = [] } = parsed
  const keys = include.map(({ relation }) => relation.column)

  return {
    ...(search ? { $search: search } : {}),
    ...(sort ? { $sort: sort } : {}),
    // The rule of a write is asked of the whole row; its answer is cut down afterwards.
    ...(select && READS.includes(method) ? { $select: [...select, ...keys] } : {}),
    ...(isPaged ? { $limit: limit, $skip: skip } : {}),
    [VALIDATED]: true
  }
}
