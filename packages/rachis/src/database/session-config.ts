import type { ClientConfig } from 'pg'
import type { Refusal } from '../errors/errors'
import type { StatementWatch } from '../util/statement-watch'

/** How a connection keeps the session of the program. */
export interface Session {
  /** Each transaction may be given another connection of the server, so that nothing outlives it. */
  readonly isPooled: boolean
  /** Whether statements may be prepared under a name. */
  readonly prepares: boolean
  /** Whether another server may be the right one for the next connection. */
  readonly moves?: boolean
  /** A statement for the beginning of each transaction. */
  readonly begin: string
  /** Called with a refusal after which this connection is not used again. */
  readonly onSpent?: (refusal: Refusal) => void
  /** Milliseconds that the server gives a statement, outside of a transaction and within; 0 for no limit. */
  readonly limits: { readonly alone: number; readonly within: number }
  /** Is told of each statement, where somebody watches them. */
  readonly statements?: StatementWatch
  /** Called when a statement got no answer, not even that it took too long: the connection is destroyed. */
  readonly onSilent?: () => void
}
export interface SessionConfig extends ClientConfig {
  readonly session: Session
}
