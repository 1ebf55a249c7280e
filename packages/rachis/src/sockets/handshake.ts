import type { Socket } from 'socket.io'
import type { Application } from '../declare/declarations'
import { ApiError, toApiError } from '../errors/errors'
import type { ApiVersions } from '../model/versions/api-versions'
import { readVersion } from '../model/versions/api-versions'
import type { StreamEndpoint } from '../feed/stream'
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

/** What a handshake says of events: `auth: { events: 'subscriptions', after: token }`. */
interface Handshake {
  readonly events?: unknown
  readonly after?: unknown
  readonly signs_in?: unknown
}

/**
 * The version that a socket speaks: that of its handshake, `auth: { version: 2 }` or `?version=2`. One that says nothing is of a client
 * of before there was another version.
 *
 * @throws NOT_ACCEPTABLE
 */
export const versionOfHandshake = ({ handshake }: Socket, versions: ApiVersions): number | undefined => {
  const { version = handshake.query.version } = handshake.auth as { readonly version?: unknown }
  const named = readVersion(versions, version)

  return versions.current > 1 ? (named ?? 1) : undefined
}

const isText = (value: unknown) => value === undefined || value === null || typeof value === 'string'

/** Why a handshake asks for events in a way that is not known; undefined where it does not. */
export const placeProblem = ({ handshake }: Socket): ApiError | undefined => {
  const { events, after, signs_in } = handshake.auth as Handshake
  if (events !== undefined && events !== 'subscriptions')
    return new ApiError('BAD_REQUEST', {
      field: 'events',
      message: "events is 'subscriptions', or is left out"
    })

  if (signs_in !== undefined && typeof signs_in !== 'boolean')
    return new ApiError('BAD_REQUEST', { field: 'signs_in', message: 'signs_in is true, or is left out' })

  return isText(after)
    ? undefined
    : new ApiError('BAD_REQUEST', { field: 'after', message: 'after is the position that synced told last' })
}

/** The events that a socket begins with, and the token that it goes on from. A client that keeps a place and has none yet sends null. */
export const placeOf = ({
  handshake
}: Socket): Pick<StreamEndpoint, 'asks' | 'keepsPlace' | 'signsIn'> & { readonly after?: string } => {
  const { events, after, signs_in } = handshake.auth as { readonly events?: string; readonly after?: string | null; readonly signs_in?: boolean } // prettier-ignore

  return {
    ...(events === undefined && after === undefined ? {} : { keepsPlace: 'by-synced' }),
    signsIn: signs_in === true,
    ...(events === undefined ? {} : { asks: { asked: [], others: false } }),
    ...(after ? { after } : {})
  }
}
