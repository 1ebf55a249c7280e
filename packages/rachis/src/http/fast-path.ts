import type { IncomingMessage } from 'http'
import type { Context, Middleware } from 'koa'
import type { Application } from '../declare/declarations'
import type { Caller, TextAnswer } from '../service/call'
import { RATE_HEADERS } from '../util/allowance'
import type { CallWatch } from '../util/call-watch'
import { addressOf } from '../util/address'
import { EncodedText } from '../util/encoded-text'
import type { CheckedAnswer } from './answer'
import { checkAnswer, writeAnswer } from './answer'
import { bodyOf } from './body'
import { packed } from './compression'
import type { AnswerFailure } from './http'
import { traceIdOf } from './http'
import type { PlainRequest } from './plain-request'
import { plainRequests } from './plain-request'
import { preferred } from './prefer'
import { setRates } from './rates'
import { credentialsOf, givenOf, UnreadCall } from './rest'
import type { OperationRoute, OperationRoutes } from './route'
import { routeLabel } from './watched'
import type { HeaderList } from './security-headers'
import { SECURITY_HEADERS } from './security-headers'
import type { ValidatedCall } from './validators'
import { validated, validatedText } from './validators'

interface FastPathOptions {
  readonly operations: OperationRoutes
  readonly failure: AnswerFailure
  /** Whether a middleware of a module has to see this call. */
  readonly concerns: (call: PlainRequest, request: IncomingMessage) => boolean
}

/** What the stages of the whole chain set of every answer to a plain request, in their order, behind the trace id. */
const VARY = 'Origin, Accept, Accept-Encoding'
const COMMON: HeaderList = [...SECURITY_HEADERS, ['Vary', VARY]]
const FLAT: readonly string[] = COMMON.flat()
const FLAT_SECURITY: readonly string[] = SECURITY_HEADERS.flat()
/** A header of these from a hook has to be joined with, or put in place of, one that is there. */
const OWN = new Set(
  [
    ...COMMON.map(([name]) => name),
    ...RATE_HEADERS,
    'X-Request-Id',
    'Content-Type',
    'Content-Length',
    'Set-Cookie'
  ].map((name) => name.toLowerCase())
)
const EMPTY = [204, 205, 304]
const NONE: readonly string[] = []

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
const writeText = (
  ctx: Context,
  { trace_id, allowance }: TracedCaller,
  { status, headers, vary }: CheckedAnswer,
  body: string | Buffer,
  coding?: string
) => {
  const own = headers.flatMap(([name, [value]]) => [name, value!])
  const length = String(Buffer.byteLength(body))
  const type = 'application/json; charset=utf-8'
  const rates = allowance?.headers() ?? NONE
  const packing = coding === undefined ? NONE : ['Content-Encoding', coding]
  const common = vary ? [...FLAT_SECURITY, 'Vary', `${VARY}, ${vary}`] : FLAT
  ctx.respond = false
  ctx.res.writeHead(status, [
    ...['X-Request-Id', trace_id, ...common, ...rates, ...own, ...packing, 'Content-Type', type, 'Content-Length', length]
  ]) // prettier-ignore
  ctx.res.end(body)
}

/** An answer whose body is JSON already. */
const writePacked = (
  ctx: Context,
  caller: TracedCaller,
  answer: CheckedAnswer,
  encoded: EncodedText,
  threshold: number
) => {
  const etag = answer.headers.find(([name]) => name === 'ETag')?.[1][0]
  const packing = packed(ctx.req, encoded.text, { etag, threshold })
  if (!packing) return writeText(ctx, caller, answer, encoded.body)

  return packing.then(({ bytes, coding }) => writeText(ctx, caller, answer, bytes, coding))
}

const writeJson = (ctx: Context, caller: TracedCaller, answer: CheckedAnswer, threshold: number) =>
  writePacked(ctx, caller, answer, new EncodedText(answer.text ?? JSON.stringify(answer.body)), threshold)

/** As the whole chain has set them when an answer is written, or an error. */
const setCommon = (ctx: Context, { trace_id, allowance }: TracedCaller) => {
  ctx.set('X-Request-Id', trace_id)
  for (const [name, value] of COMMON) ctx.set(name, value)
  setRates(ctx, allowance)
}

const write = (ctx: Context, caller: TracedCaller, answer: CheckedAnswer, threshold: number) => {
  if (isPlainAnswer(answer)) return writeJson(ctx, caller, answer, threshold)
  setCommon(ctx, caller)
  writeAnswer(ctx, answer)
}

const writeRead = (
  ctx: Context,
  caller: TracedCaller,
  { position, text, link, cacheStatus, encoded = new EncodedText(text) }: TextAnswer,
  request: ValidatedCall
) => {
  const known: (readonly [string, readonly string[]])[] = [['X-Rachis-Position', [position]]]
  if (link !== undefined) known.push(['Link', [link]])
  if (cacheStatus !== undefined) known.push(['Cache-Status', [cacheStatus]])
  const answer = validatedText(request, { status: 200, headers: known, body: undefined, text }, encoded)
  if (answer.status === 304) return write(ctx, caller, answer, request.threshold)

  return writePacked(ctx, caller, answer, encoded, request.threshold)
}

type TracedCaller = Caller & { readonly trace_id: string }

/** Whose call it is; undefined where only asynchronous stages can say. */
const callerOf = (app: Application, request: IncomingMessage, current: number): TracedCaller | undefined => {
  const authentication = app.get('identity').parseUsual?.(request)
  if (authentication === undefined) return undefined

  return {
    provider: 'rest',
    trace_id: traceIdOf(request),
    address: addressOf(request, app.get('trust_proxy')),
    ...(current > 1 ? { version: current } : {}),
    ...(authentication ? { authentication } : {})
  }
}

/** The caller, and what those who watch the request want to know of it. */
const watchedCaller = (
  watch: CallWatch,
  caller: TracedCaller,
  { req }: Context,
  label: string
): TracedCaller => {
  const watched = watch.of(req)
  if (!watched) return caller
  const { trace_id, address } = caller
  Object.assign(watched, { route: label, trace_id, address })

  return { ...caller, watched }
}

/** Counts a request for its address. */
const admitted = (app: Application, caller: TracedCaller) => {
  const allowance = app.get('rates')?.admit(caller.address)

  return allowance instanceof Promise
    ? allowance.then((known): TracedCaller => ({ ...caller, allowance: known }))
    : { ...caller, allowance }
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
  const threshold = app.get('http').compress_from
  const credentials = credentialsOf(app)
  const watch = app.get('watch')
  const conditional = ({ req: request }: Context, { operation }: OperationRoute, caller: Caller): ValidatedCall =>
    ({ operation, request, threshold, isAnonymous: caller.authentication === undefined, credentials: credentials() }) // prettier-ignore
  const { current } = app.get('versions')
  const plainRequestOf = plainRequests(operations, current)
  const isOpen = () => app.get('phase') === 'ready' && app.get('fastPath') !== false
  const answer = async (ctx: Context, plain: PlainRequest, known: TracedCaller) => {
    const { route, path } = plain
    let caller = known
    try {
      const counted = admitted(app, known)
      caller = counted instanceof Promise ? await counted : counted
      await bodyOf(ctx, route)
      const given = givenOf(route, new UnreadCall(ctx, plain))
      const request = conditional(ctx, route, caller)
      const read = await app.get('readText')?.(route.operation, given, caller)
      if (read) return await writeRead(ctx, caller, read, request)
      const answered = checkAnswer(await app.get('call')(route.operation, given, caller))
      const answer = preferred(ctx.req, route.operation, validated(request, answered))
      await write(ctx, caller, answer, threshold)
    } catch (thrown) {
      ctx.path = path
      ctx.feathers = { ...ctx.feathers, trace_id: caller.trace_id }
      setCommon(ctx, caller)
      failure(ctx, thrown)
    }
  }

  return (ctx, next) => {
    const request = isOpen() ? plainRequestOf(ctx.req) : undefined
    const found = request && !concerns(request, ctx.req) ? callerOf(app, ctx.req, current) : undefined
    const caller = watch && found ? watchedCaller(watch, found, ctx, routeLabel(request!.route, current)) : found // prettier-ignore

    return caller ? answer(ctx, request!, caller) : next()
  }
}

declare module '../declare/declarations' {
  interface Configuration {
    /** False where every request is to go through the whole chain, to compare the two. */
    fastPath?: boolean
  }
}
