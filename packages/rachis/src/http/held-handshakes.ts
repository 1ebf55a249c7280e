import type { IncomingMessage, Server, ServerResponse } from 'http'
import type { Duplex } from 'stream'
import { toApiError } from '../errors/errors'
import { refuse, refuseOffer } from '../util/refusal'
import { interceptEvents } from './intercepted-events'

const ignore = () => undefined

interface Holding {
  /** Resolves once whoever takes handshakes listens; rejects where that will never be. */
  readonly whenOpen: Promise<unknown>
  /** The same for one handshake, which may wait for less long; rejects with what its client is told. */
  readonly untilOpen: () => Promise<unknown>
  /** Whether a request that offers another protocol begins a socket. */
  readonly isUpgrade: (request: IncomingMessage) => boolean
  /** Whether any other begins one that is polled for. */
  readonly isPoll: (request: IncomingMessage) => boolean
}

/**
 * Has handshakes of sockets wait for the application to be set up, as other requests do. Until then socket.io does not listen: Node says
 * nothing to a connection whose upgrade nobody takes, so that its client would wait for its own time-out. Who has left meanwhile is not
 * taken: it would be a socket that nobody ends. Held upgrades count among the connections of their address.
 */
export const holdHandshakes = (server: Server, { whenOpen, untilOpen, isUpgrade, isPoll }: Holding): void => {
  const holdUpgrade = (socket: Duplex, goOn: () => boolean) => {
    // Node has taken its own listeners away: nobody else hears that the client resets the connection, which would end the process, or ends it.
    const leave = () => socket.destroy()
    socket.on('error', ignore).once('end', leave)
    untilOpen().then(
      () => {
        socket.off('end', leave)
        if (!socket.destroyed) goOn()
      },
      (error: unknown) => refuseOffer(socket, toApiError(error))
    )

    return true
  }
  const holdPoll = (response: ServerResponse, goOn: () => boolean) => {
    untilOpen().then(
      () => response.destroyed || goOn(),
      (error: unknown) => refuse(response, toApiError(error))
    )

    return true
  }

  const end = interceptEvents(server, {
    upgrade: ([request, socket], goOn) =>
      isUpgrade(request as IncomingMessage) ? holdUpgrade(socket as Duplex, goOn) : goOn(),
    request: ([request, response], goOn) =>
      isPoll(request as IncomingMessage) ? holdPoll(response as ServerResponse, goOn) : goOn()
  })
  whenOpen.then(end, ignore)
}
