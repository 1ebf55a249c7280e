import net from 'net'
import { serve } from './messages'
import { clientFrame, SOCKET_IO, upgradeRequest } from './raw-websocket'

interface Crowd {
  readonly url: string
  readonly tokens: readonly string[]
  /**
   * Whether they read: all are websockets then, which answer pings. Those that do not are streams and websockets by turns, which take nothing
   * after they were opened; when they are cut they come back, as clients do, and take nothing again.
   */
  readonly reads: boolean
  /** The address that they come from: one has 28,000 ports to one port of a server. */
  readonly from?: string
}

let open = 0
let cut = 0
/** Milliseconds after which one that was cut comes back. */
const BACK = 1000

/** Milliseconds between looks whether it was cut: who does not read only notices by writing. */
const LOOK = 500
/** What means nothing: an empty line between requests, or a pong that was not asked for. */
const NOTHING = { stream: Buffer.from('\r\n'), socket: Buffer.from([0x8a, 0x80, 0, 0, 0, 0]) }

const streamRequest = (token: string) =>
  `GET /api/v1/events?resources=products HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer ${token}\r\n\r\n`
const PING = Buffer.from([0x81, 1, 0x32])

/** Reads on, and answers pings. */
const follow = (socket: net.Socket) =>
  void socket.on('data', (data) => data.includes(PING) && socket.write(clientFrame('3')))

/** Reads nothing more. */
const stall = (socket: net.Socket, isSocket: boolean) => {
  socket.pause()
  const looking = setInterval(() => socket.write(NOTHING[isSocket ? 'socket' : 'stream']), LOOK)
  socket.on('close', () => clearInterval(looking))
}

/** Resolves once it is told of events. A websocket says that it connects after the server's first packet. */
const join = ({ url, reads, from }: Crowd, token: string, isSocket: boolean): Promise<void> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(url)
    const socket = net.connect({ host: hostname, port: Number(port), localAddress: from })
    let text = ''
    const listen = (data: Buffer) => {
      const isFirst = !text.includes('"sid"')
      text += String(data)
      if (isSocket && isFirst && text.includes('"sid"')) socket.write(clientFrame('40'))
      const isTold = isSocket ? text.includes('40{"sid"') : text.includes('event: hello')
      if (!isTold) return
      socket.off('data', listen)
      open++
      socket.on('close', () => open--)
      if (reads) follow(socket)
      else stall(socket, isSocket)
      resolve()
    }
    socket.on('data', listen)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      cut++
      resolve()
      setTimeout(() => void join({ url, reads, from, tokens: [] }, token, isSocket), BACK)
    })
    socket.write(isSocket ? upgradeRequest(SOCKET_IO, token) : streamRequest(token))
  })

const connect = async (crowd: Crowd): Promise<number> => {
  const { tokens, reads } = crowd
  for (let begin = 0; begin < tokens.length; begin += 50)
    await Promise.all(tokens.slice(begin, begin + 50).map((token, index) => join(crowd, token, reads || index % 2 === 1))) // prettier-ignore

  return open
}

serve({ connect, counts: () => ({ open, cut }), stop: () => process.exit() })
