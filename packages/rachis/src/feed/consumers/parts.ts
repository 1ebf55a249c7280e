import { holds } from '../../rules/memory'
import type { Shape } from '../../rules/shape'
import type { Row } from '../../sql/database'
import type { ShapesOfRights } from '../asking'
import type { Packet, Subscriber } from '../subscriber'
import { shapesOf } from '../subscriber'
import type { Compared } from './difference'

/** A subscriber whose rights change, with what it asks for by the new ones; undefined for one that asks for nothing by itself. */
interface Changing {
  readonly member: Subscriber
  readonly next?: ShapesOfRights
}

/** Those who ask for the same of a resource, before and after their rights changed. Without shapes they are told of all records. */
interface Part<C> {
  readonly before?: Shape
  readonly after?: Shape
  readonly changing: C[]
}

/** What was asked for by a field that may not be read any more is left out: it is over. */
const partsOf = <C extends Changing>(group: readonly C[], resource: string): Part<C>[] => {
  const parts = new Map<string, Part<C>>()
  const add = (one: C, before?: Shape, after?: Shape) => {
    const key = `${before?.id} ${after?.id}`
    const part = parts.get(key) ?? { before, after, changing: [] }
    parts.set(key, part)
    part.changing.push(one)
  }
  for (const one of group) {
    const shapes = shapesOf(one.member, resource)
    if (!shapes) add(one)
    for (const before of shapes ?? []) {
      const after = one.next?.shapes.get(resource)?.find(({ name }) => name === before.name)
      if (after) add(one, before, after)
    }
  }

  return [...parts.values()]
}

const isOf = ({ predicate }: Shape, row: Row) => holds(predicate, row)

/** What a record that may be read before and after is to a shape that the rights themselves have changed. */
const eventOfKept = (before: Shape, after: Shape, row: Row): string | undefined => {
  if (isOf(after, row)) return before.id === after.id || isOf(before, row) ? 'patched' : 'created'

  return before.id === after.id ? undefined : 'removed'
}

const eventIn = ({ before, after }: Part<unknown>, event: string, row: Row): string | undefined => {
  if (!before || !after || event === 'removed' || event === 'reset') return event
  if (event === 'created') return isOf(after, row) ? 'created' : undefined

  return eventOfKept(before, after, row)
}

type About = Pick<Packet, 'path' | 'event' | 'position'>

/** What those of a part are told of a record of a difference; undefined where it does not concern them. */
const packetFor = (part: Part<unknown>, about: About, { row, data }: Compared): Packet | undefined => {
  const event = eventIn(part, about.event, row)
  if (event === undefined) return undefined
  const packet = { ...about, event, data: event === 'removed' ? { id: data.id } : data }

  return part.after ? { ...packet, subscription: part.after.name } : packet
}

/** The packets that tell of the records of a difference, each with those who are sent it. */
export function* packetsOf<C extends Changing>(
  group: readonly C[],
  resource: string,
  about: About,
  records: readonly Compared[]
): Generator<{ readonly packet: Packet; readonly changing: readonly C[] }> {
  for (const part of partsOf(group, resource))
    for (const record of records) {
      const packet = packetFor(part, about, record)
      if (packet) yield { packet, changing: part.changing }
    }
}
