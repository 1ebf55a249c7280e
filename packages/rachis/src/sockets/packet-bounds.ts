import { terminate } from './slow-readers'

const SECOND = 1000
/** Packets of one connection that are read within one turn of the event loop, and in one request of polling. */
const MAX_AT_ONCE = 2000
/** Packets within a second that are not calls, such as pings. A client sends one of them now and then. */
const MAX_OTHERS = 100
const SEPARATOR = '\x1e'

interface Packet {
  readonly type: string
  readonly data?: unknown
}
interface PollingTransport {
  readonly name: string
  onData?: (data: unknown) => void
}
/** The part of an Engine.IO connection that is used here. */
export interface PacketSource {
  readonly transport: PollingTransport
  on(event: 'packet', listener: (packet: Packet) => void): void
}

/** Socket.IO's packet type 2 is a call, and 5 is a call with bytes. */
const isCall = ({ type, data }: Packet) =>
  type === 'message' && typeof data === 'string' && /^[25]/.test(data)

const hasMoreThan = (limit: number, text: string): boolean => {
  let index = -1
  for (let count = 1; count <= limit; count++) {
    index = text.indexOf(SEPARATOR, index + 1)
    if (index === -1) return false
  }

  return true
}

/** A polling request is split into all of its packets before the first one is emitted, so it is measured before that. */
const boundPayload = (source: PacketSource, cut: () => void) => {
  const { transport } = source
  const { onData } = transport
  if (transport.name !== 'polling' || !onData) return
  transport.onData = (data) => {
    if (typeof data === 'string' && hasMoreThan(MAX_AT_ONCE, data)) cut()
    else onData.call(transport, data)
  }
}

/**
 * Bounds the packets that one connection sends, from its handshake on. Each costs its parsing and an answer, and 1 MB has room for
 * 200,000 of them.
 *
 * @param onCut is called once, when the connection has been cut
 */
export const boundPackets = (source: PacketSource, onCut: () => void): void => {
  let inTurn = 0
  let others = 0
  let since = 0
  let isCut = false
  const cut = () => {
    if (isCut) return
    isCut = true
    terminate({ conn: source as never })
    onCut()
  }
  const countOther = () => {
    const now = Date.now()
    if (now - since >= SECOND) [since, others] = [now, 0]
    others += 1
  }
  source.on('packet', (packet) => {
    if (inTurn === 0) setImmediate(() => (inTurn = 0))
    inTurn += 1
    if (!isCall(packet)) countOther()
    if (inTurn > MAX_AT_ONCE || others > MAX_OTHERS) cut()
  })
  boundPayload(source, cut)
}
