import type { IncomingMessage } from 'http'
import type { ServerOptions, Socket } from 'socket.io'
import type { Application } from '../declare/declarations'
import type { Allowance } from '../util/allowance'
import { addressOf } from '../util/address'
import { isServed } from '../util/hosts'
import { connectionOf } from './feathers-connection'
import { wireError } from './socket-errors'

/** What each message was counted for. Messages are known by their arguments, which pass all of `socket.use`. */
const ALLOWANCES = new WeakMap<object, Allowance>()

/** @param args of a message, as `socket.use` is given them */
export const allowanceOf = (args: object): Allowance | undefined => ALLOWANCES.get(args)

/**
 * Counts the messages of a socket for its address, in one budget with requests, and answers those that are too many. Those without an
 * acknowledgement are dropped.
 */
export const countMessages = (app: Application, socket: Socket): void => {
  const { address } = connectionOf(socket)
  const count = async (args: object) => {
    const allowance = await app.get('rates')!.admit(address)
    ALLOWANCES.set(args, allowance)
  }
  if (!app.get('rates')) return
  socket.use((args, next) => {
    const ack: unknown = args.at(-1)
    count(args).then(
      () => next(),
      (error: unknown) => typeof ack === 'function' && ack(wireError(error))
    )
  })
}

type Admission = NonNullable<ServerOptions['allowRequest']>

/**
 * Refuses handshakes to hosts that are not served, and counts the others, or whoever connects anew for each message would ask as much as they like. A client whose handshake is
 * refused before its connection is opened tries again by itself, later and later.
 *
 * @param allow what else a handshake is asked for
 */
export const admitHandshakes = (app: Application, allow: Admission): Admission => {
  const count = async (request: IncomingMessage) =>
    app.get('rates')?.admit(addressOf(request, app.get('trust_proxy')))

  return (request, done) => {
    if (!isServed(app.get('http').hosts, request.headers)) return done('This host is not served here', false)
    if (app.get('load').isOver) return done('The server has more to do than it can', false)
    allow(request, (reason, isAllowed) => {
      if (!isAllowed) return done(reason, false)
      count(request).then(
        () => done(null, true),
        ({ message }: Error) => done(message, false)
      )
    })
  }
}
