import type { Audience } from '../../rules/audience'
import { audienceOfRow, rowOfChange } from '../../rules/audience'
import type { Model } from '../../model/model'
import type { Change } from '../change'
import type { Parents, Ancestry } from '../parents'
import type { LostKeys } from './former'
import { Receivers } from './receivers'
import type { Hold } from './held'
import { HeldBack } from './held'
import { Lanes } from './lanes'
import type { Delivery, OwnNews, Prepared, Ripple, Visibility } from './news'
import { isMoved, loadFollowers, partition } from './news'
import { grouped } from './packets'
import type { Subscriber } from '../subscriber'
import { asksFor, mayReadOf, sendTo } from '../subscriber'

export interface RealtimeOptions {
  readonly models: ReadonlyMap<string, Model>
  readonly parents: Parents
  readonly onError: (error: unknown) => void
}

/** Turns changes into events for those who may see them. No rule is evaluated per connection: keys meet keys. */
export class Realtime {
  private readonly receivers = new Receivers()
  private readonly heldBack = new HeldBack()
  readonly lanes: Lanes<Prepared>

  constructor(private readonly options: RealtimeOptions) {
    this.lanes = new Lanes({
      laneOf: (resource) => options.parents.laneOf(resource),
      prepare: (changes) => this.prepare(changes),
      tell: (prepared) => this.tell(prepared),
      lose: (resources, position, error) => {
        options.onError(error)
        this.reset(position, resources)
      }
    })
  }

  join(subscriber: Subscriber) {
    this.receivers.join(subscriber)
  }

  leave(subscriber: Subscriber) {
    this.receivers.leave(subscriber)
    this.heldBack.delete(subscriber)
    this.receivers.former.delete(subscriber)
  }

  /** Tells a subscriber, who was told up to this position, nothing more until it is released. Answers whether it was not held yet. */
  hold(subscriber: Subscriber, position: number): boolean {
    this.receivers.leave(subscriber)
    const isNew = this.heldBack.add(subscriber, position)
    // Rights that change twice in a row: what leaves sight by those of before is told after the rest as well, and not at once.
    this.heldBack.get(subscriber)!.former.push(...this.receivers.former.delete(subscriber))

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
    if (until !== undefined) this.receivers.former.add(former, until)
    this.catchUp(subscribers, until === undefined ? undefined : { former, until })
    for (const subscriber of subscribers) this.heldBack.delete(subscriber)
    this.receivers.former.forget(this.lanes.told)
  }

  /** Those that were held together are told together. Whoever else is connected costs nothing here: thousands may come back one by one. */
  private catchUp(subscribers: readonly Subscriber[], lost?: LostKeys) {
    const fromOf = (one: Subscriber) => this.heldBack.get(one)!.from
    for (const from of new Set(subscribers.map(fromOf))) {
      const group = subscribers.filter((one) => fromOf(one) === from)
      const missed = this.heldBack.since(from)
      if (missed) this.tellMissed(missed, group, lost)
      else this.resetOf(group, this.lanes.position, this.options.models.keys(), { reason: 'size' })
    }
  }

  private tellMissed(missed: readonly Delivery[], group: readonly Subscriber[], lost?: LostKeys) {
    const receivers = new Receivers()
    for (const subscriber of group) receivers.join(subscriber)
    if (lost) receivers.former.add(new Map(group.map((one) => [one, lost.former.get(one)!])), lost.until)
    for (const news of missed) {
      const left = [...receivers.of(news)].filter(([one]) => !this.heldBack.hasReplayed(one, news))
      this.deliver(news, new Map(left))
    }
  }

  /**
   * Id of the change up to which all is told: what a subscriber without a gap has.
   *
   * @param position up to which the feed was consumed, of which the last changes may concern nobody
   */
  toldBy(position: number): number {
    return this.lanes.isLate ? this.lanes.told : Math.max(this.lanes.position, position)
  }

  /**
   * Keeps what happens from now on for a subscriber that has joined, or joins later, until it is released; what was told up to now is
   * replayed to it.
   *
   * @returns the id up to which it is to be replayed
   */
  holdForReplay(subscriber: Subscriber, position: number): number {
    const until = Math.max(position, this.lanes.position)
    this.hold(subscriber, until)
    this.heldBack.get(subscriber)!.replayed = until

    return until
  }

  /** Sends changes of the past to one subscriber alone, by the rights that it has now: as they would be sent if they were made now. */
  async replay(subscriber: Subscriber, changes: readonly Change[]): Promise<void> {
    const alone = new Realtime(this.options)
    alone.join(subscriber)
    for (const prepared of await alone.prepare(changes)) alone.tell(prepared)
  }

  /** Resolves once all is told that is late. */
  idle(): Promise<void> {
    return this.lanes.idle()
  }

  async consume(changes: readonly Change[]) {
    await this.lanes.consume(changes)
    this.receivers.former.forget(this.lanes.told)
  }

  /** What is told of changes of resources that follow each other, or of one that follows none. */
  private async prepare(changes: readonly Change[]): Promise<Prepared[]> {
    const { parents } = this.options
    const [following, others] = partition(changes, ({ resource }) => parents.laneOf(resource) !== undefined)
    const news = following.length > 0 ? await this.prepareFollowing(following) : []

    return [...news, ...others.map((change) => ({ change }))].sort((a, b) => a.change.id - b.change.id)
  }

  private async prepareFollowing(changes: readonly Change[]): Promise<OwnNews[]> {
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
    this.resetOf([...this.receivers.subscribers(), ...this.heldBack.subscribers()], position, names)
  }

  /** @param data says why, where that is known */
  resetOf(subscribers: readonly Subscriber[], position: number, names: Iterable<string>, data = {}) {
    for (const name of names) {
      const path = this.options.models.get(name)?.path
      const receivers = subscribers.filter((one) => asksFor(one, name) && mayReadOf(name, one))
      if (path) sendTo(receivers, { path, event: 'reset', data, position })
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
  private tell(prepared: Prepared) {
    const { change } = prepared
    try {
      for (const news of 'model' in prepared ? [prepared] : this.newsNow(change)) this.tellNews(news)
    } catch (error) {
      this.options.onError(error)
      this.reset(change.id, [change.resource])
    }
  }

  /** None where nobody listens. Who is held may be told of it later. */
  private newsNow(change: Change): OwnNews[] {
    const isListenedTo = !this.heldBack.isEmpty || this.receivers.hasAny(change.resource)
    return isListenedTo ? this.newsOf(change, this.options.parents.behind(change.id - 1)) : []
  }

  private tellNews(news: OwnNews) {
    const { model, change, find, visibility, relatives } = news
    this.send(news)
    this.moveFollowers(model, change.record_id, visibility, { change, relatives, find, moved: new Set() })
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
    this.deliver(news, this.receivers.of(news))
  }

  private deliver({ model, change, rows }: Delivery, receivers: ReadonlyMap<Subscriber, number>) {
    for (const group of grouped(model, change, rows, receivers)) sendTo(group.receivers, group.packet)
  }
}
