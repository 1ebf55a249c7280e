import { getServiceOptions } from '@feathersjs/feathers'
import type { Socket } from 'socket.io'
import type { Application } from '../declare/declarations'
import { ApiError, repeated } from '../errors/errors'
import type { Stream } from '../feed/stream'
import { SUBSCRIPTION_METHODS } from '../model/events'
import type { Model } from '../model/model'
import type { Operation } from '../model/operations'
import { presentQuery } from '../model/versions/query'
import type { User } from '../rules/policy'
import type { Asked } from '../rules/shape'
import type { Call, Snapshot } from '../service/call'
import { withoutSlashes } from '../util/trim'
import { connectionOf } from './feathers-connection'
import { socketHint } from './socket-errors'
import { isObject } from '../util/is-object'

/** Subscriptions that one connection may have. */
const MAX_SUBSCRIPTIONS = 100

type Query = Readonly<Record<string, unknown>>
type Ack = (error: unknown, result?: unknown) => void

export interface SubscriptionCallOptions {
  readonly app: Application
  readonly models: readonly Model[]
  readonly call: Call
  /** Reads what a query asks for. @throws {ApiError} where it cannot be a subscription */
  readonly parse: (model: Model, query: Query, user: User) => Asked
}

/** A resource whose list can be read. */
interface Listed {
  readonly model: Model
  readonly find: Operation
}

const assertArguments = (method: string, [data, query, ...more]: readonly unknown[]) => {
  const isTooMuch = more.length > 0 || (isObject(query) && Object.keys(query).length > 0)
  if (isTooMuch || (data !== undefined && data !== null && !isObject(data)))
    throw new ApiError('BAD_REQUEST', {
      message: `${method} takes one object`,
      hint: "service.subscribe({ query: { status: 'open' } }), service.unsubscribe({ subscription })"
    })
}

/** The object that a method takes, which has no other keys than these. */
const readInput = (method: string, args: readonly unknown[], keys: readonly string[]): Query => {
  assertArguments(method, args)
  const input = (args[0] ?? {}) as Query
  const unknown = Object.keys(input).find((key) => !keys.includes(key))
  if (unknown !== undefined)
    throw new ApiError('BAD_REQUEST', {
      field: unknown,
      message: `${method} takes no ${repeated(unknown)}`,
      hint: `It takes ${keys.join(', ')}`
    })

  return input
}

const readText = (input: Query, key: string): string | undefined => {
  const value = input[key] ?? undefined
  if (value === undefined || typeof value === 'string') return value
  throw new ApiError('BAD_REQUEST', { field: key, message: `${key} is a text` })
}

const readQuery = ({ query = {} }: Query): Query => {
  if (isObject(query)) return query
  throw new ApiError('BAD_REQUEST', { field: 'query', message: 'query is an object, as that of a list' })
}

const tooMany = () =>
  new ApiError('TOO_MANY_REQUESTS', {
    message: `This connection has ${MAX_SUBSCRIPTIONS} subscriptions, as many as may be`,
    hint: 'Unsubscribe from some of them, or ask for more records by one: user_id[$in]=…'
  })

const unsettled = () =>
  new ApiError('OVERLOADED', {
    message: 'What you may read kept changing while the list was read',
    headers: { 'Retry-After': '2' }
  })

/** A query by the names of the version that a socket speaks, in the present ones. */
const presentIn = (model: Model, version: number | undefined, query: Query): Query =>
  version === undefined ? query : presentQuery(model, version, query)

/** Which resources are listed, by their services as Feathers finds them. */
const listedOf = (models: readonly Model[]): ReadonlyMap<string, Listed> =>
  new Map(
    models.flatMap((model) => {
      const find = model.operations.find(({ name }) => name === 'find')
      return find ? [[model.path, { model, find }] as const] : []
    })
  )

interface Beginning {
  readonly query: Query
  readonly asked: Asked
  readonly ack: Ack
}

/** Subscriptions of one socket. A list is read as a call of `find`, and so under the same rules, limits and hooks. */
class SocketSubscriptions {
  private beginning = 0

  constructor(
    private readonly options: SubscriptionCallOptions,
    private readonly socket: Socket,
    private readonly stream: Stream
  ) {}

  async subscribe({ model, find }: Listed, args: readonly unknown[], ack: Ack): Promise<void> {
    // Whoever may not read the records is told so before anything about the form of the call.
    await this.read(model, {}, find)
    const input = readInput('subscribe', args, ['query', 'after'])
    const after = readText(input, 'after')
    const query = readQuery(input)
    const asked = await this.read(model, query, find)
    if (this.stream.subscriptions() + this.beginning >= MAX_SUBSCRIPTIONS) throw tooMany()
    this.beginning++
    try {
      const isDone =
        after === undefined
          ? await this.begin(find, { query, asked, ack })
          : await this.goOn(asked, after, ack)
      if (!isDone) throw unsettled()
    } finally {
      this.beginning--
    }
  }

  private begin(find: Operation, { query, asked, ack }: Beginning): Promise<boolean> {
    const read = (after: number) => this.find(find, query, { after })
    const answer = (found: object) => ack(null, { subscription: asked.name, ...found })

    return this.stream.subscribe(asked, read, answer)
  }

  private goOn(asked: Asked, after: string, ack: Ack): Promise<boolean> {
    const answer = (resumed: boolean) => {
      const position = resumed ? after : this.stream.token()
      ack(null, { subscription: asked.name, position, resumed })
    }

    return this.stream.subscribeAfter(asked, after, answer)
  }

  unsubscribe(args: readonly unknown[]): object {
    const input = readInput('unsubscribe', args, ['subscription'])
    const subscription = readText(input, 'subscription')
    if (subscription === undefined)
      throw new ApiError('BAD_REQUEST', {
        field: 'subscription',
        message: 'unsubscribe takes the name of a subscription, which subscribe answered'
      })
    this.stream.unsubscribe(subscription)

    return { subscription }
  }

  /** Who is not signed in any more is told so by a call, as for a list. */
  private async read(model: Model, query: Query, find: Operation): Promise<Asked> {
    const { user, authentication, version } = connectionOf(this.socket)
    try {
      return this.options.parse(model, presentIn(model, version, query), user ?? null)
    } catch (error) {
      if (!user && authentication) await this.call(find, { $limit: 0 })
      throw error
    }
  }

  private async find(find: Operation, query: Query, snapshot: Snapshot) {
    const { body, headers } = await this.call(find, query, snapshot)
    const answer = { ...(body as object), position: headers['X-Rachis-Position'] }

    return { answer, seen: new Set(snapshot.seen) }
  }

  private call(find: Operation, query: Query, snapshot?: Snapshot) {
    const connection = connectionOf(this.socket)
    const { headers, ...caller } = connection
    return this.options.call(find, { query, headers }, { ...caller, connection, snapshot })
  }
}

/**
 * Answers `subscribe` and `unsubscribe`, which every resource has that can be listed. Other calls go on.
 *
 * @example
 * socket.emit('subscribe', 'tasks', { query: { status: 'pending' } }, {}, (error, { subscription, data, position }) => …)
 */
export const subscriptionCalls = (options: SubscriptionCallOptions) => {
  const listed = listedOf(options.models)
  /** Services that are written by hand may have methods of these names. */
  const hasOwn = (path: string, method: string): boolean => {
    const found = options.app.lookup(path) as { service: object } | null
    return found !== null && (getServiceOptions(found.service as never).methods ?? []).includes(method)
  }
  const isMethod = (method: unknown) => (SUBSCRIPTION_METHODS as readonly unknown[]).includes(method)
  const hintFor = socketHint(options.app)
  const at = (path: string): Listed => {
    const found = listed.get(withoutSlashes(path))
    if (found) return found
    const code = options.app.lookup(path) ? 'METHOD_NOT_ALLOWED' : 'NO_SUCH_PATH'
    throw new ApiError(code, { hint: hintFor(code, path) })
  }

  return (socket: Socket, stream: Stream) => {
    const subscriptions = new SocketSubscriptions(options, socket, stream)
    const answer = async (method: string, path: string, args: readonly unknown[], ack: Ack) => {
      try {
        const one = at(path)
        if (method === 'subscribe') await subscriptions.subscribe(one, args, ack)
        else ack(null, subscriptions.unsubscribe(args))
      } catch (error) {
        ack(error)
      }
    }
    // The guard before this leaves an acknowledgement at the end of every packet.
    socket.use(([method, path, ...args], next) => {
      const isOurs = isMethod(method) && !hasOwn(path as string, method as string)
      if (isOurs) void answer(method as string, path as string, args.slice(0, -1), args.at(-1) as Ack)
      else next()
    })
  }
}
