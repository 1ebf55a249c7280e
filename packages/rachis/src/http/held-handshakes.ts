import type { IncomingMessage, Server, ServerResponse } from 'http'
import type { Duplex } from 'stream'
import { ApiError } from '../errors/errors'
import { refuse, refuseOffer } from '../util/refusal'

const ignore = () => undefined

const notServed = () => new ApiError('UNAVAILABLE', { headers: { 'Retry-After': '2' } })

interface Holding {
  /** Resolves once whoever takes handshakes listens; rejects where that will never be. */
  readonly whenOpen: () => Promise<unknown>
  readonly isHandshake: (request: IncomingMessage) => boolean
}

/**
 * Has handshakes of sockets wait for the application to be set up, as other requests do. The server listens before that, and socket.io does
 * not: Node says nothing to a connection whose upgrade nobody takes, so that its client would wait until its own time-out.
 */
export const holdHandshakes = (server: Server, { whenOpen, isHandshake }: Holding): void => {
  const emit = server.emit.bind(server) as (event: string | symbol, ...given: unknown[]) => boolean
  let isOpen = false
  const opened = () => whenOpen().then(() => (isOpen = true))

  const holdUpgrade = (socket: Duplex, goOn: () => void) => {
    // Node has taken its own listener away: a client that resets the connection would end the process.
    socket.on('error', ignore)
    opened().then(
      () => socket.destroyed || goOn(),
      () => refuseOffer(socket, notServed())
    )
  }
  const holdRequest = (response: ServerResponse, goOn: () => void) => {
    opened().then(goOn, () => refuse(response, notServed()))
  }

  server.emit = ((event: string | symbol, ...given: unknown[]) => {
    const isHeld = !isOpen && (event === 'upgrade' || event === 'request')
    const goOn = () => emit(event, ...given)
    if (!isHeld || !isHandshake(given[0] as IncomingMessage)) return goOn()
    if (event === 'upgrade') holdUpgrade(given[1] as Duplex, goOn)
    else holdRequest(given[1] as ServerResponse, goOn)

    return true
  }) as typeof server.emit
}
