import type { Id } from '@feathersjs/feathers'
import { BIGINT, typeInfo } from '../declare/column-types'
import type { RowPredicate } from '../declare/predicate'
import { and, column, compare, TRUE } from '../declare/predicate'
import { ApiError } from '../errors/errors'
import { NO_MASKS, shownOf, withMaskColumns } from '../rules/masks'
import type { Row } from '../sql/database'
import type { Selection } from '../sql/order-by'
import type { Target } from '../sql/target'
import { selectedColumns, selectionIn } from './call-selection'
import type { ResourceParams } from './service-params'

export const notFound = () => new ApiError('NOT_FOUND')

/** An id that the column could not hold belongs to no record. */
const idOf = ({ id: column, types }: Target, id: Id): Id => {
  const type = types.get(column)
  if (typeInfo(type).range && !/^-?\d{1,18}$/.test(String(id))) throw notFound()

  return id
}

const byId = ({ id: name, types }: Target, id: Id): RowPredicate =>
  compare(column(name, types.get(name) ?? BIGINT.name), '=', id)

/** The call's query, AND the rule's, AND the id. */
export const queryOf = (target: Target, { query, access }: ResourceParams, id?: Id): RowPredicate =>
  and([
    selectionIn(query, target.types).where,
    access?.restrict ?? TRUE,
    id === undefined ? TRUE : byId(target, idOf(target, id))
  ])

/** The page of records that a call asks for, in its order. */
export const selectionOf = (target: Target, { query, access }: ResourceParams): Selection => {
  const selection = selectionIn(query, target.types)
  return { ...selection, where: and([selection.where, access?.restrict ?? TRUE]), masks: access?.masks }
}

/** What a read answers: of the columns that the caller may read those that they ask for. */
const answeredColumns = (target: Target, { query, access }: ResourceParams): readonly string[] => {
  const allowed = access?.columns ?? target.columns
  const columns = selectedColumns(query)

  return columns ? allowed.filter((name) => name === target.id || columns.includes(name)) : allowed
}

/** What a read reads: what it answers, and by what it is known which of that is shown of a record. */
export const columnsOf = (target: Target, params: ResourceParams): readonly string[] =>
  withMaskColumns(answeredColumns(target, params), params.access?.masks ?? NO_MASKS)

/** The rows that a read has read, as they are answered. */
export const answered = (rows: Row[], target: Target, params: ResourceParams): Row[] => {
  const { masks = NO_MASKS } = params.access ?? {}
  if (masks.size === 0) return rows
  const columns = answeredColumns(target, params)

  return rows.map((row) => shownOf(row, columns, masks))
}

/** The rows with no more columns than the call asks for. */
export const picked = (rows: Row[], target: Target, { query }: ResourceParams): Row[] => {
  const columns = selectedColumns(query)
  if (!columns) return rows
  const isPicked = ([name]: [string, unknown]) => name === target.id || columns.includes(name)

  return rows.map((row) => Object.fromEntries(Object.entries(row).filter(isPicked)))
}
