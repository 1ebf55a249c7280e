import type { Database } from '../sql/database'
import type { Looks } from './looks'
import type { Reports } from './runner'
import type { StoredPositions } from './stored-positions'

/** One that may say how many connections it has opened until now. */
export interface CountedDatabase extends Database {
  readonly opened?: number
}

export interface FeedOptions {
  /** Where it has the changes from. */
  readonly looks: Looks
  /** What consumers that do not keep up are read from, so that the feed does not wait for it. */
  readonly behind: Database
  /** Milliseconds without a look at the table after which the feed counts as stuck. */
  readonly stallTimeout?: number
  readonly onError: (error: unknown) => void
  readonly reports?: Reports
  /** Where positions of durable consumers are stored, where there may be any. */
  readonly positions?: StoredPositions
}
export interface FeedStatus {
  readonly status: 'ok' | 'stuck'
  /** Seconds since the table was last read. */
  readonly silent: number
  /** Seconds that committed changes have waited for an open transaction that may own a lower id. */
  readonly lag: number
}
