import type { IncomingMessage, ServerResponse } from 'http'
import type { ServerOptions } from 'socket.io'
import type { Application } from '../declare/declarations'
import { ApiError, toApiError } from '../errors/errors'
import { addressOf } from '../util/address'
import { isServed } from '../util/hosts'
import { refuse, refuseOffer } from '../util/refusal'
import type { SocketBounds } from './socket-bounds'

type Admission = NonNullable<ServerOptions['allowRequest']>
/** Engine.io keeps the response of a request with it; one whose connection was handed over has none, whichever transport it names. */
type Handshake = IncomingMessage & { readonly res?: ServerResponse }

/**
 * Answers a handshake as REST would be: engine.io, which is told nothing more of it, knows 403 and 400 alone for what it is told to refuse, and no
 * `Retry-After`.
 */
const refuseHandshake = ({ res, socket }: Handshake, error: ApiError): void => {
  if (res) refuse(res, error)
  else refuseOffer(socket, error)
}

/** What each handshake is asked, by the load and the host first: of those nothing is known yet. */
const assertAdmitted = async (app: Application, bounds: Bounds, request: IncomingMessage): Promise<void> => {
  const error = app.get('load').refusal('socketio')
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
