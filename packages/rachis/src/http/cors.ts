import { cors as koaCors } from '@feathersjs/koa'
import type { Middleware } from 'koa'
import type { ServerOptions } from 'socket.io'
import { RATE_HEADERS } from '../util/allowance'
import type { OriginPolicy } from './origins'

type CorsOptionsDelegate = Extract<ServerOptions['cors'], (...args: never[]) => unknown>

/** Seconds for which a browser remembers what a preflight allowed. It asks again before a client notices a change of `allowed_origins`. */
const PREFLIGHT = 600

const EXPOSED = [
  'Accept-Encoding', 'Accept-Ranges', 'Allow', 'Cache-Status', 'Content-Disposition', 'Content-Location', 'Content-Range', 'Deprecation', 'ETag',
  'Idempotency-Replayed', 'Link', 'Location', 'Preference-Applied', 'Retry-After', 'Sunset', 'WWW-Authenticate', 'X-Rachis-Position', 'X-Rachis-Tx',
  'X-Request-Id', 'X-Total-Count'
] // prettier-ignore

/** Tells browsers which pages may read an answer of REST. */
export const cors = (origins: OriginPolicy): Middleware =>
  koaCors({
    origin: ({ request }) =>
      origins.allows(request.get('Origin'), request.get('Host')) ? request.get('Origin') : '',
    credentials: !origins.isOpen,
    maxAge: PREFLIGHT,
    // Scripts of another origin see no header that is not named here.
    exposeHeaders: [...EXPOSED, ...RATE_HEADERS]
  })

/** The same for the handshakes of sockets. Socket.io would take `*` in a list for an origin of that name. */
export const corsOfSockets =
  (origins: OriginPolicy, mayHaveCredentials: () => boolean): CorsOptionsDelegate =>
  (request, callback) => {
    const { origin, host } = request.headers as Record<string, string | undefined>
    callback(null, {
      origin: origins.allows(origin, host),
      credentials: mayHaveCredentials(),
      maxAge: PREFLIGHT
    })
  }
