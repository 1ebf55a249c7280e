import type { GraphQLFieldResolver, GraphQLResolveInfo } from 'graphql'
import type { ApiError } from '../errors/errors'
import { orFault, toApiError } from '../errors/errors'
import { badQuery } from '../model/query-parameter'
import type { Model } from '../model/model'
import type { Operation } from '../model/operations'
import type { Caller, Given } from '../service/call'
import type { PageEdges } from '../service/list-facts'
import type { GraphqlContext } from './context'
import { filterQuery, sortQuery } from './filter-query'
import type { Page } from './record-types'
import { includePaths, selectedBelow } from './selection'

type Input = Readonly<Record<string, unknown>>

/** The field of a document that an operation is called for. */
interface Called {
  readonly context: GraphqlContext
  readonly args: Arguments
}

interface Arguments {
  readonly id?: unknown
  readonly data?: unknown
  readonly input?: Input | null
  readonly filter?: Input | null
  readonly sort?: readonly { readonly field: string }[] | null
  readonly search?: string | null
  readonly first?: number | null
  readonly after?: string | null
  readonly last?: number | null
  readonly before?: string | null
  readonly if_match?: string | null
  readonly idempotency_key?: string | null
}

/** Names of a query with their values; what is null or not said is left out. */
const given = (values: Input): Input =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null))

const filterOf = (model: Model, { filter }: Arguments): Input =>
  filter ? { filter: filterQuery(model, filter) } : {}

/** A page behind a cursor, or in front of one. */
const pageQuery = ({ first, after, last, before }: Arguments): Input => {
  const isBackwards = last !== undefined && last !== null
  if (isBackwards && first !== undefined && first !== null)
    throw badQuery(
      'last',
      'Ask for the first or for the last records, not for both',
      'Leave first or last out'
    )
  if (after && before) throw badQuery('before', 'Send after or before, not both', 'Leave before out')

  return isBackwards || before
    ? given({ limit: last ?? first, before: before ?? '' })
    : given({ limit: first, after: after ?? '' })
}

/** A relation is included where something is selected of its records. */
const includeOf = (info: GraphQLResolveInfo, model: Model, { answers }: Operation): Input => {
  if (answers === 'output') return {}
  const nodes = answers === 'page' ? recordNodes(info) : info.fieldNodes
  const paths = includePaths(info, model, nodes)

  return paths.length > 0 ? { include: paths } : {}
}

/** The fields of a connection under which its records are. */
const recordNodes = (info: GraphQLResolveInfo) => {
  const selected = selectedBelow(info, info.fieldNodes)
  const edges = selectedBelow(info, selected.get('edges') ?? [])

  return [...(selected.get('nodes') ?? []), ...(edges.get('node') ?? [])]
}

const listQuery = (model: Model, args: Arguments, info: GraphQLResolveInfo): Input => ({
  ...filterOf(model, args),
  ...given({ sort: args.sort && sortQuery(args.sort), search: args.search }),
  ...pageQuery(args),
  // A list is counted where somebody looks at the number.
  count: selectedBelow(info, info.fieldNodes).has('totalCount') ? 'exact' : 'none'
})

/** Whether it takes the filters, the order and the place of a list. */
export const isList = ({ answers, asList }: Operation) => answers === 'page' || asList !== undefined
/** Whether it takes filters besides its input. */
export const isFiltered = ({ groups, many }: Operation) => groups === true || many !== undefined

/** What a resolver's arguments ask of the query of its call. */
const queryOf = (model: Model, operation: Operation, args: Arguments, info: GraphQLResolveInfo): Input => ({
  ...(isList(operation) ? listQuery(model, args, info) : {}),
  ...(isFiltered(operation) ? filterOf(model, args) : {}),
  ...includeOf(info, model, operation)
})

/** The query of a call; what is wrong with it is told to who may make such a call. */
const askedOf = (...called: Parameters<typeof queryOf>): { query: Input; fault?: ApiError } =>
  orFault(() => ({ query: queryOf(...called) }), { query: {} })

/** As REST splits a request: a read with an input of its own takes all of it out of the query string. */
const splitOf = ({ data, effect }: Operation, args: Arguments, query: Input): Given => {
  const { id, input } = args
  if (data === 'none') return { id, query }
  if (data === 'fields') return { id, data: args.data, query }
  const isQuestion = effect === 'read'

  return isQuestion ? { id, data: { ...input, ...query }, query: {} } : { id, data: { ...input }, query }
}

const headersOf = (args: Arguments, { headers, keyFor }: GraphqlContext, name: string): Given['headers'] => {
  const key = args.idempotency_key ?? keyFor(name)

  return {
    ...headers,
    ...given({ 'idempotency-key': key, 'if-match': args.if_match })
  } as Given['headers']
}

/** The arguments of a list, by what a query calls them. */
const argumentNames = ({ last }: Arguments): ReadonlyMap<string, string> =>
  new Map([
    ['limit', last === undefined || last === null ? 'first' : 'last'],
    ['$search', 'search'],
    ['$sort', 'sort']
  ])

/** Calls an operation. What is wrong with a list's arguments is told by their names in a document. */
const call = async (operation: Operation, given: Given, caller: Caller, { context, args }: Called) => {
  try {
    return await context.app.get('call')(operation, given, caller)
  } catch (error) {
    throw isList(operation) ? toApiError(error).renamed(argumentNames(args)) : error
  }
}

const EMPTY = Symbol('an answer without a body')
const bodyOf = ({ produces }: Operation, body: unknown) => (produces.length === 0 ? EMPTY : body)

/** The answer as the type of the field has it. */
const shaped = ({ answers }: Operation, body: unknown, edges: PageEdges | undefined): unknown => {
  if (body === EMPTY) return true

  return answers === 'page' ? ({ ...(body as object), edges } as Page) : body
}

/**
 * Calls an operation with what a field of a document says, by the path that REST and sockets take as well: the rules, the limits and the
 * hooks are there, and nowhere here.
 */
export const resolverOf = (
  model: Model,
  operation: Operation
): GraphQLFieldResolver<unknown, GraphqlContext> => {
  return async (_source, args: Arguments, context, info) => {
    const { query, ...rest } = askedOf(model, operation, args, info)
    const edges: PageEdges | undefined = operation.answers === 'page' ? {} : undefined
    const caller: Caller = { ...context.caller, ...(edges ? { edges } : {}) }
    const sent = { ...splitOf(operation, args, query), ...rest }
    const headers = operation.effect === 'write' ? headersOf(args, context, String(info.path.key)) : context.headers // prettier-ignore
    const answer = await call(operation, { ...sent, headers }, caller, { context, args })

    return shaped(operation, bodyOf(operation, answer.body), edges)
  }
}
