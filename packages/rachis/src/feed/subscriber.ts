import type { Model } from '../model/model'
import type { Audience } from '../rules/audience'
import { resourceOfKey } from '../rules/keys'
import type { Shape } from '../rules/shape'
import type { Row } from '../sql/database'

/** One event of one record. All who get it are sent the same object, so that a transport can encode it once for all of them. */
export interface Packet {
  /** Of the resource, as in `order-items`. */
  readonly path: string
  /** `created`, `updated`, `patched`, `removed`, `reset`, or the name of an action. */
  readonly event: string
  /** The columns that its receivers may see. For `reset` it says why, where that is known. */
  readonly data: Row
  /** Id of the change. */
  readonly position: number
  /** Id of the transaction that made the change, as a text; undefined for what tells of no one change. */
  readonly tx?: string
  /** The name of the shape that it is told for; undefined for whoever is told of all that they may read. */
  readonly subscription?: string
}

/** Which records somebody asks for, of those that they may read. */
export interface Asks {
  /** By the names of resources. Of one that is here they are told of these shapes alone, each for itself; of none where there are none. */
  readonly shapes: ReadonlyMap<string, readonly Shape[]>
  /** Whether they are told of all records of other resources. */
  readonly others: boolean
}

/** Whoever is told of changes: a connection of any transport, or a recorder of a test. */
export interface Subscriber {
  /** What it may read. */
  audience: Audience
  /**
   * Without it, it is told of all that it may read. A record that comes to be of a shape is `created`, one that is of it no more is
   * `removed`.
   */
  readonly asks?: Asks
  /** Called for each event, in the order of the feed. It must not throw, nor wait. */
  send(packet: Packet): void
}

/** The shapes that it asks for of a resource; undefined where it is told of all records. */
export const shapesOf = (
  { asks }: Pick<Subscriber, 'asks'>,
  resource: string
): readonly Shape[] | undefined =>
  asks && (asks.shapes.get(resource) ?? (asks.others ? undefined : NO_SHAPES))
const NO_SHAPES: readonly Shape[] = []

/** Whether it asks for any records of a resource. */
export const asksFor = (subscriber: Subscriber, resource: string): boolean =>
  shapesOf(subscriber, resource)?.length !== 0

/** Whether its rights let it read any records of a resource. */
export const mayReadOf = (name: string, { audience: { keys } }: Subscriber): boolean =>
  keys.some((key) => key.startsWith(`${name}/`))

/** The key of a shape's members behind a key of its resource. A name of fixed length stands last, and so no other key is the same. */
export const keyOfShape = (key: string, { id }: Pick<Shape, 'id'>): string => `${key}|${id}`

/** The keys that it listens to: those of its rights, each once for each shape that it asks for. */
export const keysListened = (subscriber: Subscriber): readonly string[] => {
  const { audience, asks } = subscriber
  if (!asks) return audience.keys

  return audience.keys.flatMap((key) => {
    const shapes = shapesOf(subscriber, resourceOfKey(key))
    return shapes ? shapes.map((shape) => keyOfShape(key, shape)) : [key]
  })
}

export const sendTo = (receivers: Iterable<Subscriber>, packet: Packet) => {
  for (const subscriber of receivers) subscriber.send(packet)
}

/** Sends it an event once for each shape that it asks for of a resource, or once where it is told of all. */
export const sendForAll = (subscriber: Subscriber, resource: string, packet: Packet) => {
  const shapes = shapesOf(subscriber, resource)
  if (!shapes) subscriber.send(packet)
  else for (const { name } of shapes) subscriber.send({ ...packet, subscription: name })
}

/** Tells all to read a resource anew who ask for it and may read any of its records. */
export const resetFor = (
  subscribers: Iterable<Subscriber>,
  { name, path }: Pick<Model, 'name' | 'path'>,
  { position, data }: Pick<Packet, 'position' | 'data'>
) => {
  const packet = { path, event: 'reset', data, position }
  for (const one of subscribers) if (asksFor(one, name) && mayReadOf(name, one)) sendForAll(one, name, packet)
}
