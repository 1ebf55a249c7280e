import type { Terms } from '../../declare'
import type { Model } from '../../model/model'
import type { ParsedQuery, Reader } from '../../query/query'
import { filtersIn, parseFilters } from '../../query/query'
import type { CallSelection } from '../call-selection'
import { feathersParameters } from '../call-selection'
import { carriedFilters } from '../filters'

/**
 * A parsed query in the form that Feathers' adapters take, for hooks behind the parser that are not ours: they see the filters as they
 * were sent, and what they write there counts as well.
 */
export const feathersQuery = (
  model: Model,
  query: Terms,
  { where }: ParsedQuery,
  selection: CallSelection,
  reader: Reader
): Terms => ({
  ...carriedFilters(filtersIn(query), where, (filters) => parseFilters(model, filters, reader)),
  ...feathersParameters(selection)
})
