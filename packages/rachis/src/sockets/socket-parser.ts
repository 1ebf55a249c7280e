import { Decoder, Encoder, PacketType } from 'socket.io-parser'
import { jsonProblem } from '../model/json-bounds'
import type { JsonProblem } from '../model/json-bounds'

/** The event that stands for one that was refused before it was parsed; its arguments are the code and the reason. */
export const REFUSED = '$refused'

/** Type, count of attachments, namespace and id of a packet, in front of its JSON. */
const HEAD = /^(\d)(?:\d+-)?(\/[^,[{"]*,)?(\d*)/

const BYTES: JsonProblem = { code: 'BAD_REQUEST', reason: 'must not contain bytes' }

const SIZE = Symbol('bytes of the message')
type Measured = object & { [SIZE]?: number }

/**
 * Bytes of the message that the arguments of an event came in; they are the ones that `socket.use` is given. The size belongs to its own
 * packet, since several packets may be parsed before the first of them is handled.
 */
export const sizeOf = (args: Measured): number => args[SIZE] ?? 0

/** The same packet, to be answered in its place by why it is refused. */
const refused = (namespace = '', id = '', { code, reason }: JsonProblem) =>
  `${PacketType.EVENT}${namespace}${id}${JSON.stringify([REFUSED, code, reason])}`

/**
 * Socket.io's decoder, for calls that take no bytes and whose JSON is bounded. A packet that announces attachments would be kept until
 * they have all come, which may be never; it is refused when it comes, and so are attachments. JSON is measured before it is parsed.
 */
class BoundedDecoder extends Decoder {
  private size = 0

  constructor() {
    super()
    // Emitted before `add` returns, and heard here before anybody else hears it.
    this.on('decoded', ({ data }) => {
      if (Array.isArray(data)) (data as Measured)[SIZE] = this.size
    })
  }

  override add(frame: unknown): void {
    if (typeof frame !== 'string') return
    this.size = Buffer.byteLength(frame)
    const [, type, namespace, id] = HEAD.exec(frame) ?? []
    if (type === String(PacketType.BINARY_ACK)) return
    const isBinary = type === String(PacketType.BINARY_EVENT)
    const problem = isBinary ? BYTES : jsonProblem(frame)
    if (!problem) super.add(frame)
    else if (isBinary || type === String(PacketType.EVENT)) super.add(refused(namespace, id, problem))
    else throw new Error(problem.reason)
  }
}

/** For socket.io's option `parser`. */
export const boundedParser = { Encoder, Decoder: BoundedDecoder }
