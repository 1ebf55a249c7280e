import { createServer, IncomingMessage } from 'http'
import type { Server } from 'http'
import Koa from 'koa'

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

/** Koa, on a server of such requests. */
export const koaServer = (): Koa =>
  Object.assign(new Koa(), {
    listen(this: Koa, ...args: Parameters<Server['listen']>): Server {
      return createServer({ IncomingMessage: Call }, this.callback()).listen(...args)
    }
  })
