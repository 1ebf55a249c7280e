import { Decoder, Encoder, PacketType } from 'socket.io-parser'
import { JSON_BOUNDS, jsonProblem } from '../model/json-bounds'
import type { JsonProblem } from '../model/json-bounds'
import type { MessageBounds } from '../model/message-limits'

/** The event that stands for one that was refused before it was parsed; its arguments are the code and the reason. */
export const REFUSED = '$refused'

/** Type, count of attachments, namespace and id of a packet, in front of its JSON. */
const HEAD = /^(\d)(?:\d+-)?(\/[^,[{"]*,)?(\d*)/

const BYTES: JsonProblem = { code: 'BAD_REQUEST', reason: 'must not contain bytes' }

/** The names of a method and of a service, as JSON, that a call begins with. None that is served is longer. */
const NAMES = /^\[\s*("(?:[^"\\]|\\.){1,200}")\s*,\s*("(?:[^"\\]|\\.){0,200}")/
/** Characters in which both have room, with every character of theirs written as an escape. */
const NAMES_WITHIN = 2500
/** Bytes of a message that begins in another way: enough for a mistaken message, so that its client receives an error for it. */
const NAMELESS_BYTES = 1024
const NAMELESS: JsonProblem = {
  code: 'BAD_REQUEST',
  reason: 'do not begin with the names of a method and of a service'
}

/** Characters of a namespace's name. The answer for an unknown namespace repeats the name at its full length. */
const LONG_NAMESPACE = /^\d(?:\d+-)?\/[^,]{200}/
/** Bytes of a packet that is not a call. A packet that joins a namespace carries the token that it signs in with. */
const OTHER_BYTES = 16_384
const TOO_LONG: JsonProblem = { code: 'PAYLOAD_TOO_LARGE', reason: 'are too long' }

/** The number of arguments of a call, its names among them. They become arguments of a function, and thousands would overflow the stack. */
const MAX_ARGUMENTS = 10
const TOO_MANY: JsonProblem = { code: 'BAD_REQUEST', reason: `are more than ${MAX_ARGUMENTS}` }

/** What a message to this method of this service may hold. */
export type BoundsOf = (path: string, method: string) => MessageBounds

const namesIn = (json: string): [method: string, path: string] | undefined => {
  const [, method, path] = NAMES.exec(json.slice(0, NAMES_WITHIN)) ?? []
  try {
    return method && path ? (JSON.parse(`[${method},${path}]`) as [string, string]) : undefined
  } catch {
    return undefined
  }
}

/** A query that is too wide is refused with the same error as one in a URL. */
const asQuery = (problem: JsonProblem | undefined, members: number): JsonProblem | undefined =>
  problem?.code === 'PAYLOAD_TOO_LARGE' && members < JSON_BOUNDS.members
    ? { ...problem, code: 'BAD_QUERY' }
    : problem

/** The reason why a call is refused before its JSON is parsed; undefined where it is not. */
const callProblem = (json: string, size: number, boundsOf: BoundsOf): JsonProblem | undefined => {
  const names = namesIn(json)
  if (!names) return size > NAMELESS_BYTES ? NAMELESS : jsonProblem(json)
  const [method, path] = names
  const { bytes, members } = boundsOf(path, method)
  if (size > bytes) return { code: 'PAYLOAD_TOO_LARGE', reason: `have more than ${bytes} bytes` }

  return asQuery(jsonProblem(json, { ...JSON_BOUNDS, members }), members)
}

const SIZE = Symbol('bytes of the message')
type Measured = object & { [SIZE]?: number }

/**
 * Bytes of the message that the arguments of an event came in; they are the ones that `socket.use` is given. The size belongs to its own
 * packet, since several packets may be parsed before the first of them is handled.
 */
export const sizeOf = (args: Measured): number => args[SIZE] ?? 0

/** The same packet with the event of a refusal in place of its call, so that its acknowledgement carries the reason. */
const refused = (namespace: string, id: string, { code, reason }: JsonProblem) =>
  `${PacketType.EVENT}${namespace}${id}${JSON.stringify([REFUSED, code, reason])}`

/**
 * Socket.io's decoder, for calls that take no bytes and whose JSON is bounded by what they call. A packet that announces attachments would
 * be kept until they have all come, which may be never; it is refused when it comes, and so are attachments. JSON is measured before it is
 * parsed.
 */
class BoundedDecoder extends Decoder {
  private size = 0

  constructor(private readonly boundsOf: BoundsOf) {
    super()
    // The event is emitted before `add` returns, and this listener runs before all others.
    this.on('decoded', (packet: { data?: unknown }) => {
      if (!Array.isArray(packet.data)) return
      if (packet.data.length > MAX_ARGUMENTS) packet.data = [REFUSED, TOO_MANY.code, TOO_MANY.reason]
      ;(packet.data as Measured)[SIZE] = this.size
    })
  }

  override add(frame: unknown): void {
    if (typeof frame !== 'string') return
    this.size = Buffer.byteLength(frame)
    const [head = '', type, namespace = '', id = ''] = HEAD.exec(frame) ?? []
    if (type === String(PacketType.BINARY_ACK)) return
    if (LONG_NAMESPACE.test(frame)) throw new Error('The name of a namespace is too long')
    const problem = this.problemOf(frame, head, type)
    const isCall = type === String(PacketType.EVENT) || type === String(PacketType.BINARY_EVENT)
    if (!problem) super.add(frame)
    else if (isCall) super.add(refused(namespace, id, problem))
    else throw new Error(problem.reason)
  }

  private problemOf(frame: string, head: string, type?: string): JsonProblem | undefined {
    if (type === String(PacketType.BINARY_EVENT)) return BYTES

    if (type === String(PacketType.EVENT))
      return callProblem(frame.slice(head.length), this.size, this.boundsOf)

    return this.size > OTHER_BYTES ? TOO_LONG : jsonProblem(frame)
  }
}

/** What socket.io reads and writes messages by. */
export interface Parser {
  readonly Encoder: new () => Encoder
  readonly Decoder: new () => Decoder
}

/** For socket.io's option `parser`, which makes a decoder of its own for each connection. */
export const boundedParser = (boundsOf: BoundsOf): Parser => ({
  Encoder,
  Decoder: class extends BoundedDecoder {
    constructor() {
      super(boundsOf)
    }
  }
})
