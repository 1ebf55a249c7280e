import type { Socket } from 'socket.io-client'
import { packetOf } from '../calls'
import type { Answered, Call } from '../calls'
import { networkError, toError } from '../errors'
import type { RachisError } from '../errors'
import type { Row } from '../live/row'
import type { Handlers, OnSubscribed, Subscribed, SubscribeRequest, Transport } from './transport'

/** Milliseconds that a connection may take, and a call. */
const CONNECT_TIMEOUT = 5_000
const CALL_TIMEOUT = 30_000

/** Milliseconds after a change in which a server says `synced`, if it does. */
const SYNC_TIMEOUT = 250

interface Meta {
  readonly position?: string
  readonly tx?: string
  readonly subscription?: string
}
type Ack = (error: unknown, result?: unknown, meta?: Meta | null) => void

/** Sockets of socket.io, with the packets of Feathers' clients. It is opened once: who comes back opens another. */
class SocketTransport implements Transport {
  readonly kind = 'websocket'
  private unsynced?: ReturnType<typeof setTimeout>
  /** Calls that are not answered yet. */
  private open = 0
  private isClosing = false

  constructor(
    private readonly socket: Socket,
    private readonly handlers: Handlers
  ) {
    socket.onAny((name: string, data: unknown, meta: unknown) =>
      this.receive(name, data as Row, meta as Meta)
    )
    socket.on('disconnect', (reason) => handlers.lost(networkError(reason)))
  }

  async signIn(accessToken: string): Promise<void> {
    await this.call({ path: 'authentication', method: 'create', data: { strategy: 'jwt', accessToken } })
  }

  subscribe({ path, filter, page, after }: SubscribeRequest, done: OnSubscribed) {
    const data = after === undefined ? { query: { ...filter, ...page } } : { query: filter, after }
    this.emit({ path, method: 'subscribe', data }, (error, result) =>
      error ? done(error as RachisError) : done(undefined, result as Subscribed)
    )
  }

  unsubscribe(path: string, subscription: string) {
    // That it is not there any more is what was wanted.
    this.emit({ path, method: 'unsubscribe', data: { subscription } }, () => undefined)
  }

  call = <R>(call: Call): Promise<Answered<R>> =>
    new Promise((resolve, reject) =>
      this.emit(call, (error, result, meta) =>
        error
          ? reject(error as RachisError)
          : resolve({ result: result as R, tx: meta?.tx, position: meta?.position })
      )
    )

  /** Hears nothing any more. The socket goes once the calls that were sent are answered: whoever made them would not know whether they were done. */
  close() {
    clearTimeout(this.unsynced)
    this.socket.offAny()
    this.socket.off('disconnect')
    this.isClosing = true
    this.end()
  }

  private end() {
    if (this.isClosing && this.open === 0) this.socket.disconnect()
  }

  private emit(call: Call, done: Ack) {
    this.open++
    const ack = (failure: Error | null, error?: unknown, result?: unknown, meta?: Meta) => {
      this.open--
      this.end()
      if (failure) done(networkError(failure))
      else if (error) done(toError(error))
      else done(undefined, result, meta)
    }
    const [method, ...args] = packetOf(call)
    this.socket.timeout(CALL_TIMEOUT).emit(method as string, ...args, ack)
  }

  private receive(name: string, data: Row, meta: Meta | undefined) {
    switch (name) {
      case 'synced':
        return this.sync(data.position as string)
      case 'applied':
        return this.handlers.applied(data.tx as string)
      case 'token_expiring':
        return this.handlers.expiring()
      case 'token_expired':
        return this.handlers.expired()
    }
    const space = name.indexOf(' ')
    if (space < 0) return
    const [path, event] = [name.slice(0, space), name.slice(space + 1)]
    if (event === 'reset') return this.handlers.reset({ path, ...(meta as object) })
    this.handlers.change({ path, event, data, subscription: meta?.subscription, tx: meta?.tx })
    // Whoever waits for `synced` shows nothing until it comes.
    this.unsynced ??= setTimeout(() => this.sync(undefined), SYNC_TIMEOUT)
  }

  private sync(position: string | undefined) {
    clearTimeout(this.unsynced)
    this.unsynced = undefined
    this.handlers.synced(position)
  }
}

/** What the server said where it refused the connection; else that it was not reached. */
const refusal = (error: Error & { data?: unknown }): RachisError =>
  error.data ? toError(error.data) : networkError(error)

/** A socket has no address: it names the version of the API that the address of REST ends in. */
const versionIn = (base: string) => {
  const [, version] = /\/v(\d+)$/.exec(base) ?? []

  return version === undefined || version === '1' ? {} : { version: Number(version) }
}

/**
 * Opens a socket.
 *
 * @param base the address of REST, such as `https://api.example.com/api/v2`
 * @throws {RachisError} NETWORK where websockets do not connect, or what the server refuses it with
 */
export const openSocket = async (url: string, base: string, handlers: Handlers): Promise<Transport> => {
  const { io } = await import('socket.io-client')
  const socket = io(url, {
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    timeout: CONNECT_TIMEOUT,
    // Nothing but what is subscribed to.
    auth: { events: 'subscriptions', ...versionIn(base) }
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('connect_error', (error) => reject(refusal(error)))
  }).catch((error: unknown) => {
    socket.disconnect()
    throw error
  })

  return new SocketTransport(socket, handlers)
}
