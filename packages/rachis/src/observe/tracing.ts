import type { Context, Span } from '@opentelemetry/api'
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { CallFrame, CallObserver, WatchedCall } from '../util/call-watch'
import type { RunInSpan, TraceCarrier } from '../util/span'
import type { StatementObserver } from '../util/statement-watch'

/** A statement is a part of whatever runs it; those of the feed's own looks, many a second, belong to nothing. */
const isTraced = () => trace.getSpan(context.active()) !== undefined

const ended = (span: Span, failure?: unknown) => {
  if (failure !== undefined) span.setStatus({ code: SpanStatusCode.ERROR })
  span.end()
}

const nameOf = ({ transport, method, route }: WatchedCall) =>
  transport === 'rest' ? `${method} ${route ?? ''}`.trim() : (route ?? method)

const attributesOf = ({ transport, method, route, trace_id, user_id }: WatchedCall, status: number) => ({
  ...(transport === 'rest'
    ? { 'http.request.method': method, 'http.response.status_code': status, 'http.route': route }
    : { 'rpc.system': 'socket.io', 'rpc.method': route, 'rachis.status': status }),
  'rachis.trace_id': trace_id,
  'enduser.id': user_id === undefined ? undefined : String(user_id)
})

export interface Tracing {
  readonly observe: CallObserver
  readonly frame: CallFrame
  readonly statement: StatementObserver
  readonly span: RunInSpan
  /** Where the trace stands that runs, for work that is done later or elsewhere. */
  carrier(): TraceCarrier
}

/**
 * Spans of OpenTelemetry for requests, socket calls, services, statements, and work behind them. They go where the SDK sends them that the operator
 * has registered (`NODE_OPTIONS="--import ./tracing.mjs"`); without one they cost next to nothing and go nowhere. A trace that began
 * at the client (`traceparent`) is continued.
 *
 * @see https://www.w3.org/TR/trace-context/
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/
 */
export const tracing = (): Tracing => {
  const tracer = trace.getTracer('rachis')
  const contexts = new WeakMap<WatchedCall, Context>()
  const observe: CallObserver = (call) => {
    const parent = call.headers ? propagation.extract(context.active(), call.headers) : context.active()
    const span = tracer.startSpan(nameOf(call), { kind: SpanKind.SERVER }, parent)
    contexts.set(call, trace.setSpan(parent, span))

    return (status) => {
      span.updateName(nameOf(call)).setAttributes(attributesOf(call, status))
      ended(span, status >= 500 ? status : undefined)
    }
  }
  const frame: CallFrame = (call, work) => context.with(contexts.get(call) ?? context.active(), work)
  const statement: StatementObserver = (sql) => {
    if (!isTraced()) return () => undefined
    const attributes = { 'db.system.name': 'postgresql', 'db.query.text': sql }
    const span = tracer.startSpan(sql.split(/\s/, 1)[0]!, { kind: SpanKind.CLIENT, attributes })

    return (failure) => ended(span, failure)
  }
  const span: RunInSpan = (name, attributes, work, parent) => {
    const from = parent ? propagation.extract(context.active(), parent) : context.active()
    return tracer.startActiveSpan(name, { attributes }, from, async (active) => {
      try {
        const done = await work()
        ended(active)
        return done
      } catch (error) {
        ended(active, error)
        throw error
      }
    })
  }
  const carrier = (): TraceCarrier => {
    const headers: Record<string, string> = {}
    propagation.inject(context.active(), headers)
    return headers
  }

  return { observe, frame, statement, span, carrier }
}
