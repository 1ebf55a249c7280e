import type { IncomingMessage, RequestListener, ServerResponse } from 'http'
import type { Context, Middleware } from 'koa'
import type { Application } from '../declare/declarations'
import type { CallWatch } from '../util/call-watch'
import { addressOf } from '../util/address'
import type { CheckedAnswer } from './answer'
import { checkAnswer, writeAnswer } from './answer'
import type { ReadBody } from './body'
import { bodyOf, readOf } from './body'
import { packAnswers } from './compression'
import type { AnswerFailure } from './http'
import { traceIdOf } from './http'
import type { Exchange, TracedCaller } from './plain-answer'
import { setCommon, write, writeRead } from './plain-answer'
import { plainGivenOf } from './plain-given'
import type { PlainRequest } from './plain-request'
import { plainRequests } from './plain-request'
import { preferred } from './prefer'
import { credentialsOf } from './rest'
import type { OperationRoute, OperationRoutes } from './route'
import type { ValidatedCall } from './validators'
import { validated } from './validators'
import { routeLabel } from './watched'

export interface FastPathOptions {
  readonly operations: OperationRoutes
  readonly failure: AnswerFailure
  /** Whether a middleware of a module has to see this call. */
  readonly concerns: (call: PlainRequest, request: IncomingMessage) => boolean
}

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
  request: IncomingMessage,
  label: string
): TracedCaller => {
  const watched = watch.of(request)
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

/** Of a request that has no body. */
const NOTHING: ReadBody = {}

/** What Koa has to write of a call: every error, and every answer but JSON with headers beside the common ones. */
interface Unwritten {
  readonly caller: TracedCaller
  /** Without the prefix; undefined where the request could not be read. */
  readonly path?: string
  readonly answer?: CheckedAnswer
  /** Where there is no answer. */
  readonly thrown?: unknown
}

/**
 * Answers calls of operations that need none of the stages which most requests need nothing of: no encoded path, no page of another
 * origin, no type to be chosen, no cookie. It does in one function what the whole chain does in twenty, by the same functions, and its
 * answers are the same. It stands in front of Koa, since the way to Koa's first middleware costs more than finding the route. Everything
 * else goes on to the whole chain.
 */
export class FastPath {
  private readonly threshold: number
  private readonly credentials: () => string
  private readonly watch: CallWatch | undefined
  private readonly version: number
  private readonly plainRequestOf: ReturnType<typeof plainRequests>
  private readonly unwritten = new WeakMap<IncomingMessage, Unwritten>()
  private readonly pack: Middleware

  constructor(
    private readonly app: Application,
    private readonly options: FastPathOptions
  ) {
    this.threshold = app.get('http').compress_from
    this.credentials = credentialsOf(app)
    this.watch = app.get('watch')
    this.version = app.get('versions').current
    this.plainRequestOf = plainRequests(options.operations, this.version)
    this.pack = packAnswers(this.threshold)
  }

  /**
   * Answers a request that is a plain call; says whether it is one.
   *
   * @param byKoa handles what Koa has to write of that
   */
  take(request: IncomingMessage, response: ServerResponse, byKoa: RequestListener): boolean {
    const leave = (unwritten: Unwritten) => {
      this.unwritten.set(request, unwritten)
      byKoa(request, response)
    }
    try {
      const plain = this.isOpen ? this.plainRequestOf(request) : undefined
      const caller = plain && this.callerOf(plain, request)
      if (!caller) return false
      void this.answer({ req: request, res: response }, plain, caller).then((left) => left && leave(left))
    } catch (thrown) {
      // As of an identity or a module of the application's own. Thrown on, it would end the process.
      leave({ caller: { trace_id: traceIdOf(request) }, thrown })
    }

    return true
  }

  /** The first middleware, which sets what Koa has to write of plain calls, as the stages of the whole chain would. */
  readonly finish: Middleware = (ctx, next) => {
    const unwritten = this.unwritten.get(ctx.req)
    return unwritten ? this.set(ctx, unwritten) : next()
  }

  private async set(ctx: Context, { caller, path, answer, thrown }: Unwritten): Promise<void> {
    setCommon(ctx, caller)
    try {
      if (!answer) throw thrown
      await this.pack(ctx, async () => writeAnswer(ctx, answer))
    } catch (error) {
      if (path !== undefined) ctx.path = path
      ctx.feathers = { ...ctx.feathers, trace_id: caller.trace_id }
      this.options.failure(ctx, error)
    }
  }

  private get isOpen(): boolean {
    return this.app.get('phase') === 'ready' && this.app.get('fastPath') !== false
  }

  /** Undefined where somebody else has something to do with the request. */
  private callerOf(plain: PlainRequest, request: IncomingMessage): TracedCaller | undefined {
    const { app, watch, version } = this
    const caller = this.options.concerns(plain, request) ? undefined : callerOf(app, request, version)

    return watch && caller ? watchedCaller(watch, caller, request, routeLabel(plain.route, version)) : caller
  }

  private async answer(
    exchange: Exchange,
    plain: PlainRequest,
    known: TracedCaller
  ): Promise<Unwritten | undefined> {
    const { path } = plain
    let caller = known
    try {
      const counted = admitted(this.app, known)
      caller = counted instanceof Promise ? await counted : counted
      const answer = await this.call(exchange, plain, caller)

      return answer ? { caller, path, answer } : undefined
    } catch (thrown) {
      return { caller, path, thrown }
    }
  }

  private async call(
    exchange: Exchange,
    plain: PlainRequest,
    caller: TracedCaller
  ): Promise<CheckedAnswer | void> {
    const { app, threshold } = this
    const { route } = plain
    const { req } = exchange
    const body = req.method === 'GET' ? NOTHING : await this.bodyOf(exchange, route)
    const given = plainGivenOf(plain, req, body)
    const request = this.validatedBy(req, plain, caller)
    const read = await app.get('readText')?.(route.operation, given, caller)
    if (read) return writeRead(exchange, caller, read, request)
    const answered = checkAnswer(await app.get('call')(route.operation, given, caller))

    return write(exchange, caller, preferred(req, route.operation, validated(request, answered)), threshold)
  }

  /** What a body is in, and in which letters, a context of Koa can say. */
  private async bodyOf({ req, res }: Exchange, route: OperationRoute): Promise<ReadBody> {
    const ctx = this.app.createContext(req, res)
    await bodyOf(ctx, route)

    return readOf(ctx)
  }

  private validatedBy(request: IncomingMessage, { route: { operation } }: PlainRequest, caller: TracedCaller): ValidatedCall {
    const { threshold } = this
    return { operation, request, threshold, isAnonymous: caller.authentication === undefined, credentials: this.credentials() }
  } // prettier-ignore
}

declare module '../declare/declarations' {
  interface Configuration {
    /** False where every request is to go through the whole chain, to compare the two. */
    fastPath?: boolean
    /** What answers plain calls; undefined before the application is made. */
    plainCalls?: FastPath
  }
}
