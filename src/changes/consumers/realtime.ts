import type { Audience } from '../../compilers/audience'
import { audienceOfRow, rowOfChange } from '../../compilers/audience'
import type { Model } from '../../compilers/model'
import type { Row } from '../../compilers/service'
import type { Change } from '../change'
import { Subscriptions } from '../subscriptions'

/** Sends one event to several connections; it is serialised once for all of them. */
export type Emit = (ids: readonly string[], event: string, data: Row, meta: { position: number }) => void

/** One connection, and what its user may see. */
export interface Subscriber {
  readonly id: string
  audience: Audience
}

const BEFORE = 1
const AFTER = 2

/** Turns changes into events for those who may see them. No rule is evaluated per connection: keys meet keys. */
export class Realtime {
  private readonly subscriptions = new Subscriptions<Subscriber>()
  /** Subscribers whose rights have just shrunk, by their former keys, up to a position: what leaves sight must still be told. */
  private readonly former = new Map<Subscriptions<Subscriber>, number>()

  constructor(
    private readonly models: ReadonlyMap<string, Model>,
    private readonly emit: Emit
  ) {}

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

  consume(changes: readonly Change[]) {
    for (const change of changes) {
      const model = this.models.get(change.resource)
      if (model) this.deliver(model, change)
    }
    const position = changes.at(-1)!.id
    for (const [former, until] of this.former) if (until <= position) this.former.delete(former)
  }

  private deliver(model: Model, change: Change) {
    const [before, after] = [rowOfChange(model, change.before), rowOfChange(model, change.after)]
    const receivers = this.receivers(audienceOfRow(model, before), audienceOfRow(model, after))
    for (const [ids, event, columns] of grouped(model, change, receivers)) {
      const row = (event === 'removed' ? before : after)!
      this.emit(ids, `${model.path} ${event}`, pick(row, columns), { position: change.id })
    }
  }

  /** Each receiver once, with whether he saw the record before, after, or both. */
  private receivers(before: readonly string[], after: readonly string[]): Map<Subscriber, number> {
    const receivers = new Map<Subscriber, number>()
    const mark = (subscriptions: Subscriptions<Subscriber>, keys: readonly string[], sight: number) => {
      for (const key of keys)
        for (const one of subscriptions.of(key)) receivers.set(one, (receivers.get(one) ?? 0) | sight)
    }
    mark(this.subscriptions, before, BEFORE)
    mark(this.subscriptions, after, AFTER)
    for (const former of this.former.keys()) mark(former, before, BEFORE)

    return receivers
  }
}

const pick = (row: Row, columns: readonly string[]): Row => {
  const picked: Row = {}
  for (const name of columns) picked[name] = row[name] ?? null

  return picked
}

/** What a change is to one who saw the record before, after, or both. */
const eventFor = (sight: number, { event }: Change): string =>
  sight === AFTER ? 'created' : sight === BEFORE ? 'removed' : event === 'updated' ? 'updated' : 'patched'

type Group = [ids: string[], event: string, columns: readonly string[]]

/** Receivers of the same event with the same columns are served by one packet. An action adds an event of its own name. */
const grouped = (model: Model, change: Change, receivers: ReadonlyMap<Subscriber, number>): Group[] => {
  const groups = new Map<string, Map<readonly string[], Group>>()
  const add = (subscriber: Subscriber, event: string) => {
    const columns = subscriber.audience.columns.get(model.name)!
    const byColumns = groups.get(event) ?? new Map<readonly string[], Group>()
    groups.set(event, byColumns)
    const group = byColumns.get(columns)
    if (group) group[0].push(subscriber.id)
    else byColumns.set(columns, [[subscriber.id], event, columns])
  }
  for (const [subscriber, sight] of receivers) {
    add(subscriber, eventFor(sight, change))
    if (change.action && sight !== BEFORE) add(subscriber, change.action)
  }

  return [...groups.values()].flatMap((byColumns) => [...byColumns.values()])
}
