import { once } from 'events'
import { Server } from 'http'
import type { IncomingMessage, RequestListener, ServerOptions, ServerResponse } from 'http'
import type { Socket } from 'net'
import { Pipeline } from './pipeline'

/** Milliseconds between looks for connections that have become idle. */
const LOOK = 50

/**
 * An HTTP server whose `close` loses no answer. It takes no new connections; every request that has arrived, also one that arrives on
 * a connection kept alive, is answered, the last one of each connection with `Connection: close`. Node's own `close` ends idle
 * connections while a request may be on its way to them, and keeps busy ones alive after their answer.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-9.6
 */
export class DrainingServer<Request extends typeof IncomingMessage> extends Server<Request> {
  /** Milliseconds after which connections are cut, whatever they do. */
  grace = 10_000
  /** Milliseconds that idle connections are kept for requests that are on their way when the server is closed. */
  linger = 0
  /** What has arrived on each connection and is not answered. */
  readonly pipelines = new Map<Socket, Pipeline>()
  /** The newest response of a connection, which says that the connection ends; earlier ones must not. */
  private readonly last = new Map<Socket, ServerResponse>()
  private isDraining = false
  private mayCloseIdle = false

  constructor(options: ServerOptions<Request>, handle: RequestListener<Request>) {
    super(options)
    this.on('connection', (socket: Socket) => this.track(socket))
    this.on('request', (request, response) => {
      const { socket } = request
      if (!this.mayAnswer(socket)) return
      if (this.isDraining) this.endAfter(response, socket)
      this.pipelines.get(socket)?.add(response, () => {
        if (this.mayAnswer(socket, response)) handle(request, response)
      })
    })
  }

  override close(callback?: (error?: Error) => void): this {
    if (this.isDraining) return super.close(callback)
    this.isDraining = true
    if (!this.listening) return this.closeUnopened(callback)
    for (const { socket, unanswered } of this.pipelines.values())
      for (const response of unanswered) this.endAfter(response, socket)
    const timers = [
      // What has arrived meanwhile is read before any connection counts as idle.
      setTimeout(() => setImmediate(() => this.closeIdleNow()), this.linger),
      setInterval(() => this.closeIdleConnections(), LOOK),
      setTimeout(() => this.cut(), this.grace)
    ]
    for (const timer of timers) timer.unref()
    this.once('close', () => timers.forEach((timer) => clearTimeout(timer)))

    return super.close(callback)
  }

  /** One that does not listen yet has nothing to answer; Node would call that an error. */
  private closeUnopened(callback?: () => void): this {
    this.once('listening', () => super.close())
    if (callback) this.once('close', () => callback())

    return super.close()
  }

  /** Node calls this as well, at the beginning of `close`. */
  override closeIdleConnections() {
    if (this.isDraining && !this.mayCloseIdle) return
    super.closeIdleConnections()
    // A browser's spare connection, which Node takes for one that is about to send a request.
    for (const socket of this.pipelines.keys()) if (socket.bytesRead === 0) socket.destroy()
  }

  /** Ends every connection, also those that have become websockets. */
  cut() {
    for (const socket of this.pipelines.keys()) socket.destroy()
  }

  /** Resolves once all requests that were read from this connection are answered. */
  async answered(socket: Socket): Promise<void> {
    for (const response of this.pipelines.get(socket)?.unanswered ?? []) await once(response, 'close')
  }

  private closeIdleNow() {
    this.mayCloseIdle = true
    this.closeIdleConnections()
  }

  private track(socket: Socket) {
    // A request that offers another protocol hands its connection over, which is then given back.
    if (this.pipelines.has(socket)) return
    this.pipelines.set(socket, new Pipeline(socket))
    socket.once('close', () => {
      this.pipelines.delete(socket)
      this.last.delete(socket)
    })
  }

  /** False for a request behind an answer that has said `Connection: close`: it must not be executed, since it gets no answer. */
  private mayAnswer(socket: Socket, response?: ServerResponse): boolean {
    const last = this.last.get(socket)
    return last === response || last?.headersSent !== true
  }

  private endAfter(response: ServerResponse, socket: Socket) {
    const before = this.last.get(socket)
    if (before && !before.headersSent) before.shouldKeepAlive = true
    if (response.headersSent) return
    response.shouldKeepAlive = false
    this.last.set(socket, response)
  }
}
