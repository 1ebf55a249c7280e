import { randomUUID } from 'crypto'
import type { IncomingHttpHeaders, IncomingMessage } from 'http'
import { useServer } from 'graphql-ws/use/ws'
import type { ExecutionArgs } from 'graphql'
import type { Context } from 'graphql-ws'
import { WebSocketServer } from 'ws'
import type { Application } from '../declare/declarations'
import type { UpgradeHandler } from '../module'
import { credentialHeaders } from '../rules/module-facts'
import { addressOf } from '../util/address'
import { isObject } from '../util/is-object'
import type { GraphqlCaller, GraphqlEngine, GraphqlRequest } from './engine'
import { requestError } from './format'
import { RunningOperations } from './running-operations'

type Opened = Context<Record<string, unknown>, { readonly request: IncomingMessage }>

/**
 * The request that opened the socket, with the credentials of its first message: the websocket of a browser can send no headers.
 * It has no method, as the handshake of a socket has none: any page may open a websocket, and its cookies come along, so the origin
 * decides whether they count.
 *
 * @param names of headers that credentials come in, in small letters
 */
const requestWith = (
  request: IncomingMessage,
  parameters: unknown,
  names: readonly string[]
): IncomingMessage => {
  const given = isObject(parameters) ? parameters : {}
  const lower = Object.fromEntries(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]))
  const sent = names.flatMap((name) => (typeof lower[name] === 'string' ? [[name, lower[name]]] : []))
  const headers: IncomingHttpHeaders = { ...request.headers, ...Object.fromEntries(sent) }

  return Object.create(request, {
    headers: { value: headers },
    method: { value: undefined }
  }) as IncomingMessage
}

/** Counts a message in the one budget of its address, and finds out who sends it. */
const callerOf = async (app: Application, request: IncomingMessage): Promise<GraphqlCaller> => {
  const address = addressOf(request, app.get('trust_proxy'))
  const allowance = await app.get('rates')?.admit(address)
  const authentication = (await app.get('identity').parse(request, null)) ?? undefined
  const caller = { provider: 'graphql', address, authentication, allowance, trace_id: randomUUID() }

  return { caller, request }
}

/**
 * `/graphql` over websockets, by the protocol of graphql-ws. A client signs in with its first message:
 * `connection_init` with the payload `{ "authorization": "Bearer …" }`.
 *
 * @see https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
 */
export const graphqlOverWebsockets = (app: Application, engine: GraphqlEngine): UpgradeHandler => {
  const server = new WebSocketServer({ noServer: true, maxPayload: app.get('body_limit') })
  const senders = new WeakMap<object, GraphqlCaller>()
  const names = credentialHeaders(app.get('facts'), false).toLowerCase().split(', ')
  const fromOf = ({ extra, connectionParams }: Opened) =>
    callerOf(app, requestWith(extra.request, connectionParams, names))
  /** Where it is not known who sends a message, its errors have a trace of their own, by which they are found in the log. */
  const senderOf = (message: object) => senders.get(message) ?? { caller: { trace_id: randomUUID() } }
  const running = new RunningOperations()
  const run = (args: ExecutionArgs) => running.finish(args, (given) => engine.run(given)) as never
  const prepare = async (opened: Opened, message: GraphqlRequest) => {
    const from = await fromOf(opened)
    senders.set(message, from)

    return engine.prepare(engine.textOf(message), message, from)
  }
  useServer<Record<string, unknown>, { readonly request: IncomingMessage }>(
    {
      onSubscribe: (opened, _id, message) =>
        running
          .begin(opened as Opened, () => prepare(opened as Opened, message as GraphqlRequest))
          .catch((error: Error) => [requestError(error)]),
      execute: run,
      subscribe: run,
      onNext: (_opened, _id, message, _args, result) => engine.formatResult(result, senderOf(message)) as never, // prettier-ignore
      onError: (_opened, _id, message, problems) => problems.map((problem) => engine.format(problem, senderOf(message))) // prettier-ignore
    },
    server
  )

  return {
    open: (request, socket, head) => server.handleUpgrade(request, socket, head, (opened) => server.emit('connection', opened, request)), // prettier-ignore
    close: () => server.clients.forEach((client) => client.close(1001, 'The server stops'))
  }
}
