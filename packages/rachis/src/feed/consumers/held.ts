import type { Delivery } from './news'
import type { Subscriber } from '../subscriber'

/** Beyond this many events nobody's are kept: who is held fetches anew. */
const MAX_KEPT = 2000

/** One subscriber that is told nothing until it is known what it may see. */
export interface Hold {
  /** Place in the feed up to which it was told: what it is told of its own rights has this place, since the rest comes behind it. */
  position: number
  /** Nothing is kept for it: what it misses is read from the table of changes later. */
  isSuspended?: boolean
  /** Place of the first event that it has not been told of; undefined where that is no longer kept. */
  from?: number
  /** Keys by which it was told of records before, and by which they may leave its sight. */
  readonly former: string[]
  /** It was concerned once more since it was last looked up. */
  isDue: boolean
  /** It is told what other rights bring and take: until that is done it has what neither its old rights nor its new ones give. */
  isChanging?: boolean
  /** Id of the change up to which it was told by a replay, also of what is told late to others. */
  replayed?: number
}

/** Subscribers that are held back, and what is told to others meanwhile. Nothing is kept while nobody is held. */
export class HeldBack {
  private readonly holds = new Map<Subscriber, Hold>()
  private readonly keeping = new Set<Hold>()
  private kept: Delivery[] = []
  private first = 0

  /** Whether it was not held yet. `position`: up to which it was told. */
  add(subscriber: Subscriber, position: number): boolean {
    const known = this.holds.get(subscriber)
    const from = this.first + this.kept.length
    if (known) {
      known.isDue = true
      return false
    }
    const hold: Hold = { position, from, former: [], isDue: false }
    this.holds.set(subscriber, hold)
    this.keeping.add(hold)

    return true
  }

  /** Nothing is kept for this subscriber from now on. What was kept, and whoever looks up its rights, count no more. */
  suspend(subscriber: Subscriber, position: number): Hold {
    this.delete(subscriber)
    const hold: Hold = { position, former: [], isDue: false, isSuspended: true }
    this.holds.set(subscriber, hold)

    return hold
  }

  /** Keeps what happens from now on for a suspended subscriber, which is sent by other means what happened up to the id `replayed`. */
  resume(hold: Hold, replayed: number) {
    Object.assign(hold, { isSuspended: false, from: this.first + this.kept.length, replayed })
    this.keeping.add(hold)
  }

  /** Whether anything is kept. */
  get isKeeping(): boolean {
    return this.keeping.size > 0
  }

  get(subscriber: Subscriber): Hold | undefined {
    return this.holds.get(subscriber)
  }

  /** Whether a replay has told it of this already. */
  hasReplayed(subscriber: Subscriber, { change }: Delivery): boolean {
    return change.id <= (this.holds.get(subscriber)?.replayed ?? -1)
  }

  subscribers(): IterableIterator<Subscriber> {
    return this.holds.keys()
  }

  delete(subscriber: Subscriber) {
    const hold = this.holds.get(subscriber)
    if (!hold) return
    this.holds.delete(subscriber)
    this.keeping.delete(hold)
    if (!this.isKeeping) this.forget()
  }

  keep(news: Delivery) {
    if (!this.isKeeping) return
    if (this.kept.length >= MAX_KEPT) {
      for (const hold of this.keeping) hold.from = undefined
      this.keeping.clear()
      return this.forget()
    }
    this.kept.push(news)
  }

  /**
   * What was told since it was held, in the order of the feed, also where some was told late: whoever is sent one change has all before
   * it. Undefined where that is no longer known.
   */
  since(from: number | undefined): readonly Delivery[] | undefined {
    if (from === undefined) return undefined

    return this.kept.slice(from - this.first).sort((a, b) => a.change.id - b.change.id)
  }

  private forget() {
    this.first += this.kept.length
    this.kept = []
  }
}
