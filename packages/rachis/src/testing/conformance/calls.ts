import qs from 'qs'
import type { Model } from '../../model/model'
import type { Operation } from '../../model/operations'
import type { Json, Person, Untyped } from '../wire'
import type { EventRecorder } from '../event-recorder'
import type { TestApp } from '../test-app'
import { readBothWays } from './both-paths'

/** One call of one operation, not yet on any transport. */
export interface Call {
  readonly model: Model
  readonly operation: Pick<Operation, 'name' | 'effect' | 'target' | 'data' | 'http'>
  readonly id?: unknown
  readonly data?: unknown
  readonly query?: Json
}
/** What came of it, in one form for all transports. */
export interface Outcome {
  readonly isRefused: boolean
  readonly status: number
  readonly body: Untyped
}

/** null is written as it is spelled; an empty list cannot be written at all. */
export const encode = (query: Json = {}) =>
  qs.stringify(query, {
    arrayFormat: 'indices',
    encodeValuesOnly: true,
    filter: (_name, value) => (value === null ? 'null' : value)
  })

const without = (data: Json, names: readonly string[]) =>
  Object.fromEntries(Object.entries(data).filter(([name]) => !names.includes(name)))

export const byRest = async (
  world: TestApp,
  person: Person,
  { operation, id, data, query }: Call,
  headers = {}
): Promise<Outcome> => {
  const { method, path } = operation.http
  const isQuestion = operation.effect === 'read' && operation.data === 'input'
  const report = isQuestion ? ((data ?? {}) as Json) : {}
  // What the path names, such as the role in /users/role/{role}, is not in the query.
  const named = Object.keys(report).filter((name) => path.includes(`{${name}}`))
  const search = encode({ ...query, ...without(report, named) })
  const place = named.reduce(
    (text, name) => text.replace(`{${name}}`, encodeURIComponent(String(report[name]))),
    path
  )
  const url = place.replace('{id}', encodeURIComponent(String(id))) + (search ? `?${search}` : '')
  const body = method === 'GET' || method === 'DELETE' ? undefined : data
  const answer =
    method === 'GET'
      ? await readBothWays(world, person, url, headers)
      : await world.rest(person, method, url, { body, headers })

  return { isRefused: answer.status >= 400, status: answer.status, body: answer.body }
}

const argumentsOf = ({ operation, id, data, query = {} }: Call): unknown[] => {
  const isOnRecord = operation.target === 'record'
  if (operation.data === 'input') return [isOnRecord ? { ...(data as Json), id } : (data ?? {}), query]

  return [...(isOnRecord ? [id] : []), ...(operation.data === 'fields' ? [data] : []), query]
}

export const bySocket = (socket: EventRecorder, call: Call): Promise<Outcome> =>
  socket.call(call.operation.name, call.model.path, ...argumentsOf(call)).then(
    (body) => ({ isRefused: false, status: call.operation.http.status, body }),
    (body: Json) => ({ isRefused: true, status: body.code as number, body })
  )

/** What stands in the path has to be there, and a list in a query cannot be empty, or REST has no way to say it. */
export const isSpelled = ({ operation: { http, effect, target }, data }: Call): boolean =>
  effect === 'write' ||
  target === 'record' ||
  ([...http.path.matchAll(/\{(\w+)\}/g)].every(([, name]) => String((data as Json)[name!] ?? '') !== '') &&
    Object.values((data ?? {}) as Json).every((value) => !Array.isArray(value) || value.length > 0))

export const described = ({ model, operation, id, data, query }: Call) =>
  `${operation.name} ${model.path}${id === undefined ? '' : ` ${JSON.stringify(id)}`} ${JSON.stringify(data ?? query ?? {})}`
