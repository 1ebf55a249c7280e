import { once } from 'events'
import { Server } from 'http'
import type { IncomingMessage, RequestListener, ServerOptions, ServerResponse } from 'http'
import type { Socket } from 'net'

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
  private readonly sockets = new Set<Socket>()
  private readonly unanswered = new Map<ServerResponse, Socket>()
  /** The newest response of a connection, which says that the connection ends; earlier ones must not. */
  private readonly last = new Map<Socket, ServerResponse>()
  private isDraining = false
  private mayCloseIdle = false

  constructor(options: ServerOptions<Request>, handle: RequestListener<Request>) {
    super(options)
    this.on('connection', (socket: Socket) => this.track(socket))
    this.on('request', (request, response) => {
      if (this.admit(response, request.socket)) handle(request, response)
    })
  }

  override close(callback?: (error?: Error) => void): this {
    if (this.isDraining) return super.close(callback)
    this.isDraining = true
    for (const [response, socket] of this.unanswered) this.endAfter(response, socket)
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

  /** Node calls this as well, at the beginning of `close`. */
  override closeIdleConnections() {
    if (this.isDraining && !this.mayCloseIdle) return
    super.closeIdleConnections()
    // A browser's spare connection, which Node takes for one that is about to send a request.
    for (const socket of this.sockets) if (socket.bytesRead === 0) socket.destroy()
  }

  /** Ends every connection, also those that have become websockets. */
  cut() {
    for (const socket of this.sockets) socket.destroy()
  }

  /** Resolves once all requests that were read from this connection are answered. */
  async answered(socket: Socket): Promise<void> {
    for (const [response, own] of this.unanswered) if (own === socket) await once(response, 'close')
  }

  private closeIdleNow() {
    this.mayCloseIdle = true
    this.closeIdleConnections()
  }

  private track(socket: Socket) {
    this.sockets.add(socket)
    socket.once('close', () => {
      this.sockets.delete(socket)
      this.last.delete(socket)
    })
  }

  /** False for a request behind an answer that has said `Connection: close`: it must not be executed, since it gets no answer. */
  private admit(response: ServerResponse, socket: Socket): boolean {
    if (this.last.get(socket)?.headersSent) return false
    this.unanswered.set(response, socket)
    response.once('close', () => this.unanswered.delete(response))
    if (this.isDraining) this.endAfter(response, socket)

    return true
  }

  private endAfter(response: ServerResponse, socket: Socket) {
    const before = this.last.get(socket)
    if (before && !before.headersSent) before.shouldKeepAlive = true
    if (response.headersSent) return
    response.shouldKeepAlive = false
    this.last.set(socket, response)
  }
}
