import { createServer } from 'http'
import type { AddressInfo } from 'net'
import { WebSocketServer } from 'ws'
import type { Contender, Start } from '../harness/contender'
import { listen, textOf } from './shared'

/**
 * A bare server of `ws`, which sends what it is posted to all that are connected. It encodes once: the text becomes bytes before the
 * first send. `send` then makes a header of four bytes for each socket. `WebSocket.Sender.frame` would make that once too, as Socket.IO
 * does, but only through `_sender.sendFrame`, which `ws` does not document and nobody would write by hand.
 */
export const start: Start = async (): Promise<Contender> => {
  const http = createServer(async (request, response) => {
    const bytes = Buffer.from(await textOf(request))
    for (const socket of sockets.clients) socket.send(bytes, { binary: false })
    response.end()
  })
  const sockets = new WebSocketServer({ server: http })
  const { port } = (await listen(http)).address() as AddressInfo

  return {
    url: `http://127.0.0.1:${port}`,
    tokens: async (ids) => ids.map(() => ''),
    stop: async () => void http.close()
  }
}
