import type { Subscriber } from '../subscriber'
import { Subscriptions } from '../subscriptions'
import { FormerKeys } from './former'
import type { Delivery } from './news'
import { AFTER, BEFORE, filterSights, FORMERLY } from './packets'

/** Who is told of what: the keys of a record meet those of subscribers, and no rule is asked for each of them. */
export class Receivers {
  private readonly subscriptions = new Subscriptions<Subscriber>()
  /** Subscribers whose rights have just shrunk, by their former keys, up to a position: what leaves sight must still be told. */
  readonly former = new FormerKeys()

  join(subscriber: Subscriber) {
    this.subscriptions.set(subscriber, subscriber.audience.keys)
  }

  /** What leaves sight by its former keys is told to it all the same. */
  leave(subscriber: Subscriber) {
    this.subscriptions.delete(subscriber)
  }

  subscribers(): IterableIterator<Subscriber> {
    return this.subscriptions.subscribers()
  }

  /** Whether anybody may be told of a record of this resource. */
  hasAny(resource: string): boolean {
    return [this.subscriptions, ...this.former.all()].some((subscriptions) =>
      subscriptions.hasTopic(resource)
    )
  }

  /** Each receiver once, with whether they saw the record before, after, or both. */
  of(delivery: Delivery): Map<Subscriber, number> {
    const { visibility: { before, after }, isMove = false } = delivery // prettier-ignore
    const receivers = new Map<Subscriber, number>()
    const mark = (subscriptions: Subscriptions<Subscriber>, keys: readonly string[], sight: number) => {
      for (const key of keys) {
        for (const one of subscriptions.of(key)) receivers.set(one, (receivers.get(one) ?? 0) | sight)
      }
    }
    mark(this.subscriptions, before, BEFORE)
    mark(this.subscriptions, after, AFTER)
    for (const former of this.former.all()) mark(former, before, FORMERLY)

    filterSights(receivers, delivery)

    return isMove ? this.moved(receivers) : receivers
  }

  /** Whose sight the move changed. Of whom it is not known what they saw before, since their rights have just changed, are told too. */
  private moved(receivers: ReadonlyMap<Subscriber, number>): Map<Subscriber, number> {
    const isTold = ([subscriber, sight]: [Subscriber, number]) =>
      sight === BEFORE || sight === AFTER || this.former.has(subscriber)

    return new Map([...receivers].filter(isTold))
  }
}
