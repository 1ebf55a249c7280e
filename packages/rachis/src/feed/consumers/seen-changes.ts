import type { Change } from '../change'
import type { Consumer, Loss } from '../consumer'
import type { Feed } from '../feed'

const NAME = 'answer-cache'
/** Milliseconds without a look at the table for which what was read before counts as the present: it is looked at every second at least. */
const PRESENT = 3000

/**
 * Knows how far each resource has changed, for whoever keeps what was read of it: what was read when all changes up to a place were
 * settled is still so where nothing has changed behind that place.
 */
export class SeenChanges implements Consumer {
  readonly name = NAME
  readonly delivery = 'live'
  /** Ids of the last changes by resources. */
  private readonly last = new Map<string, number>()
  private lastOfAny = 0
  private lostUpTo = 0

  constructor(private readonly feed: Feed) {}

  consume(changes: readonly Change[]) {
    for (const { resource, id } of changes) this.note(resource, id)
  }

  /** Of what was not told anything may have changed. */
  lost({ position, resources }: Loss) {
    if (resources) for (const resource of resources) this.note(resource, position)
    else {
      this.last.clear()
      this.lastOfAny = 0
      this.lostUpTo = position
    }
  }

  /** The history that is read, and the place up to which all changes are known here. */
  get place() {
    return { epoch: this.feed.epoch, position: this.feed.consumers.positionOf(NAME) }
  }

  /** Whether all that was committed until a moment ago is known here; false while the feed is held up or the database is away. */
  get isPresent(): boolean {
    return this.feed.hasReadWithin(PRESENT) && this.place.position === this.feed.cursor
  }

  /** Whether these resources are still as they were at a place. */
  isUnchanged(resources: readonly string[], since: number): boolean {
    return (
      since >= Math.max(this.lostUpTo, this.feed.knownFrom) &&
      resources.every((name) => (this.last.get(name) ?? 0) <= since && !this.feed.unsettled.has(name))
    )
  }

  /** Whether nothing at all has changed since a place. */
  isAllUnchanged(since: number): boolean {
    return this.isUnchanged([], since) && this.lastOfAny <= since && this.feed.unsettled.isEmpty
  }

  private note(resource: string, id: number) {
    this.last.set(resource, id)
    this.lastOfAny = id
  }
}
