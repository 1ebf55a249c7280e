import type { Socket } from 'socket.io'
import type { Application } from '../declare/declarations'
import { ApiError, orFault } from '../errors/errors'
import type { Model } from '../model/model'
import type { Operation } from '../model/operations'
import { readVersion } from '../model/versions/api-versions'
import { serviceAt } from '../declare/service-at'
import type { Answer, Call, Given } from '../service/call'
import { connectionOf } from './feathers-connection'
import { tellApplied } from './own-writes'
import { isObject } from '../util/is-object'
import { allowanceOf } from './rates'
import { watchCall } from './watched-calls'

type Operations = ReadonlyMap<string, Operation>
/** Of a write its transaction, of a read of records a place in the feed at which its answer is true. */
interface Meta {
  readonly tx?: string
  readonly position?: string
}
type Ack = (error: unknown, result?: unknown, meta?: Meta) => void

/** Maps service and method to operation. A service is found as Feathers finds it, which ignores slashes around its path. */
const operationsOf = (app: Application, models: readonly Model[]): ReadonlyMap<object, Operations> =>
  new Map(
    models.map(({ path, operations }) => [
      serviceAt<object>(app, path),
      new Map(operations.map((operation) => [operation.name, operation]))
    ])
  )

type SocketGiven = Given & { readonly query: Record<string, unknown> }

/** What is wrong with the argument for the query and with those behind it. */
const faultOf = (method: string, asked: unknown, others: readonly unknown[]): ApiError | undefined => {
  if (others.length > 0)
    return new ApiError('BAD_REQUEST', { message: `Too many arguments for '${method}' method` })
  if (asked === undefined || asked === null || isObject(asked)) return undefined
  const message = 'The query is an object of parameters'

  return new ApiError('BAD_REQUEST', {
    field: 'query',
    message,
    hint: 'Send {} for none'
  })
}

/** Reads the arguments that follow the names of method and service, in the order of Feathers' clients: id, data, query. */
const givenOf = ({ name, target, data: takes }: Operation, args: readonly unknown[]): SocketGiven => {
  const rest = [...args]
  const id = target === 'record' && takes !== 'input' ? rest.shift() : undefined
  const data = takes === 'none' ? undefined : rest.shift()
  const asked = rest.shift()
  const fault = faultOf(name, asked, rest)

  return fault ? { id, data, query: {}, fault } : { id, data, query: { ...(asked as object | undefined) } }
}

/** What a request says in a header, a call over a socket says in its query. */
const HEADERS_IN_QUERY: Readonly<Record<string, string>> = {
  $idempotency_key: 'idempotency-key',
  $if_match: 'if-match',
  $if_none_match: 'if-none-match'
}
/** A read over a socket has no validator that these could name. */
const OF_WRITES = ['if-match', 'if-none-match']
/** What of the handshake says nothing of its calls. */
const OF_HANDSHAKE_ONLY = ['if-unmodified-since', 'if-modified-since']

/** The headers of a handshake are those of all calls of its socket, except for what each call says for itself. */
const withHeaders = ({ effect }: Operation, given: SocketGiven, ofHandshake: Given['headers']): Given => {
  const query: Record<string, unknown> = given.query
  const headers: Record<string, unknown> = { ...ofHandshake }
  for (const header of OF_HANDSHAKE_ONLY) delete headers[header]
  for (const [parameter, header] of Object.entries(HEADERS_IN_QUERY)) {
    const isTaken = effect === 'write' || !OF_WRITES.includes(header)
    headers[header] = isTaken ? query[parameter] : undefined
    // What is not taken is refused with the rest of the query.
    if (isTaken) delete query[parameter]
  }

  return { ...given, headers: headers as Given['headers'] }
}

interface Versioned {
  readonly sent: SocketGiven
  readonly named: { readonly version?: number }
}

/** Takes from the query the version that a call names for itself. One that is not served is a fault of the call. */
const takeVersion = (app: Application, given: SocketGiven): Versioned => {
  const { $version, ...query } = given.query
  const read: { version?: number; fault?: ApiError } = orFault(
    () => ({ version: readVersion(app.get('versions'), $version) }),
    {}
  )
  const { version, ...fault } = read

  return { sent: { ...given, query, ...fault }, named: version === undefined ? {} : { version } }
}

/** What an acknowledgement says besides the answer; undefined where there is nothing to say. */
const metaOf = ({ headers, tx }: Answer): Meta | undefined => {
  if (tx !== undefined) return { tx }
  const position = headers['X-Rachis-Position']

  return typeof position === 'string' ? { position } : undefined
}

/** Feathers' own form of a write of many records has no id: `patch(null, data, { query })`. */
const MANY: Readonly<Record<string, string>> = { patch: 'patch_many', remove: 'remove_many' }

/** The arguments behind the id. What takes no data has none in Feathers' form. */
const ofMany = ({ data }: Operation, args: readonly unknown[]) => (data === 'fields' ? args : [{}, ...args])

/** An operation with the path of its service, as those who watch calls name it. */
const namedOperation = (models: readonly Model[]) => {
  const paths = new Map(models.map(({ name, path }) => [name, path]))

  return (operation: Operation) => ({ operation, path: paths.get(operation.resource)! })
}

/**
 * Answers the calls of a socket to declared operations. Status and headers of an answer have no place in the packet that
 * acknowledges a call. Calls to services that are not declared go on to Feathers.
 */
export const socketCalls = (app: Application, models: readonly Model[], call: Call) => {
  const byService = operationsOf(app, models)
  const operationAt = (path: unknown, method: unknown): Operation | undefined => {
    const found = typeof path === 'string' ? app.lookup(path) : undefined
    return found ? byService.get(found.service)?.get(method as string) : undefined
  }

  const tell = tellApplied(app)
  const watch = app.get('watch')
  const named = namedOperation(models)

  return (socket: Socket) => {
    const connection = connectionOf(socket)
    const answer = async (operation: Operation, args: readonly unknown[], packet: readonly unknown[]) => {
      const ack = packet.at(-1) as Ack
      const { headers, ...caller } = connection
      try {
        const answered = await watchCall(watch, named(operation), connection, async (facts) => {
          const { sent, named: version } = takeVersion(app, givenOf(operation, args))
          const given = withHeaders(operation, sent, headers)
          const allowance = allowanceOf(packet)
          return call(operation, given, { ...caller, ...version, ...facts, connection, allowance })
        })
        const { body, tx } = answered
        const meta = metaOf(answered)
        if (meta) ack(null, body, meta)
        else ack(null, body)
        if (tx !== undefined) tell(connection, tx)
      } catch (error) {
        ack(error)
      }
    }
    // The guard before this leaves an acknowledgement at the end of every packet.
    socket.use((packet, next) => {
      const [method, path, ...args] = packet as unknown[]
      const many = args[0] === null ? operationAt(path, MANY[method as string]) : undefined
      const operation = many ?? operationAt(path, method)
      const given = many ? ofMany(many, args.slice(1, -1)) : args.slice(0, -1)
      if (operation) void answer(operation, given, packet)
      else next()
    })
  }
}
