import type { Audience } from '../../rules/audience'
import { audienceOfRow, rowOfChange } from '../../rules/audience'
import type { Model } from '../../model/model'
import type { FindParent } from '../../rules/policy'
import type { Change } from '../change'
import type { Parents, Ancestry } from '../parents'
import { Subscriptions } from '../subscriptions'
import { FormerKeys } from './former'
import type { Hold } from './held'
import { HeldBack } from './held'
import { Lanes } from './lanes'
import type { Delivery, Visibility } from './news'
import { isMoved } from './news'
import { AFTER, BEFORE, filterSights, FORMERLY, grouped } from './packets'
import type { Subscriber } from '../subscriber'
import { asksFor, sendTo } from '../subscriber'

interface OwnNews extends Delivery {
  readonly find: Ripple['find']
  readonly relatives: Ancestry
}
/** What the followers of a record are told by, where it changed hands. */
interface Ripple {
  readonly change: Change
  readonly relatives: Ancestry
  readonly find: Readonly<Record<'before' | 'after', FindParent>>
  /** Whoever follows by two ways is told once. */
  readonly moved: Set<string>
}

export interface RealtimeOptions {
  readonly models: ReadonlyMap<string, Model>
  readonly parents: Parents
  readonly onError: (error: unknown) => void
}

/** Turns changes into events for those who may see them. No rule is evaluated per connection: keys meet keys. */
export class Realtime {
  private readonly subscriptions = new Subscriptions<Subscriber>()
  private readonly heldBack = new HeldBack()
  private readonly lanes: Lanes<OwnNews>
  /** Subscribers whose rights have just shrunk, by their former keys, up to a position: what leaves sight must still be told. */
  private readonly former = new FormerKeys()

  constructor(private readonly options: RealtimeOptions) {
    this.lanes = new Lanes({
      laneOf: (resource) => options.parents.laneOf(resource),
      prepare: (changes) => this.prepare(changes),
      tell: (news) => this.tell(news),
      lose: (resources, position, error) => {
        options.onError(error)
        this.reset(position, resources)
      }
    })
  }

  join(subscriber: Subscriber) {
    this.subscriptions.set(subscriber, subscriber.audience.keys)
  }

  leave(subscriber: Subscriber) {
    this.subscriptions.delete(subscriber)
    this.heldBack.delete(subscriber)
    this.former.delete(subscriber)
  }

  /** Tells a subscriber, who was told up to this position, nothing more until it is released. Answers whether it was not held yet. */
  hold(subscriber: Subscriber, position: number): boolean {
    this.subscriptions.delete(subscriber)
    const isNew = this.heldBack.add(subscriber, position)
    // Rights that change twice in a row: what leaves sight by those of before is told after the rest as well, and not at once.
    this.heldBack.get(subscriber)!.former.push(...this.former.delete(subscriber))

    return isNew
  }

  held(subscriber: Subscriber): Hold | undefined {
    return this.heldBack.get(subscriber)
  }

  /**
   * Goes on telling subscribers, of what happened while they were held first, by rights that all of them have now. Where those
   * are others than before, records leave their sight by the old rights as well, until the feed has passed the position `until`.
   */
  release(subscribers: readonly Subscriber[], audience: Audience, until?: number) {
    const former = new Map<Subscriber, readonly string[]>()
    for (const subscriber of subscribers) {
      const hold = this.heldBack.get(subscriber)!
      former.set(subscriber, [...subscriber.audience.keys, ...hold.former])
      subscriber.audience = audience
      this.join(subscriber)
    }
    if (until !== undefined) this.former.add(former, until)
    this.catchUp(subscribers)
    for (const subscriber of subscribers) this.heldBack.delete(subscriber)
    this.former.forget(this.lanes.told)
  }

  /** Those that were held together are told together. */
  private catchUp(subscribers: readonly Subscriber[]) {
    const fromOf = (one: Subscriber) => this.heldBack.get(one)!.from
    for (const from of new Set(subscribers.map(fromOf))) {
      const group = new Set(subscribers.filter((one) => fromOf(one) === from))
      const missed = this.heldBack.since(from)
      if (!missed) this.resetOf([...group], this.lanes.position, this.options.models.keys())
      for (const news of missed ?? []) {
        const receivers = [...this.receivers(news)].filter(([subscriber]) => group.has(subscriber))
        this.deliver(news, new Map(receivers))
      }
    }
  }

  /** Resolves once all is told that is late. */
  idle(): Promise<void> {
    return this.lanes.idle()
  }

  async consume(changes: readonly Change[]) {
    await this.lanes.consume(changes)
    this.former.forget(this.lanes.told)
  }

  /** What is told of changes of resources that follow each other, or of one that follows none. */
  private async prepare(changes: readonly Change[]): Promise<OwnNews[]> {
    const relatives = this.options.parents.behind(changes[0]!.id - 1)
    for (const name of new Set(changes.map(({ resource }) => resource))) {
      const own = changes.filter(({ resource }) => resource === name)
      const rows = own.flatMap(({ before, after }) => [before, after]).filter((row) => row !== null)
      const model = this.options.models.get(name)
      if (model) await relatives.load(model, rows)
    }
    const news = changes.flatMap((change) => this.newsOf(change, relatives))
    await loadFollowers(news, relatives)

    return news
  }

  /** Tells all who may read any of a resource to fetch it anew: of the resources that are named, or of all. */
  reset(position: number, names: Iterable<string> = this.options.models.keys()) {
    this.resetOf([...this.subscriptions.subscribers(), ...this.heldBack.subscribers()], position, names)
  }

  private resetOf(subscribers: readonly Subscriber[], position: number, names: Iterable<string>) {
    for (const name of names) {
      const path = this.options.models.get(name)?.path
      const receivers = subscribers.filter((one) => asksFor(one, name) && mayReadOf(name, one))
      if (path) sendTo(receivers, { path, event: 'reset', data: {}, position })
    }
  }

  private newsOf(change: Change, relatives: Ancestry): OwnNews[] {
    const model = this.options.models.get(change.resource)
    if (!model) return []
    const [before, after] = [rowOfChange(model, change.before), rowOfChange(model, change.after)]
    const find = { before: relatives.at(change.id - 1), after: relatives.at(change.id) }
    const visibility = {
      before: audienceOfRow(model, before, find.before),
      after: audienceOfRow(model, after, find.after)
    }

    return [{ model, change, rows: { before, after }, find, visibility, relatives }]
  }

  /** One change that cannot be told must not hold back those behind it. */
  private tell(news: OwnNews) {
    const { model, change, find, visibility, relatives } = news
    try {
      this.send(news)
      this.moveFollowers(model, change.record_id, visibility, { change, relatives, find, moved: new Set() })
    } catch (error) {
      this.options.onError(error)
      this.reset(change.id, [model.name])
    }
  }

  /** A record that changed hands takes those that follow it along, and those that follow them. */
  private moveFollowers(model: Model, id: string, visibility: Visibility, move: Ripple) {
    const { change, relatives, find, moved } = move
    if (!isMoved(visibility)) return
    for (const { child, rows } of relatives.followersOf(model.name, id, change.id)) {
      for (const row of rows.filter((one) => !moved.has(`${child.name}/${String(one.id)}`))) {
        moved.add(`${child.name}/${String(row.id)}`)
        const now = {
          before: audienceOfRow(child, row, find.before),
          after: audienceOfRow(child, row, find.after)
        }
        const event = { ...change, event: 'patched', action: null } as const
        this.send({
          model: child,
          change: event,
          rows: { before: row, after: row },
          visibility: now,
          isMove: true
        })
        this.moveFollowers(child, String(row.id), now, move)
      }
    }
  }

  private send(news: Delivery) {
    this.heldBack.keep(news)
    this.deliver(news, this.receivers(news))
  }

  private deliver({ model, change, rows }: Delivery, receivers: ReadonlyMap<Subscriber, number>) {
    for (const group of grouped(model, change, rows, receivers)) sendTo(group.receivers, group.packet)
  }

  /** Each receiver once, with whether they saw the record before, after, or both. */
  private receivers(delivery: Delivery): Map<Subscriber, number> {
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

const mayReadOf = (name: string, { audience: { keys } }: Subscriber): boolean =>
  keys.some((key) => key.startsWith(`${name}/`))

/** Also of records that are only being created: one statement may bring their followers first. */
const loadFollowers = async (news: readonly Delivery[], relatives: Ancestry) => {
  const moved = news.filter(({ visibility }) => isMoved(visibility))
  for (const name of new Set(moved.map(({ model }) => model.name))) {
    const ids = moved.filter(({ model }) => model.name === name).map(({ change }) => change.record_id)
    await relatives.loadFollowers(name, [...new Set(ids)])
  }
}
