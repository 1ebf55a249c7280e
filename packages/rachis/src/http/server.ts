import type { IncomingMessage, Server, ServerOptions } from 'http'
import Koa from 'koa'
import { boundChunks } from './bound-chunks'
import { DrainingServer } from './draining-server'
import { ignoreUpgrades } from './ignored-upgrade'
import { checkHost, refuseExpectation } from './refusals'
import { answerParser } from './parser-errors'
import { boundAnswers } from './stalled-readers'

const SOCKETS = '/socket.io/'

/** Sockets are the only other protocol that is spoken here. */
const isForSockets = ({ url }: IncomingMessage) => url?.startsWith(SOCKETS) === true

/** Times in seconds, sizes in bytes. */
interface HttpSettings {
  readonly header_timeout: number
  readonly request_timeout: number
  readonly idle_timeout: number
  readonly write_timeout: number
  readonly buffer_limit: number
  readonly keep_alive_timeout: number
  readonly max_header_size: number
  readonly shutdown_grace: number
}

/** Settings in seconds → Node's options in milliseconds. */
const serverOptions = (settings: HttpSettings): ServerOptions => ({
  maxHeaderSize: settings.max_header_size,
  headersTimeout: settings.header_timeout * 1000,
  requestTimeout: settings.request_timeout * 1000,
  keepAliveTimeout: settings.keep_alive_timeout * 1000,
  // Node looks for overdue requests at this interval only; at its own 30 seconds a limit of 10 would often mean 40.
  connectionsCheckingInterval: Math.min(5, settings.header_timeout) * 500,
  // Node would answer a request without Host by a 400 without a body.
  requireHostHeader: false
})

const watchReaders = (
  server: DrainingServer<typeof IncomingMessage>,
  { write_timeout, idle_timeout, buffer_limit }: HttpSettings
) => {
  const stop = boundAnswers(() => server.pipelines.values(), {
    writeTimeout: write_timeout * 1000,
    idleTimeout: idle_timeout * 1000,
    bufferLimit: buffer_limit
  })
  server.once('close', stop)
}

/**
 * Koa on an HTTP server with time-outs and bounds, which answers with the error object also what Node refuses before Koa sees it.
 *
 * @param settings read when the server is made, since the application learns its settings after Koa is made
 */
export const koaServer = (settings: () => HttpSettings): Koa =>
  Object.assign(new Koa(), {
    listen(this: Koa, ...args: Parameters<Server['listen']>): Server {
      const handle = this.callback()
      const server = new DrainingServer(serverOptions(settings()), (request, response) => {
        if (checkHost(request, response)) void handle(request, response)
      })
      server.grace = settings().shutdown_grace * 1000
      server.setTimeout(settings().idle_timeout * 1000)
      server.on('checkExpectation', refuseExpectation)
      answerParser(server)
      boundChunks(server)
      ignoreUpgrades(server, isForSockets)
      watchReaders(server, settings())

      return server.listen(...args)
    }
  })
