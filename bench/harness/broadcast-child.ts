import { once } from 'events'
import net from 'net'
import { serve } from './messages'
import { clientFrame, SOCKET_IO, upgradeRequest } from './raw-websocket'

/** Websockets that all receive the same numbered events. */
export interface Audience {
  readonly url: string
  /** As many as there are sockets; of the bare server, which asks for none, they are not sent. */
  readonly tokens: readonly string[]
  readonly isSocketIo: boolean
}

const AT_ONCE = 50
/** Milliseconds in which an event comes to all. */
const PATIENCE = 30_000
/** The number of an event, in the record that it tells of. */
const NUMBER = /"stock_quantity":(\d+)/
const problems: string[] = []
let event = ''
/** The number of the event that is awaited, how many sockets have it, and what is done once all do. */
let [awaited, having, connected] = [0, 0, 0]
let done = () => {}

/** Calls back with the text of each frame of a server, which is not masked and shorter than 65,536 bytes. */
const readFrames = (onText: (text: string) => void) => {
  let rest: Buffer = Buffer.alloc(0)

  return (data: Buffer) => {
    rest = rest.length > 0 ? Buffer.concat([rest, data]) : data
    while (rest.length >= 4) {
      const isShort = rest[1]! < 126
      const [begin, length] = isShort ? [2, rest[1]!] : [4, rest.readUInt16BE(2)]
      if (rest.length < begin + length) return
      onText(rest.toString('utf8', begin, begin + length))
      rest = rest.subarray(begin + length)
    }
  }
}

/** Counts what one socket receives: each number once, one behind the other. */
const follow = () => {
  let last: number | undefined

  return (text: string) => {
    const number = Number(NUMBER.exec(text)?.[1] ?? NaN)
    if (Number.isNaN(number)) return
    if (number !== (last ?? awaited - 1) + 1) problems.push(`Event ${number} came after ${last ?? 'none'}`)
    last = number
    event = text
    if (number === awaited && ++having === connected) done()
  }
}

/** Resolves once it is told of events, which a client of Socket.IO is after it has said that it connects. */
const join = async ({ url, isSocketIo }: Audience, token: string): Promise<void> => {
  const { hostname, port } = new URL(url)
  const socket = net.connect({ host: hostname, port: Number(port) })
  socket.setNoDelay(true)
  socket.on('close', () => problems.push('A socket was closed'))
  socket.write(isSocketIo ? upgradeRequest(SOCKET_IO, token) : upgradeRequest('/'))
  let text = ''
  while (!text.includes(isSocketIo ? '"sid"' : '\r\n\r\n')) text += String((await once(socket, 'data'))[0])
  if (!text.startsWith('HTTP/1.1 101')) throw new Error(`A socket was answered ${text}`)
  if (isSocketIo) {
    socket.write(clientFrame('40'))
    while (!text.includes('40{"sid"')) text += String((await once(socket, 'data'))[0])
  }
  socket.on('data', readFrames(follow()))
  connected++
}

const connect = async (audience: Audience): Promise<number> => {
  const { tokens } = audience
  for (let from = 0; from < tokens.length; from += AT_ONCE)
    await Promise.all(tokens.slice(from, from + AT_ONCE).map((token) => join(audience, token)))

  return connected
}

/** To be called before the event of this number is made. */
const expect = (number: number) => {
  awaited = number
  having = 0
}

/** Resolves once all sockets have the event that is expected. */
const all = (): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`${having} of ${connected} sockets have event ${awaited}`)),
      PATIENCE
    )
    done = () => {
      clearTimeout(timer)
      resolve()
    }
    if (having === connected) done()
  })

serve({ connect, expect, all, event: () => event, problems: () => problems })
