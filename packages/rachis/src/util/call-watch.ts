import type { IncomingMessage, ServerResponse } from 'http'

/** A request or a call over a socket that somebody watches. What nobody has said of it yet is undefined. */
export interface WatchedCall {
  readonly transport: 'rest' | 'socketio'
  /** Of HTTP; over sockets the method of the service. */
  readonly method: string
  /** The declared route or the service, of which there are so many as are declared. */
  route?: string
  trace_id?: string
  address?: string
  user_id?: number | string
  /** The records of the answer. */
  rows?: number
  /** Where its client has gone before it had the answer. */
  isAborted?: boolean
  /** What was sent with the request, for a trace that began elsewhere. */
  readonly headers?: IncomingMessage['headers']
}

/** Is told of each call when it begins; the answer is called when it ends, with its status and how many milliseconds it took. */
export type CallObserver = (call: WatchedCall) => (status: number, milliseconds: number) => void

/** Runs the work of a call, such as within the span of a trace. */
export type CallFrame = <T>(call: WatchedCall, work: () => T) => T

export interface CallWatchOptions {
  readonly observers: readonly CallObserver[]
  readonly frame?: CallFrame
}

/**
 * Tells observers of requests and socket calls. Where nobody observes there is none, so that calls cost nothing more.
 *
 * @example
 * const watch = new CallWatch({ observers: [(call) => (status, ms) => console.log(call.route, status, ms)] })
 */
export class CallWatch {
  private readonly requests = new WeakMap<IncomingMessage, WatchedCall>()

  constructor(private readonly options: CallWatchOptions) {}

  /** Watches a request until its answer is sent, or its connection is gone: then its status is 499, as nginx writes it, whatever was to be answered. */
  http(request: IncomingMessage, response: ServerResponse): WatchedCall {
    const { method = '', headers } = request
    const call: WatchedCall = { transport: 'rest', method, headers }
    this.requests.set(request, call)
    const end = this.begin(call)
    response.once('close', () => {
      call.isAborted = !response.writableFinished
      end(call.isAborted ? 499 : response.statusCode)
    })

    return call
  }

  /** What is watched of this request. */
  of(request: IncomingMessage): WatchedCall | undefined {
    return this.requests.get(request)
  }

  /** Watches a call; the answer is to be called once it is done. */
  begin(call: WatchedCall): (status: number) => void {
    const since = performance.now()
    const ends = this.options.observers.map((observe) => observe(call))

    return (status) => {
      const milliseconds = performance.now() - since
      for (const end of ends) end(status, milliseconds)
    }
  }

  /** Runs the work of a call as those who observe it want it to be run. */
  run<T>(call: WatchedCall, work: () => T): T {
    return this.options.frame ? this.options.frame(call, work) : work()
  }
}

const LISTS = ['data', 'results'] as const

/**
 * How many records an answer has.
 *
 * @example rowsOf({ total: 9, data: [{ id: 1 }, { id: 2 }] }) // 2
 */
export const rowsOf = (result: unknown): number => {
  if (Array.isArray(result)) return result.length
  if (typeof result !== 'object' || result === null) return 0
  const list = LISTS.map((name) => (result as Record<string, unknown>)[name]).find(Array.isArray)

  return list ? list.length : 1
}
