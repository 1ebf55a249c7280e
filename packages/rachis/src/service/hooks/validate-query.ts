import type { Model } from '../../model/model'
import type { PageLimits } from '../../model/pages'
import type { ParsedQuery, Reader } from '../../query/query'
import { parseQuery, readerOf, server } from '../../query/query'
import type { CallSelection } from '../call-selection'
import { carrySelection, selectionFrom } from '../call-selection'
import { isPartOf } from '../service-params'
import { assertOfAnswer } from './answer-query'
import type { CallContext, Hook } from './context'
import { isExternal } from './context'
import { beforehand } from './phased'
import { feathersQuery } from './read-query'

type Json = Record<string, unknown>

/** Reads queries of a resource. One that asks nothing is the same for everybody, and is read once. */
export const queryParser = (model: Model, page?: PageLimits) => {
  let empty: ParsedQuery | undefined

  return (query: Json, reader: Reader): ParsedQuery =>
    Object.keys(query).length === 0
      ? (empty ??= parseQuery(model, query, reader, page))
      : parseQuery(model, query, reader, page)
}

/** All records, unless the query says how many. */
const UNPAGED = { default: Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }

/** Reads queries of a resource whose records are answered without pages. */
export const unpagedParser = (model: Model) => queryParser(model, UNPAGED)

/**
 * Reads `params.query` by the grammar of SPEC.md, section 5. Calls of the server itself may ask for every visible column. The parsed query
 * goes to the statement as it is, unless hooks run in between that are not ours and may read and change Feathers' form of it.
 */
export const validateQuery = (model: Model, hasOtherHooks: () => boolean): Hook => {
  const [parsePage, parseAll] = [queryParser(model), unpagedParser(model)]
  const unasked = unaskedQuery(parsePage)

  const read = (context: CallContext) => {
    const { query = {}, paginate, part } = context.params
    const parse = part && isPartOf(part, model.source ?? model.name) ? parseAll : parsePage
    const reader = isExternal(context) ? readerOf(context.params.user) : server
    const isList = context.method === 'find'
    // The server itself may ask more of the one record, as Feathers' adapters let it.
    if (!isList && isExternal(context)) assertOfAnswer(model, query)
    const parsed = parse(query, reader)
    const isPaged = (isList && paginate !== false) || '$limit' in query || 'limit' in query
    const selection = selectionFrom(parsed, isPaged, context.method)
    const { include, select } = parsed
    const carried = hasOtherHooks()
      ? feathersQuery(model, query, parsed, selection, reader)
      : carrySelection(query, selection)

    return { paging: parsed, include, select, query: carried }
  }

  return beforehand((context) => {
    const isUnasked = asksNothing(context) && !hasOtherHooks()
    context.params = { ...context.params, ...(isUnasked ? unasked() : read(context)) }
  })
}

/** Most calls for one record ask nothing of their answer. */
const asksNothing = ({ method, params: { query = {}, part } }: CallContext): boolean => {
  if (method === 'find' || part) return false
  for (const _name in query) return false

  return true
}

/** What `validateQuery` makes of a query that asks nothing of one record, which is worked out once: it is the same for everybody. */
const unaskedQuery = (parse: ReturnType<typeof queryParser>) => {
  let unasked: { readonly paging: ParsedQuery; readonly selection: CallSelection } | undefined
  const read = () => {
    const paging = parse({}, server)
    return { paging, selection: selectionFrom(paging, false, 'get') }
  }

  return () => {
    const { paging, selection } = (unasked ??= read())
    // `include` and `select` may be those of an outer call, whose parameters were passed along.
    return { paging, include: undefined, select: undefined, query: carrySelection({}, selection) }
  }
}
