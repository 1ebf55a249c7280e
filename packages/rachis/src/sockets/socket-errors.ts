import { randomUUID } from 'crypto'
import { getServiceOptions } from '@feathersjs/feathers'
import type { Application } from '../declare/declarations'
import { ApiError, repeated, toApiError } from '../errors/errors'
import { similar } from '../util/similar'

/** The error as it is sent; `hintFor` gives better hints for some codes than the catalogue does. */
export const wireError = (error: unknown, hintFor?: (code: string) => string | undefined): object => {
  if ((error as { success?: unknown }).success === false) return error as object
  const { code, message, name } = error as { code?: number; message?: string; name?: string }
  const known = toApiError(error instanceof Error ? error : Object.assign(new Error(message), { name }))
  const translated =
    known.errorCode === 'INTERNAL_ERROR' && typeof code === 'number' ? STATUS[code] : undefined
  const answer = translated ? new ApiError(translated, { message, hint: hintFor?.(translated) }) : known
  answer.trace_id ??= randomUUID()

  return answer.toJSON()
}
const STATUS: Record<number, 'BAD_REQUEST' | 'NO_SUCH_PATH' | 'METHOD_NOT_ALLOWED'> = {
  400: 'BAD_REQUEST', 404: 'NO_SUCH_PATH', 405: 'METHOD_NOT_ALLOWED'
} // prettier-ignore

/** The hint that is added to an error that Feathers itself makes, by its code and service. */
export type SocketHint = (code: string, path: unknown) => string | undefined

const methodsIn = ({ services }: Application, path: string): string | undefined => {
  const service = Object.hasOwn(services, path) ? services[path as never] : undefined
  const methods = service ? getServiceOptions(service as never).methods! : []

  return methods.length > 0 ? `${path} has ${methods.join(', ')}` : undefined
}

const serviceHint = ({ services }: Application, path: string): string | undefined => {
  const near = similar(path.replace(/^\/?(?:api\/v\d+\/)?|\/$/g, ''), Object.keys(services))
  return near && `Did you mean ${near}?`
}

/**
 * The hint for a service, or a method of a service, that is not there.
 *
 * @example
 * socketHint(app)('NO_SUCH_PATH', 'taks') // 'Did you mean tasks?'
 * socketHint(app)('METHOD_NOT_ALLOWED', 'auth') // 'auth has login, logout, me, …'
 */
export const socketHint =
  (app: Application): SocketHint =>
  (code, path) => {
    if (typeof path !== 'string') return undefined
    if (code === 'METHOD_NOT_ALLOWED') return methodsIn(app, path)

    return code === 'NO_SUCH_PATH' ? serviceHint(app, path) : undefined
  }

/** Suggests what to emit in place of `method` with the path `service/id`. */
const callFor = (method: string, service: string, id: string, methods: readonly string[]): string[] => {
  const single = ['patch', 'update', 'remove'].includes(method) ? method : 'get'
  // `auth/me` is the address of a method.
  if (methods.includes(id)) return [id, service]

  return methods.includes(single) ? [single, service, id.slice(0, 50)] : [method, service]
}

/**
 * The error of a socket's message that names a record by a path, as a URL does. Feathers finds the service and passes over the id:
 * `find` would answer the whole list, and `create` make another record.
 *
 * @example recordPath(app, 'find', 'tasks/1')?.toJSON().error.hint // "Emit 'get', 'tasks', '1'"
 */
export const recordPath = (app: Application, method: string, path: string): ApiError | undefined => {
  // Feathers answers null for an unknown path, though its type does not say so.
  const found = app.lookup(path) as { service: object; params: { __id?: string } } | null
  if (found?.params.__id === undefined) return undefined
  const { methods = [] } = getServiceOptions(found.service as never)
  const call = callFor(method, path.replace(/^\/|\/[^/]*\/?$/g, ''), found.params.__id, methods)
  const hint = `Emit ${call.map((word) => `'${word}'`).join(', ')}`

  return new ApiError('NO_SUCH_PATH', { message: `${repeated(path)} is no service`, hint })
}

/** The error of a socket's message that names no method of any service. */
export const noSuchMethod = (event: unknown, methods: ReadonlySet<string>): ApiError => {
  const name = typeof event === 'string' ? event : typeof event
  const near = similar(name, methods)
  const hint = near ? `Did you mean ${near}?` : 'Emit a method such as find, then the name of a service'

  return new ApiError('BAD_REQUEST', { message: `There is no method ${repeated(name)}`, hint })
}

const ofParser = (code: unknown): code is 'PAYLOAD_TOO_LARGE' | 'BAD_QUERY' =>
  code === 'PAYLOAD_TOO_LARGE' || code === 'BAD_QUERY'

/** The error of a message that the parser refused. A client that emits this event itself receives no other code by it. */
export const refusedByParser = (code: unknown, reason: unknown) =>
  new ApiError(ofParser(code) ? code : 'BAD_REQUEST', {
    message: `The arguments ${repeated(String(reason))}`
  })
