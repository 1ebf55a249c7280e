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
type Done = Parameters<Admission>[1]

/** Engine.io's code of what is forbidden, as its own refusal by polling has it. */
const FORBIDDEN = 4

/** Engine.io lets no other request name this transport than one whose connection was handed over, so nothing else is written to it. */
const isWebsocket = ({ url = '' }: IncomingMessage) =>
  new URL(url, 'https://socket.io').searchParams.getAll('transport').at(-1) === 'websocket'

/** Answers the handshake of a websocket as one by polling is; engine.io would answer 400 and a text of the type text/html. */
const refuseWebsocket = ({ socket }: IncomingMessage, message: string, done: () => void) => {
  const body = JSON.stringify({ code: FORBIDDEN, message })
  const head = ['HTTP/1.1 403 Forbidden', 'Connection: close', 'Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`] // prettier-ignore
  socket.once('error', () => undefined)
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, done)
}

const refusing =
  (request: IncomingMessage, done: Done): Done =>
  (message, isAllowed) => {
    if (isAllowed || !isWebsocket(request)) return done(message, isAllowed)
    refuseWebsocket(request, message ?? 'Forbidden', () => done(message, false))
  }

/**
 * Refuses handshakes to hosts that are not served, and counts the others, or whoever connects anew for each message would ask as much as they like. A client whose handshake is
 * refused before its connection is opened tries again by itself, later and later.
 *
 * @param allow what else a handshake is asked for
 */
export const admitHandshakes = (app: Application, allow: Admission): Admission => {
  const count = async (request: IncomingMessage) =>
    app.get('rates')?.admit(addressOf(request, app.get('trust_proxy')))

  return (request, answer) => {
    const done = refusing(request, answer)
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
