import type { Audience } from '../../compilers/audience'
import { audienceOfRow, rowOfChange } from '../../compilers/audience'
import type { Model } from '../../compilers/model'
import type { FindParent } from '../../compilers/policy'
import type { Row } from '../../compilers/service'
import type { Change } from '../change'
import type { Parents, Relatives } from '../parents'
import { Subscriptions } from '../subscriptions'
import type { Rows } from './packets'
import { AFTER, BEFORE, FORMERLY, grouped } from './packets'

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

/** What is told of a change. */
interface News {
  readonly model: Model
  readonly change: Change
  readonly rows: Rows
  readonly find: Move['find']
  readonly sight: Sight
}
/** What the followers of a record are told by, where it changed hands. */
interface Move {
  readonly change: Change
  readonly relatives: Relatives
  readonly find: Readonly<Record<'before' | 'after', FindParent>>
  /** Whoever follows by two ways is told once. */
  readonly moved: Set<string>
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
    for (const former of this.former.keys()) {
      former.delete(subscriber)
      // Where it could not be settled up to when, nobody else would.
      if (former.size === 0) this.former.delete(former)
    }
  }

  /**
   * Gives a subscriber other rights. Records leave his sight by the old rights as well, until the feed has passed the position
   * that the answer is called with.
   */
  change(subscriber: Subscriber, audience: Audience): (until: number) => void {
    const former = new Subscriptions<Subscriber>()
    former.set(subscriber, subscriber.audience.keys)
    this.former.set(former, Infinity)
    subscriber.audience = audience
    this.join(subscriber)

    return (until) => void this.former.set(former, until)
  }

  async consume(changes: readonly Change[]) {
    const relatives = await this.relatives(changes)
    const news = changes.flatMap((change) => this.newsOf(change, relatives))
    await loadFollowers(news, relatives)
    for (const one of news) this.tell(one, relatives)
    const position = changes.at(-1)!.id
    for (const [former, until] of this.former) if (until <= position) this.former.delete(former)
  }

  /** The parents of all rows of the batch; nothing is asked for resources whose rule follows no parent. */
  private async relatives(changes: readonly Change[]): Promise<Relatives> {
    const relatives = this.options.parents.behind(changes[0]!.id - 1)
    for (const name of new Set(changes.map(({ resource }) => resource))) {
      const own = changes.filter(({ resource }) => resource === name)
      const rows = own.flatMap(({ before, after }) => [before, after]).filter((row) => row !== null)
      const model = this.options.models.get(name)
      if (model) await relatives.load(model, rows)
    }

    return relatives
  }

  /** Tells all who may read any of a resource to fetch it anew: of the resources that are named, or of all. */
  reset(position: number, names: Iterable<string> = this.options.models.keys()) {
    const subscribers = [...this.subscriptions.subscribers()]
    for (const name of names) {
      const path = this.options.models.get(name)?.path
      const ids = subscribers.filter((one) => mayReadOf(name, one)).map(({ id }) => id)
      if (path && ids.length > 0) this.options.emit(ids, `${path} reset`, {}, { position })
    }
  }

  private newsOf(change: Change, relatives: Relatives): News[] {
    const model = this.options.models.get(change.resource)
    if (!model) return []
    const [before, after] = [rowOfChange(model, change.before), rowOfChange(model, change.after)]
    const find = { before: relatives.at(change.id - 1), after: relatives.at(change.id) }
    const sight = {
      before: audienceOfRow(model, before, find.before),
      after: audienceOfRow(model, after, find.after)
    }

    return [{ model, change, rows: { before, after }, find, sight }]
  }

  /** One change that cannot be told must not hold back those behind it. */
  private tell({ model, change, rows, find, sight }: News, relatives: Relatives) {
    try {
      this.deliver(model, change, rows, this.receivers(sight))
      this.moveFollowers(model, change.record_id, sight, { change, relatives, find, moved: new Set() })
    } catch (error) {
      this.options.onError(error)
    }
  }

  /** A record that changed hands takes those that follow it along, and those that follow them. */
  private moveFollowers(model: Model, id: string, sight: Sight, move: Move) {
    const { change, relatives, find, moved } = move
    if (!isMoved(sight)) return
    for (const { child, rows } of relatives.followersOf(model.name, id, change.id)) {
      for (const row of rows.filter((one) => !moved.has(`${child.name}/${String(one.id)}`))) {
        moved.add(`${child.name}/${String(row.id)}`)
        const now = {
          before: audienceOfRow(child, row, find.before),
          after: audienceOfRow(child, row, find.after)
        }
        const event = { ...change, event: 'patched', action: null } as const
        this.deliver(child, event, { before: row, after: row }, this.moved(this.receivers(now)))
        this.moveFollowers(child, String(row.id), now, move)
      }
    }
  }

  /** Whose sight the move changed. Of whom it is not known what he saw before, since his rights have just changed, is told too. */
  private moved(receivers: ReadonlyMap<Subscriber, number>): Map<Subscriber, number> {
    const changing = [...this.former.keys()]
    const isTold = ([subscriber, sight]: [Subscriber, number]) =>
      sight === BEFORE || sight === AFTER || changing.some((former) => former.has(subscriber))

    return new Map([...receivers].filter(isTold))
  }

  private deliver(model: Model, change: Change, rows: Rows, receivers: ReadonlyMap<Subscriber, number>) {
    for (const { ids, event, row } of grouped(model, change, rows, receivers)) {
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
    for (const former of this.former.keys()) mark(former, before, FORMERLY)

    return receivers
  }
}

const mayReadOf = (name: string, { audience: { keys } }: Subscriber): boolean =>
  keys.some((key) => key.startsWith(`${name}/`))

const isMoved = ({ before, after }: Sight): boolean => before.join() !== after.join()

/** Also of records that are only being created: one statement may bring their followers first. */
const loadFollowers = async (news: readonly News[], relatives: Relatives) => {
  const moved = news.filter(({ sight }) => isMoved(sight))
  for (const name of new Set(moved.map(({ model }) => model.name))) {
    const ids = moved.filter(({ model }) => model.name === name).map(({ change }) => change.record_id)
    await relatives.loadFollowers(name, [...new Set(ids)])
  }
}
