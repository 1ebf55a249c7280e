import type { IncomingMessage, Server, ServerResponse } from 'http'
import type { Duplex } from 'stream'
import { toApiError } from '../errors/errors'
import { refuse, refuseOffer } from '../util/refusal'

const ignore = () => undefined

interface Holding {
  /** Resolves once whoever takes handshakes listens; rejects where that will never be, with what clients are told. */
  readonly whenOpen: () => Promise<unknown>
  /** Whether a request begins a socket that is polled for. */
  readonly isHandshake: (request: IncomingMessage) => boolean
}

/**
 * Has handshakes of sockets wait for the application to be set up, as other requests do. Until then socket.io does not listen: Node says
 * nothing to a connection whose upgrade nobody takes, so that its client would wait for its own time-out. Who has left meanwhile is not
 * taken: it would be a socket that nobody ends. Held upgrades count among the connections of their address.
 */
export const holdHandshakes = (server: Server, { whenOpen, isHandshake }: Holding): void => {
  const emit = server.emit.bind(server) as (event: string | symbol, ...given: unknown[]) => boolean
  let isOpen = false
  const open = () => whenOpen().then(() => void (isOpen = true))

  const holdUpgrade = (socket: Duplex, goOn: () => void) => {
    // Node has taken its own listeners away: nobody else hears that the client resets the connection, which would end the process, or ends it.
    const leave = () => socket.destroy()
    socket.on('error', ignore).once('end', leave)
    open().then(
      () => {
        socket.off('end', leave)
        if (!socket.destroyed) goOn()
      },
      (error: unknown) => refuseOffer(socket, toApiError(error))
    )
  }
  const holdRequest = (response: ServerResponse, goOn: () => void) => {
    open().then(
      () => response.destroyed || goOn(),
      (error: unknown) => refuse(response, toApiError(error))
    )
  }

  server.emit = ((event: string | symbol, ...given: unknown[]) => {
    const goOn = () => emit(event, ...given)
    if (isOpen) return goOn()
    if (event === 'upgrade') holdUpgrade(given[1] as Duplex, goOn)
    else if (event === 'request' && isHandshake(given[0] as IncomingMessage))
      holdRequest(given[1] as ServerResponse, goOn)
    else return goOn()

    return true
  }) as typeof server.emit
}
