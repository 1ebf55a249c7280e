import { getServiceOptions } from '@feathersjs/feathers'
import type { Socket } from 'socket.io'
import type { Application } from '../declare/declarations'
import { noSuchMethod, recordPath, refusedByParser, socketHint, wireError } from './socket-errors'
import { countMessages } from './rates'
import { dismiss } from './slow-readers'
import { REFUSED, sizeOf } from './socket-parser'
import { ApiError } from '../errors/errors'
import { CallQueue } from '../util/call-queue'

/** The shares of the database pool are smaller; these bounds limit what waits for them. */
const BOUNDS = { atOnce: 100, perTurn: 10, waiting: 1000, bytes: 32 * 2 ** 20 }

type Ack = (error: unknown, ...answer: readonly unknown[]) => void

/** Every method that a service offers to clients. */
export const methodsOf = (app: Application): Set<string> =>
  new Set(
    Object.values(app.services).flatMap((service) => getServiceOptions(service as never).methods as string[])
  )

const problemOf = (
  [event, path, reason]: readonly unknown[],
  { app, methods }: { app: Application; methods: ReadonlySet<string> }
) => {
  if (event === REFUSED) return refusedByParser(path, reason)
  if (typeof event !== 'string' || !methods.has(event)) return noSuchMethod(event, methods)

  return typeof path === 'string'
    ? recordPath(app, event, path)
    : new ApiError('BAD_REQUEST', { message: 'The first argument is the name of a service' })
}

/** Refuses a call that came behind too many others, and then ends the connection. */
const cutOff = (socket: Socket, ack: Ack | undefined, onCut: () => void) => {
  const message = 'This connection has too many calls without an answer'
  ack?.(
    wireError(new ApiError('TOO_MANY_REQUESTS', { message, hint: 'Wait for answers before you call on' }))
  )
  dismiss(socket)
  onCut()
}

/** Answers messages that Feathers would not answer, or would answer in another form: unknown methods, wrong arguments, early errors. */
export const guard = (socket: Socket, app: Application, methods: ReadonlySet<string>, onCut: () => void) => {
  const hintFor = socketHint(app)
  const queue = new CallQueue(BOUNDS)
  countMessages(app, socket)
  socket.use((packet, next) => {
    const bytes = sizeOf(packet)
    const last = packet.at(-1) as unknown
    const ack: Ack | undefined = typeof last === 'function' ? (last as Ack) : undefined
    const args = ack ? packet.slice(0, -1) : [...packet]
    const isTaken = queue.add(bytes, (done) => {
      const problem = app.get('load').refusal('socketio') ?? problemOf(args, { app, methods })
      if (problem) {
        ack?.(wireError(problem))
        return done()
      }
      packet[args.length] = (error: unknown, ...answer: readonly unknown[]) => {
        done()
        ack?.(error ? wireError(error, (code) => hintFor(code, packet[1])) : null, ...answer)
      }
      next()
    })
    if (!isTaken) cutOff(socket, ack, onCut)
  })
  socket.on('disconnect', () => queue.clear())
}
