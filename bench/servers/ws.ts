import { createServer } from 'http'
import type { AddressInfo } from 'net'
import { WebSocketServer } from 'ws'
import type { Contender, Start } from '../harness/contender'
import { listen, textOf } from './shared'

/**
 * A bare server of `ws`, which sends what it is posted to all that are connected. It encodes once: the text becomes bytes before the first
 * send. `send` then makes a header of four bytes for each socket, and writes both by one `writev`. A frame that is made once, in one buffer,
 * would take a sixth less, but `ws` takes frames by `_sender.sendFrame` alone, which it does not document.
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
