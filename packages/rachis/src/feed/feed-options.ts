import type { Database } from '../sql/database'
import type { Reports } from './runner'
import type { StoredPositions } from './stored-positions'

export interface FeedOptions {
  /** Of the feed alone: its statements must end, with or without an answer. */
  readonly database: Database
  /** What consumers that do not keep up are read from, so that the feed does not wait for it; by default the same. */
  readonly behind?: Database
  /** Milliseconds between looks at the table where nobody wakes the feed. */
  readonly pollInterval: number
  /** Whether other processes tell this one now when they have written, so that it may look less often. */
  readonly isTold?: () => boolean
  /** Tables that are watched for being truncated. */
  readonly tables?: readonly string[]
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
