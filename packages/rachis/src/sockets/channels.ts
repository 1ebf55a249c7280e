import type { Params } from '@feathersjs/feathers'
import type { Server, Socket } from 'socket.io'
import type { Application } from '../declare/declarations'
import { addressOf } from '../util/address'
import { SUBSCRIPTION_METHODS } from '../model/events'
import type { StreamEndpoint } from '../feed/stream'
import type { ConnectionRegistry } from './connection-registry'
import type { Sender } from './emitter'
import { emitter } from './emitter'
import { connectionOf } from './feathers-connection'
import type { FeathersConnection } from './feathers-connection'
import { placeOf, placeProblem, signInByHandshake, versionOfHandshake } from './handshake'
import { slowReader } from './slow-readers'
import type { SocketBounds } from './socket-bounds'
import { socketCalls } from './socket-calls'
import type { SubscriptionCallOptions } from './subscription-calls'
import { subscriptionCalls } from './subscription-calls'
import { guard, methodsOf } from './socket-guard'
import { Wire } from './wire'

type Ended = { user?: object }

interface SocketParts {
  readonly sender: Sender
  readonly backlog: Pick<StreamEndpoint, 'drained'>
  readonly place: Pick<StreamEndpoint, 'asks' | 'keepsPlace' | 'signsIn'>
}

const endpointOf = ({ conn }: Socket, { sender, backlog, place }: SocketParts): StreamEndpoint => ({
  ...sender,
  ...place,
  // A client that receives a disconnect packet does not reconnect, so the transport is closed instead.
  close: () => conn.close(),
  drained: () => backlog.drained()
})

export interface SocketOptions {
  readonly bounds: SocketBounds
  readonly parseSubscription: SubscriptionCallOptions['parse']
}

/** @returns why the version of a handshake is not spoken; undefined where it is */
const setVersion = (app: Application, socket: Socket): Error | undefined => {
  try {
    const version = versionOfHandshake(socket, app.get('versions'))
    if (version !== undefined) connectionOf(socket).version = version
    return undefined
  } catch (error) {
    return error as Error
  }
}

/** Registers sockets as they connect and sign in, and guards what they send. It replaces Feathers' channels for declared resources. */
export const sockets = (
  app: Application,
  members: ConnectionRegistry,
  { bounds, parseSubscription: parse }: SocketOptions
) => {
  app.on('login', (_result: unknown, { connection }: Params) => connection && members.refresh(connection))
  app.on('logout', ({ user }: Ended, { connection }: Params) => {
    // The feed reports the end of a credential; one that was over before it was signed out of has no user.
    if (connection && !user) members.signOut(connection)
  })
  app.on('disconnect', (connection: FeathersConnection) => members.leave(connection))

  return (io: Server) => {
    const onCut = () => app.get('logger').warn('A socket that sent too much at once was cut')
    if (io.engine as unknown) bounds.watch(io.engine, onCut) // The command line has none.
    io.use((socket, next) => {
      connectionOf(socket).address = addressOf(socket.request, app.get('trust_proxy'))
      next(setVersion(app, socket))
    })
    io.use((socket, next) => next(placeProblem(socket)))
    io.use(signInByHandshake(app, members))
    io.use((socket, next) => {
      const { user } = connectionOf(socket)
      next(bounds.refusalOf(socket.request, user !== undefined, members.signedIn))
    })
    io.on('connection', accepting(app, io, { parse, onCut }))
  }
}

interface Accepting extends Pick<SubscriptionCallOptions, 'parse'> {
  readonly onCut: () => void
}

/** Opens the stream of events of a socket that may connect, and answers its calls. */
const accepting = (app: Application, io: Server, { parse, onCut }: Accepting) => {
  const { models, openStream, positionOf } = app.get('engine')
  const call = app.get('call')
  const senderOf = emitter(io, positionOf)
  const methods = new Set([...methodsOf(app), ...SUBSCRIPTION_METHODS])
  const answerCalls = socketCalls(app, models, call)
  const answerSubscriptions = subscriptionCalls({ app, models, call, parse })

  return (socket: Socket) => {
    guard(socket, app, methods, onCut)
    answerCalls(socket)
    const wire = new Wire(socket.conn)
    const sender = senderOf({ socket, wire })
    const slow = slowReader(app, socket, { ...sender, wire })
    const { after, ...place } = placeOf(socket)
    const endpoint = endpointOf(socket, { sender, backlog: slow.backlog, place })
    const stream = openStream(connectionOf(socket), endpoint, after)
    slow.watch(stream)
    answerSubscriptions(socket, stream)
  }
}
