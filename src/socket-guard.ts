import { getServiceOptions } from '@feathersjs/feathers'
import type { Socket } from 'socket.io'
import { structureProblem } from './compilers/validator'
import type { Application } from './declarations'
import type { SocketHint } from './endpoints/socket-errors'
import { noSuchMethod, wireError } from './endpoints/socket-errors'
import { ApiError, tooLarge } from './errors'

type Ack = (error: unknown, result?: unknown) => void

/** Every method that a service offers to clients. */
export const methodsOf = (app: Application): Set<string> =>
  new Set(
    Object.values(app.services).flatMap((service) => getServiceOptions(service as never).methods as string[])
  )

const problemOf = (
  [event, path, ...args]: unknown[],
  methods: ReadonlySet<string>,
  size: number,
  limit: number
): ApiError | undefined => {
  if (typeof event !== 'string' || !methods.has(event)) return noSuchMethod(String(event), methods)
  if (size > limit) return tooLarge(limit)
  if (typeof path !== 'string')
    return new ApiError('BAD_REQUEST', { message: 'The first argument is the name of a service' })
  const problem = structureProblem(args)

  return problem ? new ApiError('BAD_REQUEST', { message: `The arguments ${problem}` }) : undefined
}

/** Answers what Feathers would leave without an answer, or answer in another form: unknown methods, odd arguments, early errors. */
export const guard = (socket: Socket, methods: ReadonlySet<string>, limit: number, hintFor: SocketHint) => {
  let size = 0
  socket.conn.on('packet', ({ data }: { data?: string | Buffer }) => (size = data?.length ?? 0))
  socket.use((packet, next) => {
    const last = packet.at(-1) as unknown
    const ack: Ack | undefined = typeof last === 'function' ? (last as Ack) : undefined
    if (ack)
      packet[packet.length - 1] = (error: unknown, result: unknown) =>
        ack(error ? wireError(error, (code) => hintFor(code, packet[1])) : null, result)
    const problem = problemOf(ack ? packet.slice(0, -1) : packet, methods, size, limit)
    if (problem) ack?.(wireError(problem))
    else next()
  })
}
