import { randomUUID } from 'crypto'
import type { Change } from '../../feed/change'
import type { Packet } from '../../feed/subscriber'
import { digestOf } from '../../util/entity-tags'
import { kindOf } from '../reading'
import type { Wishes } from '../resources/endpoint-fields'

/** Characters of a request and of an answer that are kept, for people to look at. */
export const MAX_REQUEST = 16_384
export const MAX_RESPONSE = 4096

/** An endpoint, as far as it decides what is sent to it. */
export interface Endpoint extends Wishes {
  readonly id: number
  readonly user_id: number
  readonly ordered: boolean
  /** Since when it is sent nothing, since its owner cannot sign in, or may not have endpoints. */
  readonly withheld_since: string | null
}

/** A delivery that is to be made. */
export interface NewDelivery {
  readonly endpoint_id: number
  readonly user_id: number
  readonly event_id: string
  readonly event: string
  readonly resource: string | null
  readonly record_id: string | null
  readonly change_id: number | null
  /** ISO 8601, as the database answers times. */
  readonly happened_at: string
  /** Why the endpoint has to read anew; null for every other event. */
  readonly reason: string | null
}

/** A delivery with the endpoint that it is for. */
export interface Delivery extends NewDelivery, Omit<Wishes, 'resources'> {
  readonly id: number
  readonly state: string
  readonly attempts: number
  readonly url: string
  readonly secrets: string
  readonly resources: readonly string[]
  readonly ordered: boolean
  readonly disabled_at: string | null
  readonly failing_since: string | null
  readonly withheld_since: string | null
}

export const happenedAt = ({ at = 0 }: Pick<Change, 'at'>): string => new Date(Math.round(at)).toISOString()

/**
 * What an event of a change is to an endpoint. Its id follows from the change, so that who reads the feed twice makes it once: the same change
 * in another history of the feed has another transaction, or time.
 */
export const deliveryOf = (
  { id, user_id }: Pick<Endpoint, 'id' | 'user_id'>,
  change: Change,
  packet: Packet
): NewDelivery => {
  const { path, event, data } = packet
  const record_id = String(data.id)
  const facts = [change.id, change.xid, change.at, path, record_id, kindOf(event)]

  return {
    endpoint_id: id,
    user_id,
    event_id: `msg_${digestOf(JSON.stringify(facts))}`,
    event: `${path}.${event}`,
    resource: path,
    record_id,
    change_id: change.id,
    happened_at: happenedAt(change),
    reason: null
  }
}

/** The name of the event by which an endpoint is told to read anew what it was not told of. */
export const RESET_EVENT = 'rachis.reset'

/** The name of an event that says nothing, by which an owner tries an endpoint out. */
export const TEST_EVENT = 'webhook.test'

export const testDelivery = (endpoint_id: number, user_id: number): NewDelivery => ({
  endpoint_id,
  user_id,
  event_id: `msg_${randomUUID()}`,
  event: TEST_EVENT,
  resource: null,
  record_id: null,
  change_id: null,
  happened_at: new Date().toISOString(),
  reason: null
})
