import { createContext } from '@feathersjs/feathers'
import type { HookContext } from '@feathersjs/feathers'
import { http } from '@feathersjs/transport-commons'
import type { Application, Principal } from '../declare/declarations'
import { serviceAt } from '../declare/service-at'
import type { Model } from '../model/model'
import type { Operation } from '../model/operations'
import { PREFIX } from '../model/prefix'
import type { User } from '../rules/policy'
import { serverTiming } from './stage-timing'

/** What an operation is called with; `target` and `data` of the operation say what of it is taken. Nothing of it is checked yet. */
export interface Given {
  /** The record that it is called on. An operation with an input of its own takes it in `data.id` as well. */
  readonly id?: unknown
  readonly data?: unknown
  readonly query?: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>
}

/** Who calls, and what is known of them before their credentials are checked. Hooks find it in `params`. */
export interface Caller {
  /** The transport: `rest`, `socketio`. Undefined where the server calls for itself, which is asked for no rights. */
  readonly provider?: string
  /** The credentials, which the call's hooks check. */
  readonly authentication?: unknown
  /** Who they are, where `authenticated` says that it is known already. */
  readonly user?: Principal
  readonly authenticated?: boolean
  /** The address that the call came from. */
  readonly address?: string
  readonly trace_id?: string
  /** The socket that the call came over, for what is kept while it is open. */
  readonly connection?: object
  /** Whether a signed link stands for the credentials. */
  readonly link?: boolean
}

/** The answer to a call. A transport without status and headers sends `body` alone. */
export interface Answer {
  /** As in HTTP. Hooks may have set any value: what writes it checks it. */
  readonly status: number
  /** As hooks have set them: what writes them checks them. */
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: unknown
}

/**
 * Calls an operation. Every transport comes in here, and so under the same rules, limits and hooks.
 *
 * @throws ApiError for whatever is refused, with the trace id of the call
 */
export type Call = (operation: Operation, given: Given, caller: Caller) => Promise<Answer>

export interface CallOptions {
  /** The present place in the feed; then its token for who reads. Lists and records carry it. */
  readonly place?: () => (user: User) => string
}

type Service = Record<string, (...args: unknown[]) => Promise<HookContext>>

const withId = (data: unknown, id: unknown): unknown =>
  id === undefined || Array.isArray(data) ? data : { ...(data as object | undefined), id }

/** The arguments of the service method, in Feathers' order: id, data, params. */
const argumentsOf = ({ data: takes, target }: Operation, { id, data }: Given, params: object): unknown[] => {
  if (takes === 'input') return [withId(data, id), params]
  const ids = target === 'record' ? [id] : []

  return takes === 'none' ? [...ids, params] : [...ids, data, params]
}

/** The address of the one record that was created. */
const locationOf = ({ location }: Operation, result: unknown): Record<string, string> => {
  const { id } = (result ?? {}) as { id?: string | number }

  return location === undefined || id === undefined
    ? {}
    : { Location: `${PREFIX}${location.replace('{id}', String(id))}` }
}

/** What hooks left in `context.http` wins over what the operation says; `location` alone makes it a 303, as in Feathers. */
const answerOf = (operation: Operation, context: HookContext, position?: string): Answer => {
  const { headers, body } = http.getResponse(context)
  const { status, location } = context.http ?? {}
  const timing = serverTiming(context)

  return {
    status: status ?? (location === undefined ? operation.http.status : 303),
    headers: {
      ...locationOf(operation, context.result),
      ...(position === undefined ? {} : { 'X-Rachis-Position': position }),
      ...(timing === undefined ? {} : { 'Server-Timing': timing }),
      ...headers
    },
    body: body as unknown
  }
}

/**
 * The one entrance of calls from outside.
 *
 * @example
 * const call = createCall(app, models)
 * await call(createTask, { data: { title: 'Water the plants' } }, { provider: 'rest', authentication })
 * // { status: 201, headers: { Location: '/api/v1/tasks/7' }, body: { id: 7, title: 'Water the plants', … } }
 */
export const createCall = (app: Application, models: readonly Model[], { place }: CallOptions = {}): Call => {
  const paths = new Map(models.map(({ name, path }) => [name, path]))

  return async (operation, given, caller) => {
    // Known before the statement is sent: what it reads includes all changes up to there.
    const token = operation.effect === 'read' && operation.data !== 'input' ? place?.() : undefined
    const service = serviceAt<Service>(app, paths.get(operation.resource)!)
    const { query = {}, headers = {} } = given
    const args = argumentsOf(operation, given, { query, headers, ...caller })
    const context = createContext(service as never, operation.name, { http: {} })

    const done = await service[operation.name]!(...args, context)

    return answerOf(operation, done, token?.((done.params as Caller).user ?? null))
  }
}

declare module '../declare/declarations' {
  interface Configuration {
    call: Call
  }
}
