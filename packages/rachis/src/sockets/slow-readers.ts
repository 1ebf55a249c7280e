import type { Socket } from 'socket.io'

/** Milliseconds that a connection may take nothing before the bytes that wait for it count. */
const STALL = 1000
const CHECK = STALL + 50
/** Above this multiple of the limit a connection is cut at once. A list that was requested may be larger than events, which are not requested. */
const AT_ONCE = { events: 8, answers: 16 }

interface Packet {
  readonly type: string
  readonly data?: string | Buffer
}
type Kind = keyof typeof AT_ONCE
/** Socket.io's packet type of an acknowledgement is the first character of what Engine.IO sends. */
const kindOf = ({ data }: Packet): Kind =>
  typeof data === 'string' && data.startsWith('3') ? 'answers' : 'events'

/**
 * Bounds the memory that a connection which does not read takes: it may answer pings for ever, so no time-out finds it. Bytes are
 * counted when a packet is made and the count is reset when the transport takes them, so that an event costs each of its receivers
 * one addition. `cut` is called once, with the number of bytes that wait.
 *
 * @param limit bytes of events that may wait for a connection that takes nothing for a second
 */
export const limitBacklog = ({ conn }: Pick<Socket, 'conn'>, limit: number, cut: (bytes: number) => void) => {
  const waiting: Record<Kind, number> = { events: 0, answers: 0 }
  let takenAt = Date.now()
  let timer: NodeJS.Timeout | undefined
  let isCut = false

  const check = () => {
    const isStalled = waiting.events > limit && takenAt + STALL <= Date.now()
    const isTooMuch = (['events', 'answers'] as const).some((kind) => waiting[kind] > AT_ONCE[kind] * limit)
    if (isCut || (!isStalled && !isTooMuch)) return
    isCut = true
    cut(waiting.events + waiting.answers)
  }
  const checkAgain = () => {
    timer = undefined
    check()
  }
  conn.on('packetCreate', (packet: Packet) => {
    waiting[kindOf(packet)] += packet.data?.length ?? 0
    if (waiting.events + waiting.answers <= limit) return
    // A transport that takes the packet at once does so before this microtask runs.
    queueMicrotask(check)
    timer ??= setTimeout(checkAgain, CHECK).unref()
  })
  // The transport takes more once the operating system has accepted everything that it took before.
  conn.on('flush', () => {
    waiting.events = waiting.answers = 0
    takenAt = Date.now()
  })
  conn.on('close', () => clearTimeout(timer))
}

/** Milliseconds that a dismissed connection has to take its last answer. */
const FAREWELL = 1000

/** Ends a connection once its last answer is sent. Nothing more is read from it, since everything that it has sent ahead would be parsed. */
export const dismiss = (socket: Pick<Socket, 'conn'>) => {
  const { conn } = socket
  const { socket: websocket } = conn.transport as unknown as { socket?: { pause?: () => void } }
  conn.close()
  websocket?.pause?.()
  setTimeout(() => terminate(socket), FAREWELL).unref()
}

/** Ends a connection at once. An orderly close would wait for a client that does not read. */
export const terminate = ({ conn }: Pick<Socket, 'conn'>) => {
  const { socket } = conn.transport as unknown as { socket?: { terminate?: () => void } }
  if (socket?.terminate) socket.terminate()
  else conn.close(true)
}
