import { ApiError, orFault } from '../errors/errors'
import { bodyOfForm, queryOfForm } from './forms'
import type { Operation } from './operations'
import type { Named } from './routes'

type Query = Readonly<Record<string, unknown>>

/** Whether a value is the one of the path: what is no text and no number, such as `role[$eq]=`, is another one. */
const isInPath = (value: unknown, inPath: string | undefined): boolean =>
  (typeof value === 'string' || typeof value === 'number') && String(value) === inPath

/** Values of the path must not be given again, with another value, by the body or the query. A list is no input: it is passed on and refused as such. */
const joined = (given: unknown, inPath: Named): unknown => {
  if (Array.isArray(given)) return given
  const input = (given ?? {}) as Record<string, unknown>
  const twice = Object.keys(inPath).find(
    (name) => input[name] !== undefined && !isInPath(input[name], inPath[name])
  )
  if (twice)
    throw new ApiError('BAD_REQUEST', { field: twice, message: `${twice} is another one in the path` })

  // Not copied: a copy of a wide body would cost as much as parsing it.
  return Object.assign(input, inPath)
}

/** Feathers' client POSTs every method that it does not know, reports as well: their input is the body then. */
const asked = (method: string, given: Sent, inPath: Named) =>
  method === 'POST'
    ? { data: joined(given.data, inPath), query: given.query }
    : { data: joined({ ...given.query }, inPath), query: {} }

/** What a request sends besides its path. */
interface Sent {
  readonly data: unknown
  readonly query: Query
}

/** A request with its query and its body read. */
export interface RestRequest {
  readonly method: string
  readonly query: Query
  readonly body?: unknown
  /** Why the body could not be read. */
  readonly fault?: ApiError
}

/** What an operation is called with, of what a request holds. */
export interface RequestInput {
  readonly id?: unknown
  readonly data?: unknown
  readonly query?: Query
  /** What is wrong with the form of the request, which nobody is told who may not call the operation. */
  readonly fault?: ApiError
}

/** Whether the query is passed on as it came. */
export const takesAnyQuery = ({ data, form }: Operation) => data === 'none' && form === undefined

/** @throws {ApiError} where the request has not the form that the operation asks for */
const split = (operation: Operation, request: RestRequest, { __id: id, ...named }: Named): RequestInput => {
  const { method, body } = request
  const data = bodyOfForm(operation, body)
  const query = queryOfForm(operation, request.query)
  if (operation.data !== 'input') return { id, data, query }
  const inPath: Named = id === undefined ? {} : { id }
  if (operation.effect === 'read') return asked(method, { data, query }, { ...named, ...inPath })

  return { data: joined(data, inPath), query }
}

/** Splits a request into the record, the data and the query of its operation, or says in `fault` why that cannot be. */
export const inputOfRequest = (operation: Operation, request: RestRequest, named: Named): RequestInput => {
  const { fault } = request
  const id = named.__id

  return fault ? { id, fault } : orFault(() => split(operation, request, named), { id })
}
