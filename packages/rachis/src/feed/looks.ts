import type { StoredChange } from './change'
import type { Beginning } from './history'

/**
 * Where a process has a look from. `table`: it has read it, for itself or for the processes of its machine. `relay`: it has read it
 * for all machines. `stream`: the relay has.
 */
export type LookSource = 'table' | 'relay' | 'stream'

/** What one look at the table of changes shows of what is behind a place. Plain data, which another process can be sent. */
export interface Look {
  /** Names the history that was read. */
  readonly epoch: string
  /** The highest id that the sequence had given out. */
  readonly last: number
  /** When it was read, in milliseconds since 1970. */
  readonly at: number
  /** `pg_current_snapshot()` of the read, and its xmin: transactions below it were over. */
  readonly snapshot: string
  readonly xmin: bigint
  /** The transactions that were asked for, and those of them that were committed. */
  readonly asked: readonly string[]
  readonly committed: readonly string[]
  /** Changes behind the place, in order, each of which can be handed on. */
  readonly ready: readonly StoredChange[]
  /** Up to which every change is settled: one of those, or rolled back. */
  readonly cursor: number
  /** Changes behind those, which are committed and wait until an earlier place is settled. */
  readonly waiting: readonly StoredChange[]
  /** Whether this was everything that was committed. */
  readonly isAll: boolean
  readonly source: LookSource
  /** Whether the table was read because something was missing that another process should have told. */
  readonly isRefill?: boolean
}

/** What is asked of a look. */
export interface LookRequest {
  readonly epoch: string
  /** What is wanted is behind this id, up to which the asker has everything. */
  readonly cursor: number
  /** The transactions of which it is to say whether they are committed; called when the look begins. */
  readonly ask: () => readonly string[]
}

/**
 * Where a feed has its changes from: from the table, or from another process that reads it. A place says everything of what its asker
 * has, since whether a change is settled does not depend on who asks: so an asker may go from one source to another at any place.
 */
export interface Looks {
  /** Where to begin: all that is committed from now on is behind it. `ended`: the name of a history that went back. */
  begin(ended?: string): Promise<Beginning>
  /**
   * Resolves with the next look, which may have nothing new; undefined once it was stopped. To be called again when that one is dealt with.
   *
   * @throws Error where the table cannot be read
   */
  next(request: LookRequest): Promise<Look | undefined>
  /** There may be something: look now. */
  wake(): void
  /** This process has written something: look now, and tell others to. */
  wrote(): void
  /** Whether a look is under way that began before now. */
  readonly isReading: boolean
  stop(): void
}
