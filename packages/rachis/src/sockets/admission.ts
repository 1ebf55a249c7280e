import type { IncomingMessage, ServerResponse } from 'http'
import type { ServerOptions } from 'socket.io'
import type { Application } from '../declare/declarations'
import { ApiError, toApiError } from '../errors/errors'
import { addressOf } from '../util/address'
import { isServed } from '../util/hosts'
import type { Load } from '../util/load'
import { refuse, refuseOffer } from '../util/refusal'
import type { SocketBounds } from './socket-bounds'

const OVER = 'The server has more to do than it can'

/**
 * The refusal of a call, or of a handshake, that comes while the event loop is late, before anything is done for it.
 *
 * @param transport that counts it as refused
 */
export const overload = (
  app: Application,
  transport: keyof Load['refused'] = 'socketio'
): ApiError | undefined => {
  const load = app.get('load')
  if (!load.isOver) return undefined
  load.refused[transport]++

  return new ApiError('OVERLOADED', { message: OVER, headers: { 'Retry-After': '2' } })
}

type Admission = NonNullable<ServerOptions['allowRequest']>
/** Engine.io keeps the response of a request by polling with it. */
type Handshake = IncomingMessage & { readonly res?: ServerResponse }

/** Engine.io lets no other request name this transport than one whose connection was handed over, so nothing else is written to it. */
const isWebsocket = ({ url = '' }: IncomingMessage) =>
  new URL(url, 'https://socket.io').searchParams.getAll('transport').at(-1) === 'websocket'

/**
 * Answers a handshake as REST would be: engine.io, which is told nothing more of it, knows 403 and 400 alone for what it is told to refuse, and no
 * `Retry-After`.
 */
const refuseHandshake = (request: Handshake, error: ApiError): void => {
  if (!isWebsocket(request)) return refuse(request.res!, error)
  request.socket.on('error', () => undefined)
  refuseOffer(request.socket, error)
}

/** What each handshake is asked, by the load and the host first: of those nothing is known yet. */
const assertAdmitted = async (app: Application, bounds: Bounds, request: IncomingMessage): Promise<void> => {
  const error = overload(app)
  if (error) throw error
  if (!isServed(app.get('http').hosts, request.headers)) throw new ApiError('MISDIRECTED')
  const refusal = bounds.handshakeRefusal(request)
  if (refusal) throw refusal
  await app.get('rates')?.admit(addressOf(request, app.get('trust_proxy')))
}

/** How many connections there may be. */
type Bounds = Pick<SocketBounds, 'handshakeRefusal'>

/**
 * Refuses handshakes while the server has too much to do (503), to hosts that are not served (421) and beyond the bounds (429), and counts the others, or whoever connects
 * anew for each message would ask as much as they like. A client whose handshake is refused before its connection is opened tries again by itself, later and later.
 */
export const admitHandshakes =
  (app: Application, bounds: Bounds): Admission =>
  (request, done) => {
    assertAdmitted(app, bounds, request).then(
      () => done(null, true),
      (error: unknown) => refuseHandshake(request, toApiError(error))
    )
  }
