import type { ServerOptions } from 'socket.io'
import type { EventPollOptions } from './http/event-polls'
import type { EventStreamOptions } from './http/event-streams'
import { corsOfSockets } from './http/cors'
import type { OriginPolicy } from './http/origins'
import type { Upgrades } from './http/server'
import { Backlogs } from './feed/backlog'
import type { StreamEntrance } from './feed/stream'
import type { Application } from './declare/declarations'
import { unavailable } from './errors/errors'
import { messageBounds } from './model/message-limits'
import type { Model } from './model/model'
import type { UpgradeHandler } from './module'
import { PoolShares } from './service/pool-shares'
import { parseStream, presentStream } from './service/subscription'
import { admitHandshakes } from './sockets/admission'
import type { SocketBounds } from './sockets/socket-bounds'
import { boundedParser } from './sockets/socket-parser'
import { admitStream } from './streams'
import { addressOf } from './util/address'
import { Load } from './util/load'
import { logger } from './util/logger'

/** Bytes of a socket's frame besides its data: method, service and id of the call. */
const ENVELOPE = 4096

/** Who takes requests that offer another protocol. Each counts as a request of its address, and while it is open as a socket. */
export const offersOf = (app: Application): Upgrades => ({
  has: (path) => app.get('upgrades').has(path),
  async open(path, request, socket, head) {
    const error = app.get('load').refusal('rest')
    if (error) throw error
    await app.get('rates')?.admit(addressOf(request, app.get('trust_proxy')))
    // A client that has gone meanwhile closes its connection no more: it would be counted for ever.
    if (socket.destroyed) return
    socket.once('close', app.get('streams').admit(request, {}))
    app.get('upgrades').get(path)!.open(request, socket, head)
  }
})

/** The options of socket.io. */
export const socketOptions = (
  app: Application,
  models: readonly Model[],
  origins: OriginPolicy,
  bounds: SocketBounds
): Partial<ServerOptions> => ({
  // The requests of a polling client would reach another process each time.
  ...(app.get('workers') > 1 ? { transports: ['websocket' as const] } : {}),
  maxHttpBufferSize: app.get('body_limit') + ENVELOPE,
  connectTimeout: app.get('sockets').connect_timeout * 1000,
  allowRequest: admitHandshakes(app, bounds),
  parser: boundedParser(messageBounds(models, app.get('facts').paths, app.get('body_limit'))),
  cors: corsOfSockets(origins, () => app.get('identity').usesCookies)
})

/** Says in the log when calls begin to be refused, and when they are no more. */
const loadOf = (app: Application) =>
  new Load(app.get('http').max_delay, (isOver, delay) => {
    const facts = { delay: Math.round(delay), refused: app.get('load').refused }
    if (isOver) logger.warn(facts, 'The event loop is late: calls are refused')
    else logger.info(facts, 'The event loop has caught up: calls are taken again')
  })

/** What callers and connections share. */
export const setBounds = (app: Application) => {
  const { buffer_limit, stall_timeout } = app.get('sockets')
  app.set('shares', new PoolShares(app.get('database')))
  app.set('load', loadOf(app))
  app.set('backlogs', new Backlogs(buffer_limit, stall_timeout * 1000))
}

/** What transports open streams of events with. */
export const streamOptions = (
  app: Application,
  models: readonly Model[],
  bounds: SocketBounds
): EventStreamOptions & EventPollOptions => ({
  open: () => app.get('engine').openStream,
  poll: (poll) => app.get('engine').polls.poll(poll),
  identity: () => app.get('identity'),
  asks: (query, { user, version }) =>
    parseStream(models, version === undefined ? query : presentStream(models, version, query), user ?? null),
  admit(request, connection) {
    const phase = app.get('phase')
    if (phase !== 'ready') throw unavailable(`The server is ${phase}`)
    return admitStream(request, connection, { bounds, members: app.get('engine').members })
  },
  backlogs: app.get('backlogs')
})

declare module './declare/declarations' {
  interface Configuration {
    load: Load
    /** What waits for connections that do not read. */
    backlogs: Backlogs
    streams: StreamEntrance
    upgrades: ReadonlyMap<string, UpgradeHandler>
    /** The folders of migrations, in the order in which they run. */
    migrations: readonly string[]
  }
}
