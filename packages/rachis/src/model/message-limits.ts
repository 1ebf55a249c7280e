import { QUERY_BOUNDS } from '../util/query-bounds'
import { SUBSCRIPTION_METHODS } from './events'
import { JSON_BOUNDS } from './json-bounds'
import type { Model } from './model'
import type { Operation } from './operations'
import { withoutSlashes } from '../util/trim'

type ServedPaths = Readonly<Record<string, { readonly body_limit?: number }>>

const ownLimit = (served: ServedPaths, path: string) =>
  Object.hasOwn(served, path) ? served[path]!.body_limit : undefined

/** Path of a service and method → what it says of those of its operations of which it says something. */
const byMethod = <T>(models: readonly Model[], factOf: (operation: Operation) => T | undefined) =>
  new Map(
    models.flatMap(({ path, operations }) =>
      operations.flatMap((operation) => {
        const fact = factOf(operation)
        return fact === undefined ? [] : [[`${path} ${operation.name}`, fact] as const]
      })
    )
  )

/**
 * The bytes that a message of a socket may have, by the service and the method that it calls.
 *
 * @param served paths that modules serve besides declarations
 * @param fallback bytes where neither declaration nor schema says, and the most that any may have
 */
export const messageLimits = (models: readonly Model[], served: ServedPaths, fallback: number) => {
  const limits = byMethod(models, ({ bodyLimit }) => bodyLimit)

  return (path: string, method: string): number => {
    const service = withoutSlashes(path)
    const limitAt = (name: string) => limits.get(`${name} ${method}`) ?? ownLimit(served, name) ?? fallback
    // Feathers finds a service under its path and an id as well.
    return Math.min(fallback, limitAt(service), limitAt(service.replace(/\/[^/]*$/, '')))
  }
}

/** Methods that take a query and an id alone, of whichever service. */
const WITHOUT_DATA: readonly string[] = ['find', 'get', 'remove', ...SUBSCRIPTION_METHODS]
/** Keys and list items of a message besides its query: the method, the service, an id. */
const ENVELOPE = 10

/** What one message may hold, known by the names that it begins with. */
export interface MessageBounds {
  readonly bytes: number
  /** Keys and list items. */
  readonly members: number
}

/**
 * The bounds of a socket's message, by the service and the method that it calls. One that only asks has those of a query.
 *
 * @example messageBounds(models, {}, 1_048_576)('notes', 'create') // { bytes: 65_536, members: 50_000 }
 */
export const messageBounds = (models: readonly Model[], served: ServedPaths, fallback: number) => {
  const limitOf = messageLimits(models, served, fallback)
  const questions = byMethod(
    models,
    ({ data, effect }) => (data === 'input' && effect === 'read') || undefined
  )
  const isQuestion = (path: string, method: string) =>
    WITHOUT_DATA.includes(method) || questions.has(`${withoutSlashes(path)} ${method}`)

  return (path: string, method: string): MessageBounds => ({
    bytes: limitOf(path, method),
    members: isQuestion(path, method) ? QUERY_BOUNDS.parameters + ENVELOPE : JSON_BOUNDS.members
  })
}
