import type { ChangeEvent } from '../../model/events'
import type { Model } from '../../model/model'
import type { Row } from '../../sql/database'
import type { Change } from '../change'
import type { Packet, Subscriber } from '../subscriber'
import { columnsShown } from './projection'
import { sameJson } from '../../util/same-json'

/** One event, and all who get it with the same columns. */
export interface Group {
  readonly receivers: Subscriber[]
  readonly packet: Packet
}
export interface Rows {
  readonly before: Row | null
  readonly after: Row | null
}
/** Whether a receiver saw the record before the change, after it, or (3) both. */
export const BEFORE = 1
export const AFTER = 2
/** Whether they saw it before, by rights that they have just lost. */
export const FORMERLY = 4

/** A record that a receiver lost with their rights may have been changed since, so only its id may still be sent. */
const ID_ONLY: readonly string[] = ['id']

const pick = (row: Row, columns: readonly string[]): Row => {
  const picked: Row = {}
  for (const name of columns) picked[name] = row[name] ?? null

  return picked
}

/** The event that the action of a change adds; none where the resource declares no such event, as after its action was renamed. */
const actionEventOf = ({ events }: Model, { action }: Change): string[] =>
  action !== null && events.some(({ name }) => name === action) ? [action] : []

/** What a change is to one who saw the record before, after, or both. */
const eventsFor = (sight: number, event: ChangeEvent, ofAction: readonly string[]): string[] => {
  if (!(sight & AFTER)) return ['removed']
  const name: ChangeEvent = sight === AFTER ? 'created' : event === 'updated' ? 'updated' : 'patched'

  return [name, ...ofAction]
}

/**
 * Whether a change shows anything to who saw the record before and after it: a change of what is hidden from them is none. Asked once
 * for all receivers with the same columns. What follows a record that changed hands is one row, before and after.
 */
const shownBy = ({ before, after }: Rows) => {
  const known = new Map<readonly string[], boolean>()

  return (columnsBefore: readonly string[], columns: readonly string[]): boolean => {
    if (columnsBefore !== columns) return true
    const isShown =
      known.get(columns) ??
      (before === after || columns.some((name) => !sameJson(before?.[name], after?.[name])))
    known.set(columns, isShown)

    return isShown
  }
}

/** The packets of one change, by the columns that their receivers are shown. */
class Packets {
  private readonly groups = new Map<readonly string[], Map<string, Group>>()
  private readonly known = new Map<readonly string[], (readonly Group[])[]>()
  private readonly ofAction: readonly string[]

  constructor(
    private readonly model: Model,
    private readonly change: Change,
    private readonly rows: Rows,
    private readonly subscription?: string
  ) {
    this.ofAction = actionEventOf(model, change)
  }

  add(subscriber: Subscriber, sight: number, columns: readonly string[]) {
    for (const group of this.groupsOf(sight, columns)) group.receivers.push(subscriber)
  }

  /** Looked up once for all receivers with the same columns who saw the record at the same times. */
  private groupsOf(sight: number, columns: readonly string[]): readonly Group[] {
    const bySight = this.known.get(columns) ?? []
    this.known.set(columns, bySight)
    const names = () => eventsFor(sight, this.change.event, this.ofAction)

    return (bySight[sight] ??= names().map((event) => this.groupOf(event, columns)))
  }

  private groupOf(event: string, columns: readonly string[]): Group {
    const byEvent = this.groups.get(columns) ?? new Map<string, Group>()
    this.groups.set(columns, byEvent)
    const group = byEvent.get(event) ?? this.begin(event, columns)
    byEvent.set(event, group)

    return group
  }

  all(): Group[] {
    return [...this.groups.values()].flatMap((byEvent) => [...byEvent.values()])
  }

  private begin(event: string, columns: readonly string[]): Group {
    const row = (event === 'removed' ? this.rows.before : this.rows.after)!
    const { path } = this.model
    const { id: position, xid } = this.change
    const { subscription } = this

    return {
      receivers: [],
      packet: {
        ...{ path, event, data: pick(row, columns), position },
        ...(xid === null ? {} : { tx: xid }),
        ...(subscription === undefined ? {} : { subscription })
      }
    }
  }
}

/** One change, and whoever is told of it for one shape, or for none. */
export interface Addressed {
  readonly subscription?: string
  readonly receivers: ReadonlyMap<Subscriber, number>
}

/** Receivers of the same event with the same columns, for the same shape, are served by one packet. */
export const grouped = (
  model: Model,
  change: Change,
  rows: Rows,
  addressed: readonly Addressed[]
): Group[] => {
  const isShown = shownBy(rows)
  const shown = columnsShown(model, rows)

  return addressed.flatMap(({ subscription, receivers }) => {
    const packets = new Packets(model, change, rows, subscription)
    for (const [subscriber, sight] of receivers) addTo(packets, { subscriber, sight, shown, isShown })

    return packets.all()
  })
}

interface Receiver {
  readonly subscriber: Subscriber
  readonly sight: number
  readonly shown: ReturnType<typeof columnsShown>
  readonly isShown: ReturnType<typeof shownBy>
}

const addTo = (packets: Packets, { subscriber, sight, shown: { before, after }, isShown }: Receiver) => {
  const { audience } = subscriber
  if (sight === FORMERLY) return packets.add(subscriber, sight, ID_ONLY)
  if (!(sight & AFTER)) return packets.add(subscriber, sight, before(audience))
  const columns = after(audience)
  const known = before === after ? columns : before(audience)
  if (sight !== (BEFORE | AFTER) || isShown(known, columns)) packets.add(subscriber, sight, columns)
}
