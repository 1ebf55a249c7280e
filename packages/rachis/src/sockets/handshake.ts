import type { Socket } from 'socket.io'
import type { Application } from '../declare/declarations'
import { toApiError } from '../errors/errors'
import type { ConnectionRegistry } from './connection-registry'
import { connectionOf } from './feathers-connection'

/** Feathers signs a socket in by itself where an authentication service of its own is registered. */
const isSignedInByFeathers = (app: Application) => 'defaultAuthentication' in app

const signIn = async (app: Application, members: ConnectionRegistry, socket: Socket): Promise<void> => {
  const identity = app.get('identity')
  const connection = connectionOf(socket)
  const credential = await identity.parse(socket.request, null)
  if (!credential) return
  const { address } = connection
  await identity.connect(connection, credential, { address })
  if (connection.user) members.admit(connection, connection.user.id)
}

/**
 * Signs a socket in by the credential of its handshake, for an identity that is no service of Feathers. One that is not good refuses
 * the connection, whose client gets the error as its `connect_error`.
 */
export const signInByHandshake =
  (app: Application, members: ConnectionRegistry) => (socket: Socket, next: (error?: Error) => void) => {
    if (isSignedInByFeathers(app)) return next()
    signIn(app, members, socket).then(
      () => next(),
      (error: unknown) => next(toApiError(error))
    )
  }
