import { once } from 'events'
import type { Model } from '../model/model'
import type { Feed } from './feed'
import type { Subscriber } from './subscriber'
import { asksFor, sendForAll } from './subscriber'

/** Milliseconds that a token of another process is waited for, whose feed was read further than that of this one. */
const AHEAD = 1000
/** Milliseconds after which a replay that failed is tried again; twice as many after each further failure. */
const RETRY = { least: 250, most: 30_000 }

/**
 * Why a subscriber has to read anew. `epoch`: the token is of another history, as before a restore, or none at all. `horizon`: what
 * was missed was removed as too old, or cannot be told. `ahead`: the token is of a place that this process does not reach. `rights`: what the
 * subscriber may read is other than it was. `schema`: what a resource looks like, or the rule that it is read by, is declared otherwise. `size`: too much was missed, as where a table was truncated.
 */
export type ResetReason = 'epoch' | 'horizon' | 'ahead' | 'rights' | 'schema' | 'size'

interface Resetting {
  readonly member: Subscriber
  /** The paths of the resources that it was told to read anew, with the id up to which that includes their changes. */
  readonly anew: Map<string, number>
}

/** Tells a subscriber to read resources anew that it asks for. They may be those that it may read no more, whose records it has to drop. */
export const sendReset = (
  { member, anew }: Resetting,
  { reason, position }: { readonly reason: ResetReason; readonly position: number },
  models: readonly Model[]
) => {
  for (const { name, path } of models.filter((one) => asksFor(member, one.name))) {
    anew.set(path, position)
    sendForAll(member, name, { path, event: 'reset', data: { reason }, position })
  }
}

/** A subscriber without what it reads anew: changes up to the place at which it was told to are part of what it reads. */
export const behindReset = ({ member, anew }: Resetting): Subscriber => ({
  ...member,
  send: (packet) => {
    if ((anew.get(packet.path) ?? -1) < packet.position) member.send(packet)
  }
})

/** Resolves once the feed has come to this id, or does not within a second. */
export const reached = async (feed: Feed, id: number): Promise<void> => {
  const signal = AbortSignal.timeout(AHEAD)
  feed.wake()
  while (feed.cursor < id && !signal.aborted) await once(feed, 'position', { signal }).catch(() => undefined)
}

/**
 * Milliseconds until what failed so many times in a row is tried again. A part of them is random, so that what has failed for all at once
 * is not tried by all at once.
 */
export const retryPause = (failures: number): number =>
  Math.min(RETRY.most, RETRY.least * 2 ** failures) * (0.5 + Math.random() / 2)
