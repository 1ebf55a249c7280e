import type { Audience } from '../../compilers/audience'
import { audienceOfRow, rowOfChange } from '../../compilers/audience'
import type { Model } from '../../compilers/model'
import type { FindParent } from '../../compilers/policy'
import type { Row } from '../../compilers/service'
import type { Change } from '../change'
import type { Parents } from '../parents'
import { Subscriptions } from '../subscriptions'
import { AFTER, BEFORE, grouped } from './packets'

/** Sends one event to several connections; it is serialised once for all of them. */
export type Emit = (ids: readonly string[], event: string, data: Row, meta: { position: number }) => void

/** One connection, and what its user may see. */
export interface Subscriber {
  readonly id: string
  audience: Audience
}
/** Who saw a record before a change, and who sees it after it. */
interface Sight {
  readonly before: readonly string[]
  readonly after: readonly string[]
}

export interface RealtimeOptions {
  readonly models: ReadonlyMap<string, Model>
  readonly parents: Parents
  readonly emit: Emit
  readonly onError: (error: unknown) => void
}

/** Turns changes into events for those who may see them. No rule is evaluated per connection: keys meet keys. */
export class Realtime {
  private readonly subscriptions = new Subscriptions<Subscriber>()
  /** Subscribers whose rights have just shrunk, by their former keys, up to a position: what leaves sight must still be told. */
  private readonly former = new Map<Subscriptions<Subscriber>, number>()

  constructor(private readonly options: RealtimeOptions) {}

  join(subscriber: Subscriber) {
    this.subscriptions.set(subscriber, subscriber.audience.keys)
  }

  leave(subscriber: Subscriber) {
    this.subscriptions.delete(subscriber)
    for (const former of this.former.keys()) former.delete(subscriber)
  }

  /** Gives a subscriber other rights. Until the feed has passed `until`, records leave his sight by the old rights as well. */
  change(subscriber: Subscriber, audience: Audience, until: number) {
    const former = new Subscriptions<Subscriber>()
    former.set(subscriber, subscriber.audience.keys)
    this.former.set(former, until)
    subscriber.audience = audience
    this.join(subscriber)
  }

  async consume(changes: readonly Change[]) {
    const finders = await this.finders(changes)
    for (const change of changes) {
      const model = this.options.models.get(change.resource)
      // One change that cannot be told must not hold back those behind it.
      if (model) await this.tell(model, change, finders.get(model.name)).catch(this.options.onError)
    }
    const position = changes.at(-1)!.id
    for (const [former, until] of this.former) if (until <= position) this.former.delete(former)
  }

  /** The parents of all rows of the batch, by resource; nothing is asked for resources whose rule follows no parent. */
  private async finders(changes: readonly Change[]): Promise<Map<string, FindParent>> {
    const names = new Set(changes.map(({ resource }) => resource))
    const models = [...names].flatMap((name) => this.options.models.get(name) ?? [])
    const found = models.map(async (model) => {
      const own = changes.filter(({ resource }) => resource === model.name)
      const rows = own.flatMap(({ before, after }) => [before, after]).filter((row) => row !== null)
      return [model.name, await this.options.parents.of(model, rows)] as const
    })

    return new Map(await Promise.all(found))
  }

  private async tell(model: Model, change: Change, find?: FindParent) {
    const [before, after] = [rowOfChange(model, change.before), rowOfChange(model, change.after)]
    const sight = { before: audienceOfRow(model, before, find), after: audienceOfRow(model, after, find) }
    this.deliver(model, change, before, after, sight)
    const isMoved = sight.before.join() !== sight.after.join()
    if (before && after && isMoved && this.options.parents.hasChildren(model.name))
      await this.moveChildren(model, change, before, after)
  }

  /** A record that changed hands takes those that follow it along. */
  private async moveChildren(model: Model, change: Change, before: Row, after: Row) {
    for (const { child, rows } of await this.options.parents.childrenOf(model.name, change.record_id)) {
      for (const row of rows) {
        const as = (parent: Row) =>
          audienceOfRow(child, row, (resource) => (resource === model.name ? parent : undefined))
        this.deliver(child, { ...change, event: 'patched', action: null }, row, row, {
          before: as(before),
          after: as(after)
        })
      }
    }
  }

  private deliver(model: Model, change: Change, before: Row | null, after: Row | null, sight: Sight) {
    for (const { ids, event, row } of grouped(model, change, { before, after }, this.receivers(sight))) {
      this.options.emit(ids, `${model.path} ${event}`, row, { position: change.id })
    }
  }

  /** Each receiver once, with whether he saw the record before, after, or both. */
  private receivers({ before, after }: Sight): Map<Subscriber, number> {
    const receivers = new Map<Subscriber, number>()
    const mark = (subscriptions: Subscriptions<Subscriber>, keys: readonly string[], sight: number) => {
      for (const key of keys) {
        for (const one of subscriptions.of(key)) receivers.set(one, (receivers.get(one) ?? 0) | sight)
      }
    }
    mark(this.subscriptions, before, BEFORE)
    mark(this.subscriptions, after, AFTER)
    for (const former of this.former.keys()) mark(former, before, BEFORE)

    return receivers
  }
}
