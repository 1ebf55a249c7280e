import type { IncomingMessage, RequestListener, Server, ServerOptions } from 'http'
import type { Duplex } from 'stream'
import Koa from 'koa'
import type { CallWatch } from '../util/call-watch'
import { isServed } from '../util/hosts'
import type { Load } from '../util/load'
import { ConnectionBounds } from './connection-bounds'
import { boundChunks } from './bound-chunks'
import type { FastPath } from './fast-path'
import { DrainingServer } from './draining-server'
import { holdHandshakes } from './held-handshakes'
import { ignoreUpgrades } from './ignored-upgrade'
import { checkHost, checkServed, refuseExpectation } from './refusals'
import { admitsLoad } from './overload'
import { answerParser } from './parser-errors'
import { refuseOffer } from '../util/refusal'
import { ApiError, toApiError } from '../errors/errors'
import { boundAnswers } from './stalled-readers'

const SOCKETS = '/socket.io/'

/** Connections of other protocols than HTTP, by the paths that they are offered at. */
export interface Upgrades {
  readonly has: (path: string) => boolean
  /** Rejects with an `ApiError` where the connection is not opened. */
  readonly open: (path: string, ...offer: [IncomingMessage, Duplex, Buffer]) => Promise<void>
}

const pathOf = ({ url = '' }: IncomingMessage) => url.split('?', 1)[0]!

/** Other protocols that are offered to a path of sockets, such as h2c, are ignored there as everywhere. */
const offersWebsocket = ({ headers }: IncomingMessage) => /\bwebsocket\b/i.test(headers.upgrade ?? '')

const isForSocketIo = ({ url }: IncomingMessage) => url?.startsWith(SOCKETS) === true

const ignore = () => undefined

/** Hands offers on to who takes them; those for socket.io it takes by itself. */
const openUpgrades = (server: Server, { has, open }: Upgrades, hosts: () => readonly string[]) =>
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Node has taken its own listener away, and nobody else listens until the connection is opened: a client that resets it would end the process.
    socket.on('error', ignore)
    const path = pathOf(request)
    if (!has(path)) return
    if (!isServed(hosts(), request.headers)) return refuseOffer(socket, new ApiError('MISDIRECTED'))
    open(path, request, socket, head).catch((error: unknown) => refuseOffer(socket, toApiError(error)))
  })

/** Times in seconds, sizes in bytes. */
interface HttpSettings {
  readonly header_timeout: number
  readonly request_timeout: number
  readonly idle_timeout: number
  readonly write_timeout: number
  readonly buffer_limit: number
  readonly keep_alive_timeout: number
  readonly max_header_size: number
  readonly hosts: readonly string[]
  readonly per_address: number
  /** How many proxies in front are trusted. */
  readonly trust_proxy: number
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

/** The same listener, of whose requests those are told who watch. */
const watchedBy = (watch: CallWatch | undefined, handle: RequestListener): RequestListener =>
  watch
    ? (request, response) => watch.run(watch.http(request, response), () => handle(request, response))
    : handle

/** What of the application the server works with. */
export interface ServerParts {
  readonly upgrades: Upgrades
  /** Who is told of its requests. */
  readonly watch?: CallWatch
  /** Whether the process has more to do than it can. */
  readonly load: Load
  /** Answers plain calls. */
  readonly plainCalls?: FastPath
  /** Resolves once socket.io listens, which it does later than the server; rejects where it will not. */
  readonly whenSetUp: () => Promise<unknown>
  /** The same for a handshake, which does not wait for ever. */
  readonly awaitStart: () => Promise<unknown>
  /** Whether it takes no connections before that: others of the port have them meanwhile. */
  readonly listensOnceSetUp: boolean
}

/**
 * Koa on an HTTP server with time-outs and bounds, which answers with the error object also what Node refuses before Koa sees it.
 *
 * @param settings read when the server is made, since the application learns its settings after Koa is made
 * @param parts read when it listens
 */
export const koaServer = (settings: () => HttpSettings, parts: () => ServerParts): Koa =>
  Object.assign(new Koa(), {
    listen(this: Koa, ...args: Parameters<Server['listen']>): Server {
      const handle = this.callback()
      const bounds = new ConnectionBounds(settings())
      const { upgrades: offered, watch, load, plainCalls, ...starting } = parts()
      const { whenSetUp, awaitStart: untilOpen, listensOnceSetUp } = starting
      const listener = watchedBy(watch, (request, response) => {
        const { hosts } = settings()
        if (
          admitsLoad(load, request, response) &&
          bounds.admits(request, response) &&
          checkHost(request, response) &&
          checkServed(hosts, request, response) &&
          !plainCalls?.take(request, response, handle)
        )
          void handle(request, response)
      })
      const server = new DrainingServer(serverOptions(settings()), listener)
      server.grace = settings().shutdown_grace * 1000
      server.setTimeout(settings().idle_timeout * 1000)
      server.on('checkExpectation', refuseExpectation)
      answerParser(server)
      boundChunks(server)
      const isForSockets = (request: IncomingMessage) =>
        offersWebsocket(request) && (isForSocketIo(request) || offered.has(pathOf(request)))
      ignoreUpgrades(server, isForSockets)
      holdHandshakes(server, { whenOpen: whenSetUp(), untilOpen, isUpgrade: isForSockets, isPoll: isForSocketIo }) // prettier-ignore
      openUpgrades(server, offered, () => settings().hosts)
      bounds.watch(server, isForSockets)
      watchReaders(server, settings())

      if (!listensOnceSetUp) return server.listen(...args)
      whenSetUp().then(() => server.listen(...args), ignore)

      return server
    }
  })
