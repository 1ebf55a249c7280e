import { createHash, timingSafeEqual } from 'crypto'
import { createServer } from 'http'
import type { Server, ServerResponse } from 'http'
import { once } from 'events'

/** The text of all metrics, and its media type. */
export interface Exposition {
  readonly type: string
  readonly text: string
}

const digest = (text: string) => createHash('sha256').update(text).digest()

/**
 * Whether a request may read the metrics: it brings the token, where there is one.
 *
 * @example mayRead('s3cret', 'Bearer s3cret') // true
 */
export const mayRead = (token: string, authorization = ''): boolean =>
  timingSafeEqual(digest(authorization), digest(`Bearer ${token}`))

const answer = (response: ServerResponse, status: number, type: string, text: string) => {
  response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store' })
  response.end(text)
}

/**
 * Serves the metrics on a port of their own, which only the network of the operators should reach.
 *
 * @throws Error where the port is taken
 */
export const serveMetrics = async (
  { port, host, token }: { readonly port: number; readonly host: string; readonly token: string },
  expose: () => Promise<Exposition>
): Promise<Server> => {
  const server = createServer((request, response) => {
    const path = request.url?.split('?', 1)[0]
    if (path !== '/metrics') return answer(response, 404, 'text/plain', 'Metrics are at /metrics\n')
    if (token !== '' && !mayRead(token, request.headers.authorization))
      return answer(response, 401, 'text/plain', 'Bring metrics.token as a Bearer token\n')
    expose().then(
      ({ type, text }) => answer(response, 200, type, text),
      () => answer(response, 503, 'text/plain', 'The metrics could not be collected\n')
    )
  })
  server.listen(port, host)
  await once(server, 'listening')
  // It keeps nothing alive: the process ends when what it serves has ended.
  server.unref()

  return server
}
