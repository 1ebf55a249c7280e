import { cors as koaCors } from '@feathersjs/koa'
import type { Middleware } from 'koa'
import type { ServerOptions } from 'socket.io'
import type { OriginPolicy } from './origins'

type CorsOptionsDelegate = Extract<ServerOptions['cors'], (...args: never[]) => unknown>

/** Tells browsers which pages may read an answer of REST. */
export const cors = (origins: OriginPolicy): Middleware =>
  koaCors({
    origin: ({ request }) =>
      origins.allows(request.get('Origin'), request.get('Host')) ? request.get('Origin') : '',
    credentials: !origins.isOpen,
    // Scripts of another origin see no header that is not named here.
    exposeHeaders: ['Location', 'Retry-After', 'X-Rachis-Position', 'X-Request-Id']
  })

/** The same for the handshakes of sockets. Socket.io would take `*` in a list for an origin of that name. */
export const corsOfSockets =
  (origins: OriginPolicy, mayHaveCredentials: () => boolean): CorsOptionsDelegate =>
  (request, callback) => {
    const { origin, host } = request.headers as Record<string, string | undefined>
    callback(null, { origin: origins.allows(origin, host), credentials: mayHaveCredentials() })
  }
