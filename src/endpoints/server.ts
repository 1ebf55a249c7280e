import { IncomingMessage } from 'http'
import type { Server, ServerOptions } from 'http'
import Koa from 'koa'
import type { Settings } from '../configuration'
import { DrainingServer } from './draining-server'
import { checkHost, refuseExpectation } from './refusals'
import { answerParser } from './parser-errors'

const SOCKETS = '/socket.io/'

/**
 * A request as Node makes it, but for when it asks to go on by another protocol. Node hands each of those to whoever listens for
 * upgrades, here the sockets, which drop all that are not theirs without an answer: those of Java's HttpClient, for one, which offers h2c
 * with whatever it asks. What is no socket is answered as if it had not offered (RFC 9110, section 7.8).
 */
class Call extends IncomingMessage {
  declare offered?: boolean | null

  get upgrade(): boolean {
    const isSocket = this.method === 'CONNECT' || this.url?.startsWith(SOCKETS)
    return this.offered === true && isSocket === true
  }

  // Set by Node, also while it makes the request.
  set upgrade(offered: boolean | null) {
    this.offered = offered
  }
}

type HttpSettings = Settings['http']

/** Settings in seconds → Node's options in milliseconds. */
const serverOptions = (settings: HttpSettings): ServerOptions<typeof Call> => ({
  IncomingMessage: Call,
  maxHeaderSize: settings.max_header_size,
  headersTimeout: settings.header_timeout * 1000,
  requestTimeout: settings.request_timeout * 1000,
  keepAliveTimeout: settings.keep_alive_timeout * 1000,
  // Node looks for overdue requests at this interval only; at its own 30 seconds a limit of 10 would often mean 40.
  connectionsCheckingInterval: Math.min(5, settings.header_timeout) * 500,
  // Node would answer a request without Host by a 400 without a body.
  requireHostHeader: false
})

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

      return server.listen(...args)
    }
  })
