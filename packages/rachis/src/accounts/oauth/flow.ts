import { createHash } from 'crypto'
import type { Application } from '../../declare/declarations'
import { sameBytes } from '../../util/same-bytes'
import type { Profile } from './profile'
import type { Checks } from './provider'
import { seal, unseal } from './seal'

/** Between the start of a log-in and its end; the browser keeps it, sealed. */
export interface Flow {
  readonly provider: string
  /** What the provider's answer is checked by. */
  readonly checks: Checks
  readonly redirect_uri: string
  /** Where the browser goes at the end; without one the answer is JSON. */
  readonly target?: string
  readonly response: 'token' | 'code' | 'cookie'
  /** Of the client, who alone may exchange the code. RFC 7636. */
  readonly challenge?: string
  /** Whose account the identity is to be linked to. */
  readonly link?: number
}
/** What the code stands for that is handed to the client. */
export interface Code {
  readonly jti: string
  readonly challenge: string
  readonly user_id: number
  readonly provider: string
  /** Of an identity that is still to be linked. */
  readonly identity?: Pick<Profile, 'subject' | 'email'>
}
/** Leave for one browser to begin linking. */
export interface Ticket {
  readonly user_id: number
  readonly provider: string
  readonly challenge: string
}

export const FLOW_SECONDS = 600
const CODE_SECONDS = 60

type App = Pick<Application, 'get'>
const secretOf = (app: App) => app.get('secret_key')

export const sealFlow = (app: App, flow: Flow) => seal(secretOf(app), 'flow', flow, FLOW_SECONDS)
export const readFlow = (app: App, text: unknown) => unseal<Flow>(secretOf(app), 'flow', text)
export const sealTicket = (app: App, ticket: Ticket) => seal(secretOf(app), 'ticket', ticket, CODE_SECONDS)
export const readTicket = (app: App, text: unknown) => unseal<Ticket>(secretOf(app), 'ticket', text)
export const sealCode = (app: App, { jti, ...code }: Code) =>
  seal(secretOf(app), 'code', code, CODE_SECONDS, jti)
export const readCode = (app: App, text: unknown) => unseal<Code>(secretOf(app), 'code', text)

/** Only who began the log-in knows the verifier: a code that somebody else sees, or plants, is of no use. RFC 7636, section 4.6. */
export const isOwnCode = ({ challenge }: Code, verifier: string): boolean =>
  sameBytes(createHash('sha256').update(verifier).digest(), Buffer.from(challenge, 'base64url'))
