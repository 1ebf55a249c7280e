import type { Socket } from 'socket.io'
import type { Application } from '../declare/declarations'
import type { Backlog, Backlogs } from '../feed/backlog'
import { LOW } from '../feed/backlog'
import type { Stream } from '../feed/stream'
import type { Sender } from './emitter'
import type { Wire } from './wire'

/** Bytes of what a connection has asked for that may wait for it, as a multiple of what may wait of events, which stop before that. */
const AT_ONCE = 16

/**
 * The bytes that wait for one connection: in the buffer of Engine.IO, and in the write that its transport is at. An event that was written
 * without them counts once something waits behind it.
 */
class WaitingBytes {
  private buffered = 0
  private inFlight = 0

  constructor(private readonly wire: Wire) {}

  get bytes(): number {
    return this.wire.isWritable ? this.buffered : this.inFlight + this.buffered
  }

  add(bytes: number) {
    this.buffered += bytes
  }

  /** The transport takes the next write once the operating system has accepted all of the last one. */
  flushed() {
    this.inFlight = this.wire.pending + this.buffered
    this.buffered = 0
  }
}

export interface BacklogEvents {
  onOver(): void
  onDrained(): void
  onStalled(bytes: number): void
  /** It has asked for far more than it takes. */
  onFlood(bytes: number): void
}

/**
 * Bounds the memory that a connection which does not read takes: it may answer pings for ever, so no time-out finds it. Bytes are
 * counted when a packet is made, so that an event costs each of its receivers one addition.
 */
const limitBacklog = (
  { conn }: Pick<Socket, 'conn'>,
  { wire, backlogs }: { readonly wire: Wire; readonly backlogs: Backlogs },
  { onOver, onDrained, onStalled, onFlood }: BacklogEvents
): Backlog => {
  const waiting = new WaitingBytes(wire)
  const backlog: Backlog = backlogs.open({
    waiting: () => waiting.bytes,
    progress: () => waiting.bytes + wire.unwritten,
    onOver,
    onDrained,
    onStalled: () => onStalled(waiting.bytes)
  })
  const follow = () => conn.transport.on('ready', () => backlog.shrank())
  conn.on('packetCreate', ({ data }: { readonly data?: string | Buffer }) => {
    waiting.add(data?.length ?? 0)
    if (waiting.bytes <= LOW) return
    backlog.grew()
    if (waiting.bytes > AT_ONCE * backlogs.own) queueMicrotask(() => flood())
  })
  const flood = () => {
    if (waiting.bytes > AT_ONCE * backlogs.own) onFlood(waiting.bytes)
  }
  conn.on('flush', () => waiting.flushed())
  follow()
  conn.on('upgrade', follow)
  conn.on('close', () => backlog.close())

  return backlog
}

interface SlowReaderParts extends Pick<Sender, 'tell'> {
  readonly wire: Wire
}

/**
 * A connection that does not read is sent no more events until it has taken those that wait for it; then it is sent what it missed. One that
 * takes nothing for long is told so, with its place, and cut: its client reconnects by itself.
 */
export const slowReader = (app: Application, socket: Socket, { tell, wire }: SlowReaderParts) => {
  let stream: Stream | undefined
  const cut = (bytes: number) => {
    app.get('logger').warn({ bytes }, 'A socket that does not read was cut')
    terminate(socket)
  }
  const backlog = limitBacklog(
    socket,
    { wire, backlogs: app.get('backlogs') },
    {
      onOver: () => stream?.pause(),
      onDrained: () => void stream?.goOn(),
      onStalled: (bytes) => {
        if (stream) tell('slow', { position: stream.token() })
        setTimeout(() => cut(bytes), FAREWELL).unref()
      },
      onFlood: cut
    }
  )

  return { backlog, watch: (opened: Stream) => void (stream = opened) }
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
