import type { Knex } from 'knex'
import type { User } from '../../rules/policy'
import type { Row, StatementOf } from '../../sql/database'
import type { PoolShares } from '../pool-shares'

export interface ReadTransaction extends Knex.TransactionConfig {
  /** Whether the caller was told anything of what the transaction has read: then it cannot be begun anew. */
  readonly isAnswered: () => boolean
}

/** Where the reads of one call go in place of the primary: a server that has its copy. */
export interface ReadSource {
  /** A statement outside of transactions. Where the server has gone away meanwhile, or breaks it off, the primary runs it. */
  query<R = Row>(statement: StatementOf): Promise<R[]>
  /** A transaction that only reads; run again on the primary, where the server breaks it off before anything was answered. */
  transaction<T>(work: (trx: Knex.Transaction) => Promise<T>, options: ReadTransaction): Promise<T>
  /** For reports, whose code makes its statements by itself. */
  readonly knex: Knex
  /** What bounds the calls that hold its connections. */
  readonly shares: PoolShares
  /** A place in the feed all changes up to which the server has, as a token for who reads. */
  readonly token: (user: User) => string
}
