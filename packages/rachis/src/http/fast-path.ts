import type { IncomingMessage } from 'http'
import type { Context, Middleware } from 'koa'
import type { Application } from '../declare/declarations'
import type { Caller } from '../service/call'
import { addressOf } from '../util/address'
import type { CheckedAnswer } from './answer'
import { checkAnswer, writeAnswer } from './answer'
import { bodyOf } from './body'
import type { AnswerFailure } from './http'
import { traceIdOf } from './http'
import type { PlainRequest } from './plain-request'
import { plainRequest } from './plain-request'
import { givenOf } from './rest'
import type { OperationRoutes } from './route'
import type { HeaderList } from './security-headers'
import { SECURITY_HEADERS } from './security-headers'

interface FastPathOptions {
  readonly operations: OperationRoutes
  readonly failure: AnswerFailure
  /** Whether a middleware of a module has to see a call with this query. */
  readonly concerns: (query: PlainRequest['query']) => boolean
}

/** What the stages of the whole chain set of every answer to a plain request, in their order, behind the trace id. */
const COMMON: HeaderList = [...SECURITY_HEADERS, ['Vary', 'Origin, Accept']]
const FLAT: readonly string[] = COMMON.flat()
/** A header of these from a hook has to be joined with, or put in place of, one that is there. */
const OWN = new Set(
  [...COMMON.map(([name]) => name), 'X-Request-Id', 'Content-Type', 'Content-Length', 'Set-Cookie'].map(
    (name) => name.toLowerCase()
  )
)
const EMPTY = [204, 205, 304]

const isPlainObject = (body: unknown): boolean => {
  if (typeof body !== 'object' || body === null) return false
  const prototype: unknown = Object.getPrototypeOf(body)

  return prototype === Object.prototype || prototype === null || Array.isArray(body)
}

/** JSON with headers that stand beside the common ones. */
const isPlainAnswer = ({ status, headers, body }: CheckedAnswer): boolean =>
  isPlainObject(body) &&
  !EMPTY.includes(status) &&
  headers.every(([name, values]) => values.length === 1 && !OWN.has(name.toLowerCase()))

/** All headers at once, and the text behind them: Koa would set one header after the other. */
const writeJson = (ctx: Context, trace_id: string, { status, headers, body }: CheckedAnswer) => {
  const text = JSON.stringify(body)
  const own = headers.flatMap(([name, [value]]) => [name, value!])
  const length = String(Buffer.byteLength(text))
  const type = 'application/json; charset=utf-8'
  ctx.respond = false
  ctx.res.writeHead(status, [
    ...['X-Request-Id', trace_id, ...FLAT, ...own, 'Content-Type', type, 'Content-Length', length]
  ])
  ctx.res.end(text)
}

/** As the whole chain has set them when an answer is written, or an error. */
const setCommon = (ctx: Context, trace_id: string) => {
  ctx.set('X-Request-Id', trace_id)
  for (const [name, value] of COMMON) ctx.set(name, value)
}

const write = (ctx: Context, trace_id: string, answer: CheckedAnswer) => {
  if (isPlainAnswer(answer)) return writeJson(ctx, trace_id, answer)
  setCommon(ctx, trace_id)
  writeAnswer(ctx, answer)
}

type TracedCaller = Caller & { readonly trace_id: string }

/** Whose call it is; undefined where only asynchronous stages can say. */
const callerOf = (app: Application, request: IncomingMessage): TracedCaller | undefined => {
  const authentication = app.get('identity').parseUsual?.(request)
  if (authentication === undefined) return undefined

  return {
    provider: 'rest',
    trace_id: traceIdOf(request.headers['x-request-id'] ?? ''),
    address: addressOf(request, app.get('trust_proxy')),
    ...(authentication ? { authentication } : {})
  }
}

/**
 * Answers a call of an operation that needs none of the stages which most requests need nothing of: no encoded path, no page of another
 * origin, no type to be chosen, no cookie. It does in one function what the whole chain does in twenty, by the same functions, and its
 * answer is the same. Everything else goes on to the whole chain.
 */
export const fastPath = (
  app: Application,
  { operations, failure, concerns }: FastPathOptions
): Middleware => {
  const isOpen = () => app.get('phase') === 'ready' && app.get('fastPath') !== false
  const answer = async (ctx: Context, { route, query, path }: PlainRequest, caller: TracedCaller) => {
    try {
      await bodyOf(ctx, route)
      const { method, headers, body } = ctx.request as Context['request'] & { body?: unknown }
      const given = givenOf(route, { method, query, headers, body })
      write(ctx, caller.trace_id, checkAnswer(await app.get('call')(route.operation, given, caller)))
    } catch (thrown) {
      ctx.path = path
      ctx.feathers = { ...ctx.feathers, trace_id: caller.trace_id }
      setCommon(ctx, caller.trace_id)
      failure(ctx, thrown)
    }
  }

  return (ctx, next) => {
    const request = isOpen() ? plainRequest(operations, ctx.req) : undefined
    const caller = request && !concerns(request.query) ? callerOf(app, ctx.req) : undefined

    return caller ? answer(ctx, request!, caller) : next()
  }
}

declare module '../declare/declarations' {
  interface Configuration {
    /** False where every request is to go through the whole chain, to compare the two. */
    fastPath?: boolean
  }
}
