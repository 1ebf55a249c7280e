import { randomUUID } from 'crypto'
import type { IncomingMessage } from 'http'
import type { Server, ServerOptions } from 'socket.io'
import { networkOf } from '../util/network'
import { addressOf } from '../util/address'
import { boundPackets } from './packet-bounds'
import type { PacketSource } from './packet-bounds'
import { ApiError } from '../errors/errors'

interface SocketSettings {
  /** Connections of one address. */
  readonly per_address: number
  /** Connections that are not signed in, of all addresses. */
  readonly unsigned: number
}

/** What is used of an Engine.IO server and of its connections. */
type Engine = Pick<Server['engine'], 'clientsCount' | 'on'>
interface RawSocket extends PacketSource {
  readonly request: IncomingMessage
  once(event: 'close', listener: () => void): void
}

/** A connection has to be open before it can be told why it is refused. Beyond so many times the bound none is opened. */
const UNTOLD = 2

const full = (message: string, hint: string) =>
  Object.assign(new ApiError('TOO_MANY_REQUESTS', { message, hint }), { trace_id: randomUUID() })

/**
 * Bounds how many connections one address, and all callers that are not signed in, keep open in this process. Of IPv6 an address is a network of 2⁶⁴. A connection counts
 * from its Engine.IO handshake on, so one that never joins a namespace of Socket.IO counts as well.
 *
 * @example
 * const bounds = new SocketBounds({ per_address: 2000, unsigned: 10_000 }, 1)
 * const io = new Server(http, { allowRequest: bounds.allowRequest })
 * bounds.watch(io.engine)
 */
export class SocketBounds {
  private readonly byNetwork = new Map<string, number>()
  private engine?: Engine
  /** Connections of other transports. */
  private others = 0

  /**
   * @param settings connections that one address may have open, and that may be open without being signed in
   * @param proxies in front, as `addressOf` takes them
   */
  constructor(
    private readonly settings: SocketSettings,
    private readonly proxies: number
  ) {}

  /** For socket.io's option of this name, which is asked before a connection is opened. */
  readonly allowRequest: NonNullable<ServerOptions['allowRequest']> = (request, done) => {
    const isAllowed = this.countOf(request) < UNTOLD * this.settings.per_address
    done(isAllowed ? null : 'Your address has too many sockets open', isAllowed)
  }

  /** @param onCut is called for a connection that was cut since it sent too many packets */
  watch(engine: Engine, onCut: () => void = () => {}) {
    this.engine = engine
    engine.on('connection', (socket: RawSocket) => {
      boundPackets(socket, onCut)
      const network = this.networkOf(socket.request)
      this.add(network, 1)
      socket.once('close', () => this.add(network, -1))
    })
  }

  /** Counts a connection of another transport. @returns what counts it as gone */
  open(request: IncomingMessage): () => void {
    const network = this.networkOf(request)
    this.add(network, 1)
    this.others++

    return () => {
      this.add(network, -1)
      this.others--
    }
  }

  /**
   * Why an open connection may not join, which its client is told as its connect_error; undefined where it may.
   *
   * @param signedIn how many connections are signed in
   */
  refusalOf(request: IncomingMessage, isSignedIn: boolean, signedIn: number): ApiError | undefined {
    const { per_address, unsigned } = this.settings
    if (this.countOf(request) > per_address)
      return full(
        `Your address has ${per_address} connections open already, as many as may be`,
        'Close some of them. If everybody seems to come from one address, the server does not know of the proxy in front: trust_proxy'
      )
    if (!isSignedIn && (this.engine?.clientsCount ?? 0) + this.others - signedIn > unsigned)
      return full(
        `There are ${unsigned} connections that are not signed in, as many as may be`,
        'Sign in with the handshake, or try again later'
      )

    return undefined
  }

  private networkOf(request: IncomingMessage): string {
    return networkOf(addressOf(request, this.proxies))
  }

  private countOf(request: IncomingMessage): number {
    return this.byNetwork.get(this.networkOf(request)) ?? 0
  }

  private add(network: string, difference: number) {
    const count = (this.byNetwork.get(network) ?? 0) + difference
    if (count === 0) this.byNetwork.delete(network)
    else this.byNetwork.set(network, count)
  }
}
