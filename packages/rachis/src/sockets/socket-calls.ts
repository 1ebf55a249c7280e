import type { Socket } from 'socket.io'
import type { Application } from '../declare/declarations'
import { ApiError } from '../errors/errors'
import type { Model } from '../model/model'
import type { Operation } from '../model/operations'
import { serviceAt } from '../declare/service-at'
import type { Call } from '../service/call'
import { connectionOf } from './feathers-connection'

type Operations = ReadonlyMap<string, Operation>
type Ack = (error: unknown, result?: unknown) => void

/** Maps service and method to operation. A service is found as Feathers finds it, which ignores slashes around its path. */
const operationsOf = (app: Application, models: readonly Model[]): ReadonlyMap<object, Operations> =>
  new Map(
    models.map(({ path, operations }) => [
      serviceAt<object>(app, path),
      new Map(operations.map((operation) => [operation.name, operation]))
    ])
  )

/** Reads the arguments that follow the names of method and service, in the order of Feathers' clients: id, data, query. */
const givenOf = ({ name, target, data: takes }: Operation, args: readonly unknown[]) => {
  const rest = [...args]
  const id = target === 'record' && takes !== 'input' ? rest.shift() : undefined
  const data = takes === 'none' ? undefined : rest.shift()
  const query = { ...(rest.shift() as object | undefined) }
  if (rest.length > 0)
    throw new ApiError('BAD_REQUEST', { message: `Too many arguments for '${name}' method` })

  return { id, data, query }
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

  return (socket: Socket) => {
    const connection = connectionOf(socket)
    const answer = async (operation: Operation, args: readonly unknown[], ack: Ack) => {
      const { headers, ...caller } = connection
      try {
        const { body } = await call(
          operation,
          { ...givenOf(operation, args), headers },
          { ...caller, connection }
        )
        ack(null, body)
      } catch (error) {
        ack(error)
      }
    }
    // The guard before this leaves an acknowledgement at the end of every packet.
    socket.use(([method, path, ...args], next) => {
      const operation = operationAt(path, method)
      if (operation) void answer(operation, args.slice(0, -1), args.at(-1) as Ack)
      else next()
    })
  }
}
