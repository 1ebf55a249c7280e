import type { Audience } from '../rules/audience'
import type { Row } from '../sql/database'

/** One event of one record. All who get it are sent the same object, so that a transport can encode it once for all of them. */
export interface Packet {
  /** Of the resource, as in `order-items`. */
  readonly path: string
  /** `created`, `updated`, `patched`, `removed`, `reset`, or the name of an action. */
  readonly event: string
  /** The columns that its receivers may see; empty for `reset`. */
  readonly data: Row
  /** Id of the change. */
  readonly position: number
}

/** Which records of a resource a subscriber asks for, of those that it may read. */
export type Filter = (record: Row) => boolean

/** Whoever is told of changes: a connection of any transport, or a recorder of a test. */
export interface Subscriber {
  /** What it may read. */
  audience: Audience
  /**
   * By the names of resources. Without any it is told of all that it may read; with them, of the records that match and of no other
   * resource. A record that comes to match is `created`, one that matches no more is `removed`.
   */
  readonly filters?: ReadonlyMap<string, Filter>
  /** Called for each event, in the order of the feed. It must not throw, nor wait. */
  send(packet: Packet): void
}

/** Whether it asks for any records of a resource. */
export const asksFor = ({ filters }: Subscriber, resource: string): boolean =>
  filters === undefined || filters.has(resource)

/** Whether its rights let it read any records of a resource. */
export const mayReadOf = (name: string, { audience: { keys } }: Subscriber): boolean =>
  keys.some((key) => key.startsWith(`${name}/`))

/** Whether it asks for this record. */
export const wants = ({ filters }: Subscriber, resource: string, record: Row | null): boolean =>
  filters === undefined || (record !== null && filters.get(resource)?.(record) === true)

/** Whether it asks for what an event tells. Of a record that was removed the packet may have the id alone, which no filter can be asked of. */
export const wantsPacket = (subscriber: Subscriber, resource: string, { event, data }: Packet): boolean =>
  event === 'created' || event === 'patched'
    ? wants(subscriber, resource, data)
    : asksFor(subscriber, resource)

export const sendTo = (receivers: Iterable<Subscriber>, packet: Packet) => {
  for (const subscriber of receivers) subscriber.send(packet)
}
