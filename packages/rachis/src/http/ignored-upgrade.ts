import type { IncomingMessage } from 'http'
import type { Socket } from 'net'
import type { DrainingServer } from './draining-server'
import { interceptEvents } from './intercepted-events'

/** The request as it came, without the header that offers another protocol. */
const withoutOffer = ({ method, url, httpVersion, rawHeaders }: IncomingMessage): Buffer => {
  const lines = rawHeaders.flatMap((name, index) => {
    const isName = index % 2 === 0 && name.toLowerCase() !== 'upgrade'
    return isName ? [`${name}: ${rawHeaders[index + 1]}`] : []
  })

  return Buffer.from([`${method} ${url} HTTP/${httpVersion}`, ...lines, '', ''].join('\r\n'), 'latin1')
}

/**
 * Answers requests that offer another protocol as if they had not (RFC 9110, section 7.8), but for those that `isTaken` says are
 * for a listener of `upgrade`. Java's HttpClient, for one, offers h2c with the first request of each connection.
 *
 * Node hands the connection over with such a request, together with what was received behind it: its body, and the requests that
 * were sent ahead. Ignored by its parser, the offer would lose those. So the connection is given back to Node from the request on,
 * once the requests before it are answered: their answers would otherwise mix with its own.
 *
 * @see https://nodejs.org/api/http.html#event-upgrade
 */
export const ignoreUpgrades = <Request extends typeof IncomingMessage>(
  server: DrainingServer<Request>,
  isTaken: (request: IncomingMessage) => boolean
): void => {
  const giveBack = async (request: IncomingMessage, socket: Socket, rest: Buffer) => {
    // Node has taken its own listener away.
    socket.on('error', ignore)
    await server.answered(socket)
    if (socket.destroyed || !socket.writable) return
    socket.off('error', ignore)
    socket.unshift(Buffer.concat([withoutOffer(request), rest]))
    server.emit('connection', socket)
  }

  interceptEvents(server, {
    upgrade(given, goOn) {
      const [request, socket, rest] = given as [IncomingMessage, Socket, Buffer]
      if (isTaken(request)) return goOn()
      void giveBack(request, socket, rest)

      return true
    }
  })
}

const ignore = () => undefined
