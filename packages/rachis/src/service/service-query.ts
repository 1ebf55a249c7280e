import type { Id } from '@feathersjs/feathers'
import { ApiError } from '../errors/errors'
import type { RowPredicate } from '../declare/predicate'
import { and, column, compare, search, TRUE } from '../declare/predicate'
import type { ResourceParams } from './service-params'
import type { Row } from '../sql/database'
import type { Selection, Sort } from '../sql/order-by'
import type { Searched } from '../sql/search'
import type { Target } from '../sql/target'
import { filtersOf } from './filters'

export const notFound = () => new ApiError('NOT_FOUND')

/** An id that the column could not hold belongs to no record. */
const idOf = ({ id: column, types }: Target, id: Id): Id => {
  const type = types.get(column)
  if ((type === 'bigint' || type === 'integer') && !/^-?\d{1,18}$/.test(String(id))) throw notFound()

  return id
}

const byId = ({ id: name, types }: Target, id: Id): RowPredicate =>
  compare(column(name, types.get(name) ?? 'bigint'), '=', id)

const searched = ({ query }: ResourceParams): RowPredicate => {
  const asked = query?.$search as Searched | undefined
  return asked ? search(asked.words, asked.like) : TRUE
}

/** The call's query, AND the rule's, AND the id. */
export const queryOf = (target: Target, params: ResourceParams, id?: Id): RowPredicate =>
  and([
    filtersOf(params.query, target.types),
    searched(params),
    params.access?.restrict ?? TRUE,
    id === undefined ? TRUE : byId(target, idOf(target, id))
  ])

/** What a list is asked for besides its filters. */
interface ListParameters {
  readonly $sort?: Sort
  readonly $limit?: number
  readonly $skip?: number
  readonly $search?: Searched
}

/** The page of records that a call asks for, in its order. */
export const selectionOf = (target: Target, params: ResourceParams): Selection => {
  const { $sort: sort, $limit: limit, $skip: skip, $search: rank } = (params.query ?? {}) as ListParameters
  return { where: queryOf(target, params), sort, limit, skip, rank }
}

const selectedOf = ({ query }: ResourceParams) => query?.$select as string[] | undefined

/** What a read reads: of the columns that the caller may read those that they ask for. */
export const columnsOf = (target: Target, params: ResourceParams): readonly string[] => {
  const allowed = params.access?.columns ?? target.columns
  const selected = selectedOf(params)

  return selected ? allowed.filter((name) => name === target.id || selected.includes(name)) : allowed
}

/** The rows with no more columns than the call asks for. */
export const picked = (rows: Row[], target: Target, params: ResourceParams): Row[] => {
  const selected = selectedOf(params)
  if (!selected) return rows
  const isPicked = ([name]: [string, unknown]) => name === target.id || selected.includes(name)

  return rows.map((row) => Object.fromEntries(Object.entries(row).filter(isPicked)))
}
