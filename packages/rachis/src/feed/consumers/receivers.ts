import type { Shape } from '../../rules/shape'
import type { Match } from '../shape-index'
import { matchesIn, ShapeIndex } from '../shape-index'
import type { Subscriber } from '../subscriber'
import { keyOfShape, keysListened, shapesOf } from '../subscriber'
import { Subscriptions } from '../subscriptions'
import { FormerKeys } from './former'
import type { Delivery, Visibility } from './news'
import type { Sights } from './packets'
import { AFTER, BEFORE, FORMERLY } from './packets'

/** All listeners of one key, who all saw the record at the same times. */
class Listeners implements Sights {
  constructor(
    private readonly subscribers: ReadonlySet<Subscriber>,
    private readonly sight: number
  ) {}

  get size(): number {
    return this.subscribers.size
  }

  forEach(visit: (sight: number, subscriber: Subscriber) => void) {
    for (const subscriber of this.subscribers) visit(this.sight, subscriber)
  }
}

type IsMeant = (subscriber: Subscriber, sight: number) => boolean

/** Those for whom it holds, in a map of their own. */
const chosen = (sights: Sights, isMeant: IsMeant): Map<Subscriber, number> => {
  const map = new Map<Subscriber, number>()
  sights.forEach((sight, subscriber) => isMeant(subscriber, sight) && map.set(subscriber, sight))

  return map
}

/** Who is told of a change for one shape, or for none. */
export interface Heard {
  readonly shape?: Shape
  readonly receivers: Sights
  /** Why the shape could not be asked. */
  readonly failed?: unknown
}

/** Who is told of what: the keys of a record meet those of subscribers, and no rule is asked for each of them. */
export class Receivers {
  private readonly subscriptions = new Subscriptions<Subscriber>()
  private readonly indexes = new Map<string, ShapeIndex>()
  /** The shapes that subscribers have joined for. */
  private readonly shapes = new Map<Subscriber, readonly Shape[]>()
  /** Subscribers whose rights have just shrunk, by their former keys, up to a position: what leaves sight must still be told. */
  readonly former = new FormerKeys()

  /** Joins, or joins anew by what it asks for now. */
  join(subscriber: Subscriber) {
    this.leave(subscriber)
    this.subscriptions.set(subscriber, keysListened(subscriber))
    if (!subscriber.asks) return
    const shapes = [...subscriber.asks.shapes.values()].flat()
    this.shapes.set(subscriber, shapes)
    for (const shape of shapes) this.indexOf(shape.resource).add(shape)
  }

  /** How many shapes are asked for in all, and how many different ones. */
  asked(): { subscriptions: number; shapes: number } {
    const count = (numbers: Iterable<number>) => [...numbers].reduce((sum, one) => sum + one, 0)

    return {
      subscriptions: count([...this.shapes.values()].map(({ length }) => length)),
      shapes: count([...this.indexes.values()].map(({ size }) => size))
    }
  }

  /** What leaves sight by its former keys is told to it all the same. */
  leave(subscriber: Subscriber) {
    this.subscriptions.delete(subscriber)
    for (const shape of this.shapes.get(subscriber) ?? []) this.forget(shape)
    this.shapes.delete(subscriber)
  }

  private indexOf(resource: string): ShapeIndex {
    const index = this.indexes.get(resource) ?? new ShapeIndex()
    this.indexes.set(resource, index)

    return index
  }

  private forget(shape: Shape) {
    const index = this.indexOf(shape.resource)
    index.delete(shape)
    if (index.isEmpty) this.indexes.delete(shape.resource)
  }

  has(subscriber: Subscriber): boolean {
    return this.subscriptions.has(subscriber)
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

  /** Whoever is told of all records first, then those of each shape. */
  of(delivery: Delivery): Heard[] {
    const { model, rows, visibility, isMove = false } = delivery
    const plain = this.meet(visibility, { before: true, after: true }, (key) => key)
    const index = this.indexes.get(model.name)
    const matches = index ? matchesIn(index, rows) : []
    const heard: Heard[] = [{ receivers: plain }, ...matches.map((match) => this.ofShape(visibility, match))]
    const all = this.former.all().length > 0 ? this.withFormer(heard, delivery) : heard

    return isMove ? all.map((one) => ({ ...one, receivers: this.moved(one.receivers) })) : all
  }

  private ofShape(visibility: Visibility, match: Match): Heard {
    const { shape, failed } = match
    return { shape, failed, receivers: this.meet(visibility, match, (key) => keyOfShape(key, shape)) }
  }

  private meet(
    { before, after }: Visibility,
    asked: Readonly<Record<'before' | 'after', boolean>>,
    keyOf: (key: string) => string
  ): Sights {
    const listeners = (keys: readonly string[], sight: number) =>
      keys
        .map((key) => new Listeners(this.subscriptions.of(keyOf(key)), sight))
        .filter(({ size }) => size > 0)
    // Most changes leave the keys as they were: each receiver is marked once then.
    if (asked.before && asked.after && before.join() === after.join())
      return together(listeners(after, BEFORE | AFTER))

    return together([
      ...(asked.before ? listeners(before, BEFORE) : []),
      ...(asked.after ? listeners(after, AFTER) : [])
    ])
  }

  /**
   * Whoever saw the record by keys that they have lost is told that it is gone, unless they see it by others. Whether it was of a shape is
   * not asked: a record that somebody never had may be removed.
   */
  private withFormer(heard: readonly Heard[], { model, visibility }: Delivery): Heard[] {
    const byShape = new Map(
      heard.map((one) => [one.shape?.id, { ...one, receivers: chosen(one.receivers, () => true) }])
    )
    const lost = this.former
      .all()
      .flatMap((former) => visibility.before.flatMap((key) => [...former.of(key)]))
    for (const one of lost)
      for (const shape of shapesOf(one, model.name) ?? [undefined]) markLost(byShape, one, shape)

    return [...byShape.values()]
  }

  /** Whose sight the move changed. Of whom it is not known what they saw before, since their rights have just changed, are told too. */
  private moved(receivers: Sights): Sights {
    return chosen(
      receivers,
      (subscriber, sight) => sight === BEFORE || sight === AFTER || this.former.has(subscriber)
    )
  }
}

/** The listeners of several keys, each once. Those of one key, as mostly, are not copied. */
const together = (all: readonly Listeners[]): Sights => {
  if (all.length === 1) return all[0]!
  const receivers = new Map<Subscriber, number>()
  for (const listeners of all)
    listeners.forEach((sight, one) => receivers.set(one, (receivers.get(one) ?? 0) | sight))

  return receivers
}

interface Marked extends Heard {
  readonly receivers: Map<Subscriber, number>
}

const markLost = (byShape: Map<string | undefined, Marked>, subscriber: Subscriber, shape?: Shape) => {
  const heard = byShape.get(shape?.id) ?? { shape, receivers: new Map<Subscriber, number>() }
  byShape.set(shape?.id, heard)
  const sight = heard.receivers.get(subscriber) ?? 0
  if (!shape || sight === 0) heard.receivers.set(subscriber, sight | FORMERLY)
}

/** Those of the receivers for whom it holds. */
export const restrict = (heard: readonly Heard[], isMeant: (subscriber: Subscriber) => boolean): Heard[] =>
  heard.map((one) => ({ ...one, receivers: chosen(one.receivers, isMeant) }))
