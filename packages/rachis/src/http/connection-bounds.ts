import type { IncomingMessage, Server, ServerResponse } from 'http'
import type { Socket } from 'net'
import { ApiError } from '../errors/errors'
import { addressOf } from '../util/address'
import { networkOf } from '../util/network'
import { refuse } from '../util/refusal'

interface Settings {
  /** 0 for any number. */
  readonly per_address: number
  readonly trust_proxy: number
}

/** A connection has to be open to be told why it is refused. Above this multiple of the bound it is closed at once. */
const UNTOLD = 2

const tooMany = (most: number) =>
  new ApiError('TOO_MANY_REQUESTS', {
    message: `Your address has ${most} connections open already, as many as may be`,
    hint: 'Use the connections that are open, and close those that are not needed'
  })

/**
 * Bounds how many connections one address keeps open; an IPv6 address counts as its /64 network. Connections of websockets count among
 * the sockets instead. Behind trusted proxies, whose connections carry the requests of many, requests under way count in their place,
 * by the address that the proxy tells.
 */
export class ConnectionBounds {
  private readonly counts = new Map<string, number>()
  private readonly leaving = new WeakMap<object, () => void>()
  private readonly refused = new WeakSet<object>()

  constructor(private readonly settings: Settings) {}

  /** @param becomesSocket whether a request makes a websocket of its connection */
  watch(server: Server, becomesSocket: (request: IncomingMessage) => boolean) {
    const { per_address, trust_proxy } = this.settings
    if (per_address === 0 || trust_proxy > 0) return
    server.on('connection', (socket: Socket) => this.open(socket))
    server.on('upgrade', (request, socket) => {
      if (becomesSocket(request)) this.leaving.get(socket)?.()
    })
  }

  /** @returns whether a request may go on; one that may not is answered */
  admits(request: IncomingMessage, response: ServerResponse): boolean {
    const { per_address, trust_proxy } = this.settings
    if (per_address > 0 && trust_proxy > 0) this.begin(request, response)
    if (!this.refused.has(request.socket) && !this.refused.has(request)) return true
    refuse(response, tooMany(per_address))

    return false
  }

  private open(socket: Socket) {
    // One whose request offered another protocol in vain comes again.
    if (this.leaving.has(socket)) return
    const count = this.enter(addressOf({ headers: {}, socket } as IncomingMessage, 0), socket)
    socket.once('close', () => this.leaving.get(socket)!())
    if (count > UNTOLD * this.settings.per_address) socket.destroy()
    else if (count > this.settings.per_address) this.refused.add(socket)
  }

  private begin(request: IncomingMessage, response: ServerResponse) {
    const { per_address, trust_proxy } = this.settings
    const count = this.enter(addressOf(request, trust_proxy), request)
    response.once('close', () => this.leaving.get(request)!())
    if (count > per_address) this.refused.add(request)
  }

  /** @returns how many its address has with this one */
  private enter(address: string, what: object): number {
    const network = networkOf(address)
    const count = (this.counts.get(network) ?? 0) + 1
    this.counts.set(network, count)
    let isIn = true
    this.leaving.set(what, () => {
      if (isIn) this.leave(network)
      isIn = false
    })

    return count
  }

  private leave(network: string) {
    const left = this.counts.get(network)! - 1
    if (left === 0) this.counts.delete(network)
    else this.counts.set(network, left)
  }
}
