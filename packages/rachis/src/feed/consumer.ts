import type { Change } from './change'

/**
 * Why changes did not reach a consumer. `epoch`: the table has another history than was read, as after a restore. `retention`: they
 * were removed as too old. `backlog`: more changes waited for a live consumer than its bound. `truncated`: the tables of the
 * resources were truncated, which makes one change for all of their records.
 */
export type LossReason = 'epoch' | 'retention' | 'backlog' | 'truncated'

/** Changes that a consumer does not receive. It goes on behind `position`. */
export interface Loss {
  readonly reason: LossReason
  /** Id of the last change before those that it receives next. */
  readonly position: number
  /** The resources that changed unseen; undefined where that is not known, so that it may be all of them. */
  readonly resources?: readonly string[]
}

/**
 * Does something after a write. A consumer receives every committed change in the order of the feed, one batch at a
 * time; the next batch waits until `consume` has resolved. Where it rejects, the batch is repeated from the consumer's position,
 * after a pause that grows; no change is skipped, and no other consumer waits. So a change may come more than once: a consumer
 * tells by its id whether it has done it already.
 *
 * @example feed.consume({ name: 'search-index', delivery: 'durable', consume: (changes) => index.write(changes) })
 */
export interface Consumer {
  /** Of one consumer, in all processes and for ever: a durable one's position is stored under it. */
  readonly name: string
  /** `live`: from now on, in each process. `durable`: from the stored position on, in one process at a time. */
  readonly delivery: 'live' | 'durable'
  /** `epoch` and a change's id together are its place in the feed, as in `formatPosition`. */
  consume(changes: readonly Change[], epoch: string): void | Promise<void>
  /**
   * Changes that are committed and wait until an earlier place in the feed is settled. They come to `consume` as well. For
   * consumers that only have to forget something; a failure here is logged and not repeated.
   */
  foresee?(changes: readonly Change[]): void
  /**
   * This process runs a durable consumer from now on: at its start, and whenever it takes it over from another one. What the consumer
   * remembers of earlier changes may lack those that the other process was handed.
   */
  taken?(): void
  /** Repeated as `consume` is where it fails. */
  lost?(loss: Loss): void | Promise<void>
}
