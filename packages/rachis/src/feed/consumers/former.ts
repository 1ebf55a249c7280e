import type { Subscriber } from '../subscriber'
import { Subscriptions } from '../subscriptions'

/** Keys that subscribers had before their rights changed, up to a position of the feed. */
export interface LostKeys {
  readonly former: ReadonlyMap<Subscriber, readonly string[]>
  readonly until: number
}

/** Subscribers whose rights have just changed, by the keys that they had before, each up to a position of the feed. */
export class FormerKeys {
  private readonly known = new Map<Subscriptions<Subscriber>, number>()

  /** Those up to the same position are searched together: hundreds whose rights change at once cost an event one search. */
  add(keys: ReadonlyMap<Subscriber, readonly string[]>, until: number) {
    const subscriptions = this.upTo(until) ?? new Subscriptions<Subscriber>()
    for (const [subscriber, own] of keys) subscriptions.set(subscriber, own)
    this.known.set(subscriptions, until)
  }

  private upTo(until: number): Subscriptions<Subscriber> | undefined {
    for (const [subscriptions, position] of this.known) if (position === until) return subscriptions

    return undefined
  }

  /** Answers the keys that the subscriber is not known by any more. */
  delete(subscriber: Subscriber): string[] {
    return [...this.known.keys()].flatMap((subscriptions) => {
      const keys = subscriptions.keysOf(subscriber)
      subscriptions.delete(subscriber)
      if (subscriptions.size === 0) this.known.delete(subscriptions)

      return keys
    })
  }

  /** Drops those whose time is over once the changes up to this position are sent. */
  forget(told: number) {
    for (const [subscriptions, until] of this.known) if (until <= told) this.known.delete(subscriptions)
  }

  has(subscriber: Subscriber): boolean {
    for (const subscriptions of this.known.keys()) if (subscriptions.has(subscriber)) return true

    return false
  }

  all(): readonly Subscriptions<Subscriber>[] {
    return [...this.known.keys()]
  }
}
