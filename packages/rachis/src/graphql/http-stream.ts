import { once } from 'events'
import type { ServerResponse } from 'http'
import type { ExecutionResult } from 'graphql'
import type { Context, Middleware } from 'koa'
import { ApiError } from '../errors/errors'
import { EVENT_STREAM_HEADERS, HEARTBEAT, HEARTBEAT_INTERVAL } from '../util/server-sent-events'
import type { GraphqlCaller, GraphqlEngine } from './engine'
import { ALLOWED, callerOf, notAllowed, parametersOf } from './http'

/** Whether a request wants its answer as a stream of events, as a subscription is answered. */
export const wantsStream = (ctx: Context): boolean => ctx.get('Accept').includes('text/event-stream')

/** One result after the other; it waits where the client does not read. */
const write = async (response: ServerResponse, results: AsyncIterable<object>): Promise<void> => {
  for await (const result of results) {
    if (response.destroyed) return
    const isTaken = response.write(`event: next\ndata: ${JSON.stringify(result)}\n\n`)
    if (!isTaken) await Promise.race([once(response, 'drain'), once(response, 'close')])
  }
  response.end('event: complete\ndata:\n\n')
}

const resultsOf = async function* (
  engine: GraphqlEngine,
  from: GraphqlCaller,
  results: AsyncIterable<ExecutionResult>
): AsyncGenerator<object> {
  for await (const result of results) yield engine.formatResult(result, from)
}

const only = async function* (result: ExecutionResult): AsyncGenerator<ExecutionResult> {
  yield result
}

const isIterable = (value: object): value is AsyncGenerator<ExecutionResult> => Symbol.asyncIterator in value

/** What a request asks for, as results; a document that is not valid has one, with its errors. */
const run = async (engine: GraphqlEngine, ctx: Context, from: GraphqlCaller) => {
  const parameters = await parametersOf(ctx, engine)
  if (!('query' in parameters)) throw new ApiError('METHOD_NOT_ALLOWED', notAllowed(ALLOWED))
  const args = engine.prepare(parameters.query, parameters, from)
  if (!('document' in args)) return only({ errors: args })
  if (ctx.method === 'GET' && engine.kindOf(args) === 'mutation')
    throw new ApiError('METHOD_NOT_ALLOWED', notAllowed('POST'))
  const result = await engine.run(args)

  return isIterable(result) ? result : only(result)
}

/**
 * `/graphql` as server-sent events, in the mode "distinct connections" of the protocol of graphql-sse: a stream for each operation.
 *
 * @see https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md#distinct-connections-mode
 */
export const graphqlOverEvents =
  (engine: GraphqlEngine): Middleware =>
  async (ctx) => {
    const from = callerOf(ctx)
    const results = await run(engine, ctx, from)
    const { res } = ctx
    // A client that has gone meanwhile closes its response no more: it would be counted, and told of changes, for ever.
    if (res.destroyed) return void (await results.return(undefined), (ctx.respond = false))
    res.once('close', () => void results.return(undefined))
    ctx.status = 200
    ctx.set(EVENT_STREAM_HEADERS)
    ctx.respond = false
    res.flushHeaders()
    const heartbeat = setInterval(() => res.write(HEARTBEAT), HEARTBEAT_INTERVAL)
    res.once('close', () => clearInterval(heartbeat))
    void write(res, resultsOf(engine, from, results)).catch(() => res.destroy())
  }
