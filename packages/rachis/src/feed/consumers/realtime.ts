import type { Audience } from '../../rules/audience'
import type { Model } from '../../model/model'
import type { Change } from '../change'
import type { Parents } from '../parents'
import type { LostKeys } from './former'
import type { Heard } from './receivers'
import { Receivers, restrict } from './receivers'
import type { Hold } from './held'
import { HeldBack } from './held'
import { Lanes } from './lanes'
import type { Delivery, OwnNews, Prepared, Ripple, Visibility } from './news'
import { isMoved, newsOf, newsOfFollower } from './news'
import { prepare } from './prepare'
import { deliver } from './deliver'
import type { Subscriber } from '../subscriber'
import { asksFor, resetFor } from '../subscriber'

export interface RealtimeOptions {
  readonly models: ReadonlyMap<string, Model>
  readonly parents: Parents
  /** The same for replays, over connections of their own: hundreds of them must not hold up what happens now. */
  readonly replayParents?: Parents
  readonly onError: (error: unknown) => void
}

const always = async () => true

/** Turns changes into events for those who may see them. No rule is evaluated per connection: keys meet keys. */
export class Realtime {
  readonly receivers = new Receivers()
  private readonly heldBack = new HeldBack()
  readonly lanes: Lanes<Prepared>
  /** Called with each change that was told. */
  onTold?: (change: Change) => void

  constructor(private readonly options: RealtimeOptions) {
    this.lanes = new Lanes({
      laneOf: (resource) => options.parents.laneOf(resource),
      prepare: (changes) => prepare(options, changes),
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

  /** Whether it is told of changes: neither held nor gone. */
  isJoined(subscriber: Subscriber): boolean {
    return this.receivers.has(subscriber)
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
   * Whoever has left meanwhile is left out.
   */
  release(subscribers: readonly Subscriber[], audience: Audience, until?: number) {
    const former = new Map<Subscriber, readonly string[]>()
    const held = subscribers.filter((one) => this.heldBack.get(one))
    for (const subscriber of held) {
      former.set(subscriber, [...subscriber.audience.keys, ...this.heldBack.get(subscriber)!.former])
      subscriber.audience = audience
      this.join(subscriber)
    }
    if (until !== undefined) this.receivers.former.add(former, until)
    this.catchUp(held, until === undefined ? undefined : { former, until })
    for (const subscriber of held) this.heldBack.delete(subscriber)
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
    // Hundreds whose rights change at once are each told of hundreds of changes that they do not ask for.
    for (const news of missed.filter(({ model }) => group.some((one) => asksFor(one, model.name)))) {
      this.deliver(
        news,
        restrict(receivers.of(news), (one) => !this.heldBack.hasReplayed(one, news))
      )
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

  /** Tells a subscriber nothing more, and keeps nothing for it, until it is resumed and released. `position`: up to which it was told. */
  suspend(subscriber: Subscriber, position: number): Hold {
    this.receivers.leave(subscriber)
    this.receivers.former.delete(subscriber)

    return this.heldBack.suspend(subscriber, position)
  }

  /** Keeps what happens from now on for a suspended subscriber until it is released. Answers the id up to which it is to be replayed. */
  resume(hold: Hold, position: number): number {
    const until = Math.max(position, this.lanes.position)
    this.heldBack.resume(hold, until)

    return until
  }

  /**
   * Sends changes of the past to these subscribers alone, by the rights that they have now: as they would be sent if they were made now.
   *
   * @param mayTell asked before each of them, with its id; the rest is not told where it is not
   */
  async replay(
    subscribers: Iterable<Subscriber>,
    changes: readonly Change[],
    mayTell: (id: number) => Promise<boolean>
  ): Promise<void> {
    const { replayParents: parents = this.options.parents } = this.options
    const alone = new Realtime({ ...this.options, parents })
    for (const subscriber of subscribers) alone.join(subscriber)
    await alone.tellAll(changes, mayTell)
  }

  /**
   * Tells all who have joined of these changes, one behind the other: for whoever has subscribers of its own, none of which is held, and waits
   * until they are told.
   *
   * @param mayTell as for `replay`
   * @throws what `onError` throws, and what reading the parents of records throws
   */
  async tellAll(
    changes: readonly Change[],
    mayTell: (id: number) => Promise<boolean> = always
  ): Promise<void> {
    if (changes.length === 0) return
    for (const prepared of await prepare(this.options, changes)) {
      if (!(await mayTell(prepared.change.id))) return
      this.tell(prepared)
    }
  }

  /** Resolves once all is told that is late. */
  idle(): Promise<void> {
    return this.lanes.idle()
  }

  async consume(changes: readonly Change[]) {
    await this.lanes.consume(changes)
    this.receivers.former.forget(this.lanes.told)
  }

  /** Tells all who may read any of a resource to fetch it anew: of the resources that are named, or of all. */
  reset(position: number, names: Iterable<string> = this.options.models.keys()) {
    this.resetOf([...this.receivers.subscribers(), ...this.heldBack.subscribers()], position, names)
  }

  /** @param data says why, where that is known */
  resetOf(subscribers: readonly Subscriber[], position: number, names: Iterable<string>, data = {}) {
    for (const name of names) {
      const model = this.options.models.get(name)
      if (model) resetFor(subscribers, model, { position, data })
    }
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
    this.onTold?.(change)
  }

  /** None where nobody listens. Who is held may be told of it later. */
  private newsNow(change: Change): OwnNews[] {
    const isListenedTo = this.heldBack.isKeeping || this.receivers.hasAny(change.resource)
    return isListenedTo ? newsOf(this.options.models, change, this.options.parents.behind(change.id - 1)) : []
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
        const news = newsOfFollower(child, row, { change, find })
        this.send(news)
        this.moveFollowers(child, String(row.id), news.visibility, move)
      }
    }
  }

  private send(news: Delivery) {
    this.heldBack.keep(news)
    this.deliver(news, this.receivers.of(news))
  }

  private deliver = (news: Delivery, heard: readonly Heard[]) => deliver(news, heard, this.options.onError)
}
