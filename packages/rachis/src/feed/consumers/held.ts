import type { Delivery } from './news'
import type { Subscriber } from '../subscriber'

/** Beyond this many events nobody's are kept: who is held fetches anew. */
const MAX_KEPT = 2000

/** One subscriber that is told nothing until it is known what it may see. */
export interface Hold {
  /** Place in the feed up to which it was told: what it is told of its own rights has this place, since the rest comes behind it. */
  readonly position: number
  /** Place of the first event that it has not been told of; undefined where that is no longer kept. */
  from?: number
  /** Keys by which it was told of records before, and by which they may leave its sight. */
  readonly former: string[]
  /** It was concerned once more since it was last looked up. */
  isDue: boolean
  /** Id of the change up to which it was told by a replay, also of what is told late to others. */
  replayed?: number
}

/** Subscribers that are held back, and what is told to others meanwhile. Nothing is kept while nobody is held. */
export class HeldBack {
  private readonly holds = new Map<Subscriber, Hold>()
  private kept: Delivery[] = []
  private first = 0

  /** Whether it was not held yet. `position`: up to which it was told. */
  add(subscriber: Subscriber, position: number): boolean {
    const known = this.holds.get(subscriber)
    const from = this.first + this.kept.length
    if (known) known.isDue = true
    else this.holds.set(subscriber, { position, from, former: [], isDue: false })

    return !known
  }

  get isEmpty(): boolean {
    return this.holds.size === 0
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
    this.holds.delete(subscriber)
    if (this.holds.size === 0) this.forget()
  }

  keep(news: Delivery) {
    if (this.holds.size === 0) return
    if (this.kept.length >= MAX_KEPT) {
      for (const hold of this.holds.values()) hold.from = undefined
      this.forget()
    }
    this.kept.push(news)
  }

  /** What was told since it was held; undefined where that is no longer known. */
  since(from: number | undefined): readonly Delivery[] | undefined {
    return from === undefined ? undefined : this.kept.slice(from - this.first)
  }

  private forget() {
    this.first += this.kept.length
    this.kept = []
  }
}
