import type { ChangeEvent } from '../../model/events'
import type { Model } from '../../model/model'
import type { Audience } from '../../rules/audience'
import type { Row } from '../../sql/database'
import type { Change } from '../change'
import type { Packet, Subscriber } from '../subscriber'
import { columnsShown, hasSameColumns } from './projection'
import { sameJson } from '../../util/same-json'

/** One event, and all who get it with the same columns. */
export interface Group {
  readonly receivers: Subscriber[]
  readonly packet: Packet
}
/** Each receiver once, with whether they saw the record before, after, or both. */
export interface Sights {
  readonly size: number
  forEach(visit: (sight: number, subscriber: Subscriber) => void): void
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

  /** The events of receivers with these columns who saw the record at these times. */
  groupsOf(sight: number, columns: readonly string[]): readonly Group[] {
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
  readonly receivers: Sights
}

/** Receivers of the same event with the same columns, for the same shape, are served by one packet. */
export const grouped = (
  model: Model,
  change: Change,
  rows: Rows,
  addressed: readonly Addressed[]
): Group[] => {
  const shown = { ...columnsShown(model, rows), isShown: shownBy(rows) }

  return addressed.flatMap(({ subscription, receivers }) => {
    const packets = new Packets(model, change, rows, subscription)
    addAll(packets, receivers, shown)

    return packets.all()
  })
}

interface Shown extends ReturnType<typeof columnsShown> {
  readonly isShown: ReturnType<typeof shownBy>
}

/** The rights to columns are asked once for all who have the same and follow each other: thousands do, who are nobody in particular. */
const addAll = (packets: Packets, receivers: Sights, shown: Shown) => {
  let last:
    { readonly sight: number; readonly audience: Audience; readonly groups: readonly Group[] } | undefined
  receivers.forEach((sight, subscriber) => {
    const { audience } = subscriber
    if (!last || last.sight !== sight || !hasSameColumns(last.audience, audience))
      last = { sight, audience, groups: groupsFor(packets, sight, audience, shown) }
    for (const { receivers } of last.groups) receivers.push(subscriber)
  })
}

const NO_GROUPS: readonly Group[] = []

const groupsFor = (
  packets: Packets,
  sight: number,
  audience: Audience,
  { before, after, isShown }: Shown
): readonly Group[] => {
  if (sight === FORMERLY) return packets.groupsOf(sight, ID_ONLY)
  if (!(sight & AFTER)) return packets.groupsOf(sight, before(audience))
  const columns = after(audience)
  const known = before === after ? columns : before(audience)
  const isTold = sight !== (BEFORE | AFTER) || isShown(known, columns)

  return isTold ? packets.groupsOf(sight, columns) : NO_GROUPS
}
