import { getServiceOptions } from '@feathersjs/feathers'
import type { Socket } from 'socket.io'
import type { Application } from '../declare/declarations'
import { messageLimits } from '../model/message-limits'
import type { SocketHint } from './socket-errors'
import { CallQueue } from './call-queue'
import { noSuchMethod, refusedByParser, wireError } from './socket-errors'
import { dismiss } from './slow-readers'
import { REFUSED, sizeOf } from './socket-parser'
import { ApiError, tooLarge } from '../errors/errors'

type Ack = (error: unknown, result?: unknown) => void

/** What a call of a socket is held to. */
interface CallBounds {
  readonly methods: ReadonlySet<string>
  /** Bytes that a message to this method of this service may have. */
  readonly limitOf: (path: string, method: string) => number
}

/** Every method that a service offers to clients. */
const methodsOf = (app: Application): Set<string> =>
  new Set(
    Object.values(app.services).flatMap((service) => getServiceOptions(service as never).methods as string[])
  )

export const callBounds = (app: Application): CallBounds => ({
  methods: methodsOf(app),
  limitOf: messageLimits(app.get('engine').models, app.get('body_limit'))
})

const problemOf = (
  [event, path, ...args]: unknown[],
  { methods, limitOf }: CallBounds,
  size: number
): ApiError | undefined => {
  if (event === REFUSED) return refusedByParser(path, args[0])
  if (typeof event !== 'string' || !methods.has(event)) return noSuchMethod(String(event), methods)
  if (typeof path !== 'string')
    return new ApiError('BAD_REQUEST', { message: 'The first argument is the name of a service' })

  return size > limitOf(path, event) ? tooLarge(limitOf(path, event)) : undefined
}

/** A call that came behind too many others: its client is told so, and then the connection ends. */
const cutOff = (socket: Socket, ack: Ack | undefined, onCut: () => void) => {
  const message = 'This connection has too many calls without an answer'
  ack?.(
    wireError(new ApiError('TOO_MANY_REQUESTS', { message, hint: 'Wait for answers before you call on' }))
  )
  dismiss(socket)
  onCut()
}

/** Answers what Feathers would leave without an answer, or answer in another form: unknown methods, odd arguments, early errors. */
export const guard = (socket: Socket, bounds: CallBounds, hintFor: SocketHint, onCut: () => void) => {
  const queue = new CallQueue()
  socket.use((packet, next) => {
    const bytes = sizeOf(packet)
    const last = packet.at(-1) as unknown
    const ack: Ack | undefined = typeof last === 'function' ? (last as Ack) : undefined
    const args = ack ? packet.slice(0, -1) : [...packet]
    const isTaken = queue.add(bytes, (done) => {
      const problem = problemOf(args, bounds, bytes)
      if (problem) {
        ack?.(wireError(problem))
        return done()
      }
      packet[args.length] = (error: unknown, result: unknown) => {
        done()
        ack?.(error ? wireError(error, (code) => hintFor(code, packet[1])) : null, result)
      }
      next()
    })
    if (!isTaken) cutOff(socket, ack, onCut)
  })
  socket.on('disconnect', () => queue.clear())
}
