import type { Socket } from 'socket.io'
import type { Principal } from '../declare/declarations'
import type { Given } from '../service/call'

/** What Feathers keeps for a socket and copies into the params of each of its calls. */
export interface FeathersConnection {
  readonly provider?: string
  /** Of the handshake. */
  readonly headers?: Given['headers']
  /** Where the socket came from, by the same rule as a request. */
  address?: string
  user?: Principal
  /** What it is signed in by, which `credentialOf` of the identity reads. */
  authentication?: object
}

export const connectionOf = (socket: Socket): FeathersConnection =>
  (socket as unknown as { readonly feathers: FeathersConnection }).feathers
