import type { Socket as TcpSocket } from 'net'
import type { Socket } from 'socket.io'
import { unwritten } from '../feed/backlog'

type Conn = Socket['conn']
type Transport = Conn['transport']

/** What a transport of Engine.IO has that is a websocket. `_socket` is not documented by `ws`; Engine.IO uses it too. */
interface Websocket {
  readonly socket?: { readonly _socket?: TcpSocket }
  readonly perMessageDeflate?: object | null
}

const tcpOf = (transport: Transport): TcpSocket | undefined =>
  (transport as unknown as Websocket).socket?._socket

/** A websocket that compresses keeps messages back for that, which a frame that is written past it would overtake. */
const isPlain = (transport: Transport): boolean =>
  transport.name === 'websocket' && !(transport as unknown as Websocket).perMessageDeflate

/**
 * What carries the packets of one socket: the transport of Engine.IO, and the TCP socket below it. Both are looked up once, and again where
 * the transport is upgraded, since an event asks for them once for each socket that it is sent to.
 */
export class Wire {
  private transport!: Transport
  private tcp?: TcpSocket
  /** The same where frames may be written to it. */
  private plain?: TcpSocket

  constructor(private readonly conn: Conn) {
    this.take(conn.transport)
    conn.on('upgrade', (transport: Transport) => this.take(transport))
  }

  private take(transport: Transport) {
    this.transport = transport
    this.tcp = tcpOf(transport)
    this.plain = isPlain(transport) ? this.tcp : undefined
  }

  /** Whether the transport takes what it is given at once, and Engine.IO keeps nothing back. */
  get isWritable(): boolean {
    return this.transport.writable
  }

  /** Bytes that Node was given and the operating system has not accepted all of yet. */
  get pending(): number {
    return this.tcp?.writableLength ?? 0
  }

  /** A number that changes whenever the operating system takes some. */
  get unwritten(): number {
    return unwritten(this.tcp)
  }

  /**
   * Writes a frame at once, where nothing waits for the transport and all before it is written: it goes behind that, and what is sent
   * later goes behind it. Engine.IO is not told, as nothing waits for the end of such a write: where the operating system does not accept all
   * of it, whatever comes next takes the usual way and waits for that.
   *
   * @returns whether it was written
   */
  write(frame: Buffer): boolean {
    const { plain } = this
    if (!plain || !this.transport.writable || this.conn.readyState !== 'open') return false
    if (plain.writableLength > 0 || !plain.writable) return false
    plain.write(frame)

    return true
  }
}
