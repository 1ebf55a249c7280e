import type { Server, Socket } from 'socket.io'
import { Encoder, PacketType } from 'socket.io-parser'
import { LOW } from '../feed/backlog'
import type { Wire } from './wire'

/** A socket that is sent events. */
export interface Target {
  readonly socket: Socket
  readonly wire: Pick<Wire, 'write'>
}

/** An event as Socket.IO writes it, and as one frame. */
interface Encoded {
  readonly text: string
  readonly frame: Buffer
  /** By which Engine.IO gives the frame to its transport. */
  readonly options: object
}

/** Engine.IO's packet type of a message, as a character. */
const MESSAGE = '4'
/** The first byte of a frame that holds all of a text. */
const TEXT = 0x81

const headerOf = (length: number): Buffer => {
  if (length < 126) return Buffer.from([TEXT, length])
  const header = Buffer.alloc(length < 65_536 ? 4 : 10)
  header.set([TEXT, header.length === 4 ? 126 : 127])
  header.writeUIntBE(length, header.length === 4 ? 2 : 4, header.length === 4 ? 2 : 6)

  return header
}

/** The frame of a text that a server sends (RFC 6455, 5.2). It is one buffer, so that one `write` sends it: `ws` sends a header and its data by `writev`, which takes longer. */
const frameOf = (text: string): Buffer => {
  const data = Buffer.from(text)
  return Buffer.concat([headerOf(data.length), data])
}

const encode = (encoder: Encoder, data: readonly unknown[]): Encoded | undefined => {
  const [text, ...attachments] = encoder.encode({ type: PacketType.EVENT, nsp: '/', data }) as unknown[]
  if (typeof text !== 'string' || attachments.length > 0) return undefined
  const frame = frameOf(MESSAGE + text)

  // Socket.IO's adapter hands frames to Engine.IO by the same option. A transport that has no use for it encodes the text itself.
  return { text, frame, options: { compress: true, wsPreEncodedFrame: [frame] } }
}

const send = ({ socket, wire }: Target, { text, frame, options }: Encoded) => {
  if (text.length > LOW || !wire.write(frame)) socket.conn.write(text, options)
}

/**
 * Sends an event to many sockets, encoded and framed once for all of them. `io.to(ids)` does that too, but looks each socket up by its
 * room, and Engine.IO emits six events for each packet: together more than what the operating system takes to send it. So the frame is written
 * to the connection of a websocket that has taken everything before. Whatever is larger, has to wait or goes by another transport takes the
 * usual way through the buffer of its connection.
 */
export const broadcaster = (io: Server) => {
  const encoder = new Encoder()

  return (targets: readonly Target[], name: string, ...data: readonly object[]) => {
    const encoded = encode(encoder, [name, ...data])
    for (const target of targets) {
      const { socket } = target
      if (!socket.connected) continue
      // Only `emit` calls the listeners that an application has for what is sent.
      if (!encoded || socket.listenersAnyOutgoing().length > 0) io.to(socket.id).emit(name, ...data)
      else send(target, encoded)
    }
  }
}
