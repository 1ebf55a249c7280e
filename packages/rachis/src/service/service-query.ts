import type { Id } from '@feathersjs/feathers'
import { BIGINT, typeInfo } from '../declare/column-types'
import type { RowPredicate } from '../declare/predicate'
import { and, column, compare, TRUE } from '../declare/predicate'
import { ApiError } from '../errors/errors'
import { NO_MASKS, shownOf, withMaskColumns } from '../rules/masks'
import type { Row } from '../sql/database'
import { selectText, selectTextPage } from '../sql/json-rows'
import type { Selection } from '../sql/order-by'
import { selectOne } from '../sql/statements'
import type { Target } from '../sql/target'
import type { Statement } from '../sql/where'
import { selectedColumns, selectionIn } from './call-selection'
import type { AccessParams, ResourceParams } from './service-params'

export const notFound = () => new ApiError('NOT_FOUND')
export const changedMeanwhile = () =>
  new ApiError('CONFLICT', {
    message: 'Somebody else changed this at the same time; try again',
    hint: 'Send the same call again; read the record first if it depends on what that holds'
  })

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
export const answeredColumns = (target: Target, { query, access }: ResourceParams): readonly string[] => {
  const allowed = access?.columns ?? target.columns
  const columns = selectedColumns(query)

  return columns ? allowed.filter((name) => name === target.id || columns.includes(name)) : allowed
}

/** What a read reads: what it answers, and by what it is known which of that is shown of a record. */
export const columnsOf = (target: Target, params: ResourceParams): readonly string[] =>
  withMaskColumns(answeredColumns(target, params), params.access?.masks ?? NO_MASKS)

/** A statement that lacks the id of its record. */
type ById = (id: Id) => Statement
/** Compiles the statement that reads one record. */
type SelectRecord = (target: Target, query: RowPredicate, columns: readonly string[]) => Statement

const compileById = (select: SelectRecord, target: Target, params: ResourceParams): ById => {
  // An object of its own, so that no value of a rule is taken for it.
  const place = Object.freeze({}) as unknown as Id
  const where = and([params.access!.restrict, byId(target, place)])
  const { text, values } = select(target, where, columnsOf(target, params))
  const index = values.indexOf(place)

  // Rights that leave nothing have no place for an id.
  return (id) => ({ text, values: index < 0 ? values : values.with(index, id) })
}

/** The statement of a read that asks nothing of the record but its id: its text is the same for as long as the rights are. */
const selectorById = (select: SelectRecord) => {
  const byAccess = new WeakMap<AccessParams, WeakMap<Target, ById>>()

  return (target: Target, params: ResourceParams, access: AccessParams, id: Id): Statement => {
    const statements = byAccess.get(access) ?? new WeakMap<Target, ById>()
    const statement = statements.get(target) ?? compileById(select, target, params)
    byAccess.set(access, statements.set(target, statement))

    return statement(idOf(target, id))
  }
}

/** The statement that reads one record. Whatever is asked besides, also by a hook in the query or in `params.access`, is compiled anew. */
const recordSelector = (select: SelectRecord) => {
  const selectById = selectorById(select)

  return (target: Target, params: ResourceParams, id: Id): Statement => {
    const { where, columns } = selectionIn(params.query, target.types)
    const isPlain = where.kind === 'true' && columns === undefined
    if (isPlain && params.access) return selectById(target, params, params.access, id)

    return select(target, queryOf(target, params, id), columnsOf(target, params))
  }
}

export const selectRecord = recordSelector((target, query, columns) => selectOne(target, query, { columns }))
/** The same as the text of JSON, which has all columns that are read: not for a caller with masks. */
export const selectRecordText = recordSelector(selectText)

/** The statement that reads a page as the text of JSON: not for a caller with masks. */
export const selectPageText = (target: Target, params: ResourceParams): Statement =>
  selectTextPage(target, selectionOf(target, params), columnsOf(target, params))

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
