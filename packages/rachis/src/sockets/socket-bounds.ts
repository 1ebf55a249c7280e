import { randomUUID } from 'crypto'
import type { IncomingMessage } from 'http'
import type { Server } from 'socket.io'
import { networkOf } from '../util/network'
import { addressOf } from '../util/address'
import { boundPackets } from './packet-bounds'
import type { PacketSource } from './packet-bounds'
import { ApiError } from '../errors/errors'

interface SocketSettings {
  /** The number of connections that one address may have. */
  readonly per_address: number
  /** The number of connections of all addresses that may be open without being signed in. */
  readonly unsigned: number
}

/** The part of an Engine.IO server and of its connections that is used here. */
type Engine = Pick<Server['engine'], 'clientsCount' | 'on'>
interface RawSocket extends PacketSource {
  readonly request: IncomingMessage
  once(event: 'close', listener: () => void): void
}

/** A connection has to be open to receive the reason of its refusal. Above this multiple of the bound it is not opened at all. */
const UNTOLD = 2

/** Seconds after which somebody else may have closed theirs. */
const RETRY_AFTER = '60'

const full = (message: string, hint: string) =>
  Object.assign(new ApiError('TOO_MANY_REQUESTS', { message, hint, headers: { 'Retry-After': RETRY_AFTER } }), { trace_id: randomUUID() }) // prettier-ignore

/**
 * Bounds how many connections one address, and all callers that are not signed in, keep open in this process. An IPv6 address counts as its /64
 * network. A connection counts from its Engine.IO handshake on, so one that never joins a namespace of Socket.IO counts as well.
 *
 * @example
 * const bounds = new SocketBounds({ per_address: 2000, unsigned: 10_000 }, 1)
 * const io = new Server(http, { allowRequest: admitHandshakes(app, bounds) })
 * bounds.watch(io.engine)
 */
export class SocketBounds {
  private readonly byNetwork = new Map<string, number>()
  private engine?: Engine
  /** The number of open connections of other transports. */
  private others = 0

  /**
   * @param settings the two bounds
   * @param proxies the number of trusted proxies in front, as in `addressOf`
   */
  constructor(
    private readonly settings: SocketSettings,
    private readonly proxies: number
  ) {}

  /** The reason why a connection is not opened at all; undefined where it is. */
  handshakeRefusal(request: IncomingMessage): ApiError | undefined {
    return this.countOf(request) < UNTOLD * this.settings.per_address ? undefined : this.ofAddress()
  }

  /** @param onCut called for a connection that was cut because it sent too many packets */
  watch(engine: Engine, onCut: () => void = () => {}) {
    this.engine = engine
    engine.on('connection', (socket: RawSocket) => {
      boundPackets(socket, onCut)
      const network = this.networkOf(socket.request)
      this.add(network, 1)
      socket.once('close', () => this.add(network, -1))
    })
  }

  /** Counts a connection of another transport. @returns a function that counts it as closed */
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
   * The reason why an open connection may not join, which its client receives as its connect_error; undefined where it may.
   *
   * @param signedIn the number of connections that are signed in
   */
  refusalOf(request: IncomingMessage, isSignedIn: boolean, signedIn: number): ApiError | undefined {
    const { per_address, unsigned } = this.settings
    if (this.countOf(request) > per_address) return this.ofAddress()
    if (!isSignedIn && (this.engine?.clientsCount ?? 0) + this.others - signedIn > unsigned)
      return full(
        `There are ${unsigned} connections that are not signed in, as many as may be`,
        'Sign in with the handshake, or try again later'
      )

    return undefined
  }

  private ofAddress(): ApiError {
    return full(
      `Your address has ${this.settings.per_address} connections open already, as many as may be`,
      'Close some of them. If everybody seems to come from one address, the server does not know of the proxy in front: trust_proxy'
    )
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
