import type { Socket } from 'socket.io'
import type { Principal } from '../declare/declarations'
import type { Given } from '../service/call'

/** What Feathers keeps for a socket and copies into the params of each of its calls. */
export interface FeathersConnection {
  readonly provider?: string
  /** The headers of the handshake. */
  readonly headers?: Given['headers']
  /** Where the socket came from, by the same rule as a request. */
  address?: string
  user?: Principal
  /** The version of the API that it speaks; undefined where there is one only. */
  version?: number
  /** The credential that it is signed in with; `credentialOf` of the identity reads it. */
  authentication?: object
}

export const connectionOf = (socket: Socket): FeathersConnection =>
  (socket as unknown as { readonly feathers: FeathersConnection }).feathers
