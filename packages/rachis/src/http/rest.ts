import type { Context, Middleware } from 'koa'
import { ApiError } from '../errors/errors'
import { bodyOfForm, queryOfForm } from '../model/forms'
import type { Operation } from '../model/operations'
import type { Call, Given } from '../service/call'
import { checkAnswer, writeAnswer } from './answer'
import type { Named, OperationRoute } from './route'
import { routeOf } from './route'

type Query = Readonly<Record<string, unknown>>

/** Values of the path must not be given again, with another value, by the body or the query. A list is no input: it is passed on and refused as such. */
const joined = (given: unknown, inPath: Named): unknown => {
  if (Array.isArray(given)) return given
  const input = (given ?? {}) as Record<string, unknown>
  const twice = Object.keys(inPath).find(
    (name) => input[name] !== undefined && String(input[name]) !== inPath[name]
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
export interface RestRequest extends Pick<Given, 'headers'> {
  readonly method: string
  readonly query: Query
  readonly body?: unknown
}

/** Splits a request into the record, the data and the query of its operation. */
const inputOf = (
  operation: Operation,
  { method, body, query: sent }: RestRequest,
  { __id: id, ...named }: Named
) => {
  const data = bodyOfForm(operation, body)
  const query = queryOfForm(operation, sent)
  if (operation.data !== 'input') return { id, data, query }
  const inPath: Named = id === undefined ? {} : { id }
  if (operation.effect === 'read') return asked(method, { data, query }, { ...named, ...inPath })

  return { data: joined(data, inPath), query }
}

/** A request for an operation → what the operation is called with. */
export const givenOf = ({ operation, named }: OperationRoute, request: RestRequest): Given => ({
  ...inputOf(operation, request, named),
  headers: request.headers
})

/**
 * REST for declared resources: calls the operation of the route with what the request holds, and writes its answer. Other services
 * go on to Feathers' own REST transport.
 *
 * @throws METHOD_NOT_ALLOWED with `Allow`
 */
export const rest =
  (call: Call): Middleware =>
  async (ctx, next) => {
    const route = routeOf(ctx)
    if (route?.kind === 'refused') throw route.error
    if (route?.kind === 'nothing') return
    if (route?.kind !== 'operation') return next()
    const { method, query, headers, body } = ctx.request as Context['request'] & { body?: unknown }
    const given = givenOf(route, { method, query, headers, body })
    writeAnswer(ctx, checkAnswer(await call(route.operation, given, ctx.feathers ?? {})))
  }
