import type { IncomingMessage, ServerResponse } from 'http'
import type { Principal } from '../declare/declarations'
import { ApiError } from '../errors/errors'

/** What a request, a socket's handshake or a connection is signed in by, such as `{ strategy: 'jwt', accessToken }`. */
export type Credential = object

/** A credential as the engine needs to know it of a connection. */
export interface CredentialFacts {
  /** The same for connections that are signed in by the same credential, and for no others. */
  readonly name: string
  /** The record whose change may end it, such as `sessions/<id>`. */
  readonly record: string
  /** Seconds since 1970 at which it ends by itself; undefined where it does not. */
  readonly exp?: number
}

/** A change of a record, as far as it is asked whether credentials changed with it. */
export interface ChangedRecord {
  readonly resource: string
  readonly record_id: string
  readonly before: Readonly<Record<string, unknown>> | null
  readonly after: Readonly<Record<string, unknown>> | null
}

/** A call of a service that no declaration describes. */
export interface UndeclaredCall {
  readonly path: string
  readonly method: string
  readonly data?: unknown
}

/** Who calls. A module provides it; in an application without one every call is anonymous. */
export interface Identity {
  /** Whether browsers may send credentials by themselves, so that answers to other origins have to allow it. */
  readonly usesCookies: boolean
  /** How many seconds before the end of its credential a connection is warned; 0 for never. */
  readonly expiryWarning: number
  /**
   * The credential that a request, or the handshake of a socket, brings; null without one.
   *
   * @param response null for a handshake
   * @throws ApiError where it brings several, or one that may not be sent this way
   */
  parse(request: IncomingMessage, response: ServerResponse | null): Promise<Credential | null>
  /**
   * The same at once, for the usual ways to bring one; undefined where only `parse` can say. Without this function requests take the
   * longer path, on which `parse` is asked.
   */
  parseUsual?(request: IncomingMessage): Credential | null | undefined
  /** Whom a credential stands for, where that is known without asking anything; undefined where `authenticate` has to be asked. */
  known?(credential: Credential): Principal | undefined
  /**
   * Whom a credential stands for now.
   *
   * @param params of the call, without its user
   * @throws ApiError with status 401 where the credential is not good any more
   */
  authenticate(credential: Credential, params: object): Promise<Principal>
  /**
   * Signs in a connection that stays open: sets its `user`, and its `authentication`, from which `credentialOf` knows the credential.
   *
   * @param params of the call that opens it
   * @throws ApiError with status 401 where the credential is not good
   */
  connect(connection: object, credential: Credential, params: object): Promise<void>
  /**
   * Whom a call would stand for that somebody makes who has this id, or signs in by this name, for commands; undefined where nobody has it.
   *
   * @throws ApiError with status 401 for a user who cannot sign in
   */
  principalOf?(name: string): Promise<Principal | undefined>
  /** What the credential of a connection is; it was verified when the connection signed in. */
  credentialOf(credential: Credential | undefined): CredentialFacts
  /** The record of `CredentialFacts` that a change concerns; undefined where it concerns none. */
  changedRecord(change: ChangedRecord): string | undefined
  /**
   * Uses up a ticket for an event stream, and answers the credential that the stream is signed in by. `EventSource` of browsers can send
   * nothing but an address. Without this function there are no tickets.
   *
   * @throws ApiError with status 401 where it is none, was used, or has expired; with 400 where the request brings another credential
   */
  redeemTicket?(ticket: string, request: IncomingMessage): Promise<Credential>
  /** The operation whose share of the database a call of a service counts for that no declaration describes. */
  operationOf(call: UndeclaredCall): string | undefined
}

/** Without a module that knows users: credentials are not read, so that nobody is refused and nobody is known. */
export const anonymousOnly: Identity = {
  usesCookies: false,
  expiryWarning: 0,
  parse: async () => null,
  parseUsual: () => null,
  known: () => undefined,
  authenticate: async () => {
    throw new ApiError('NOT_AUTHENTICATED')
  },
  connect: async () => {
    throw new ApiError('NOT_AUTHENTICATED')
  },
  credentialOf: () => ({ name: '', record: '' }),
  changedRecord: () => undefined,
  operationOf: () => undefined
}

declare module '../declare/declarations' {
  interface Configuration {
    identity: Identity
  }
}
