import { setTimeout } from 'timers/promises'
import type { Realtime } from './consumers/realtime'
import type { OwnWrites } from './own-writes'
import type { Subscriber } from './subscriber'

/** Milliseconds between looks at a subscriber that is sent its events late. */
const LATE = 20

export interface AppliedOptions {
  readonly ownWrites: OwnWrites
  readonly realtime: Realtime
  /** Id of the change up to which real time has consumed the feed. */
  readonly position: () => number
  readonly isConnected: (subscriber: Subscriber) => boolean
}

/**
 * Resolves once a subscriber has been sent what it may see of a transaction, and at once where that is nothing. Answers whether it is
 * still connected.
 *
 * @param tx id of a committed transaction, as a text
 */
export const applied = async (
  { ownWrites, realtime, position, isConnected }: AppliedOptions,
  subscriber: Subscriber,
  tx: string
): Promise<boolean> => {
  const id = await ownWrites.passed(tx)
  const isLate = () => realtime.held(subscriber) !== undefined || realtime.toldBy(position()) < id
  // Rights that are looked up, a locked table, more changes than it keeps up with: no event says when these are over.
  while (isConnected(subscriber) && isLate()) await setTimeout(LATE, undefined, { ref: false })

  return isConnected(subscriber)
}
