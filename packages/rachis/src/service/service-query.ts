import type { Id } from '@feathersjs/feathers'
import { ApiError } from '../errors/errors'
import type { Terms } from '../declare'
import type { ResourceParams } from './service-params'
import type { Row } from '../sql/database'
import type { Target } from '../sql/target'

export const notFound = () => new ApiError('NOT_FOUND')

/** An id that the column could not hold belongs to no record. */
const idOf = ({ id: column, types }: Target, id: Id): Id => {
  const type = types.get(column)
  if ((type === 'bigint' || type === 'integer') && !/^-?\d{1,18}$/.test(String(id))) throw notFound()

  return id
}

/** The call's query, AND the rule's, AND the id. */
export const queryOf = (target: Target, params: ResourceParams, id?: Id): Terms => {
  const { $sort, $limit, $skip, $select, ...query } = (params.query ?? {}) as Row
  const byId = id === undefined ? {} : { [target.id]: idOf(target, id) }
  const asking = [query, params.access?.restrict ?? {}, byId].filter((part) => Object.keys(part).length > 0)
  if (asking.length === 0) return {}

  return asking.length === 1 ? asking[0]! : { $and: asking }
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
