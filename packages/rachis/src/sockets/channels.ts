import type { Params } from '@feathersjs/feathers'
import type { Server, Socket } from 'socket.io'
import type { Application } from '../declare/declarations'
import { addressOf } from '../util/address'
import type { ConnectionRegistry, Endpoint } from './connection-registry'
import { emitter } from './emitter'
import { connectionOf } from './feathers-connection'
import type { FeathersConnection } from './feathers-connection'
import { signInByHandshake } from './handshake'
import { limitBacklog, terminate } from './slow-readers'
import type { SocketBounds } from './socket-bounds'
import { socketCalls } from './socket-calls'
import { guard, methodsOf } from './socket-guard'

type Ended = { user?: object }

const endpointOf = (io: Server, { id, conn }: Socket, sender: ReturnType<typeof emitter>): Endpoint => ({
  send: sender(id),
  tell: (event, data) => void io.to(id).emit(event, data),
  // A client that receives a disconnect packet does not reconnect, so the transport is closed instead.
  close: () => conn.close()
})

/** Registers sockets as they connect and sign in, and guards what they send. It replaces Feathers' channels for declared resources. */
export const sockets = (
  app: Application,
  members: ConnectionRegistry,
  bounds: SocketBounds,
  whenReady: () => Promise<void>
) => {
  app.on('login', (_result: unknown, { connection }: Params) => connection && members.refresh(connection))
  app.on('logout', ({ user }: Ended, { connection }: Params) => {
    // The feed reports the end of a credential; one that was over before it was signed out of has no user.
    if (connection && !user) members.signOut(connection)
  })
  app.on('disconnect', (connection: FeathersConnection) => members.leave(connection))

  return (io: Server) => {
    const sender = emitter(io)
    const methods = methodsOf(app)
    const answerCalls = socketCalls(app, app.get('engine').models, app.get('call'))
    const onCut = () => app.get('logger').warn('A socket that sent too much at once was cut')
    if (io.engine as unknown) bounds.watch(io.engine, onCut) // The command line has none.
    io.use((socket, next) => {
      connectionOf(socket).address = addressOf(socket.request, app.get('trust_proxy'))
      next()
    })
    io.use((_socket, next) => void whenReady().then(() => next(), next))
    io.use(signInByHandshake(app, members))
    io.use((socket, next) => {
      const { user } = connectionOf(socket)
      next(bounds.refusalOf(socket.request, user !== undefined, members.signedIn))
    })
    io.on('connection', (socket) => {
      guard(socket, app, methods, onCut)
      answerCalls(socket)
      limitBacklog(socket, app.get('sockets').buffer_limit, (bytes) => {
        app.get('logger').warn({ bytes }, 'A socket that does not read was cut')
        terminate(socket)
      })
      members.join(connectionOf(socket), endpointOf(io, socket, sender))
    })
  }
}
