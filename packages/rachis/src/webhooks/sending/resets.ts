import { randomUUID } from 'crypto'
import type { LossReason } from '../../feed/consumer'
import { digestOf } from '../../util/entity-tags'
import type { NewDelivery } from './delivery'
import { RESET_EVENT } from './delivery'
import type { Queueing } from './queue'
import { queueDeliveries } from './queue'

/** Why an endpoint has to read anew. `owner`: for a while its owner could not sign in, or was not allowed to have endpoints. */
export type ResetReason = Exclude<LossReason, 'backlog'> | 'owner'

/** Something that endpoints were not told of. */
export interface Reset {
  readonly reason: ResetReason
  /** The path of the resource that was lost; null for all that an endpoint asks for. */
  readonly resource: string | null
  /** The same for the same loss, which may be told twice; without it, the loss is told once in any case. */
  readonly facts?: readonly unknown[]
}

type Owned = Pick<NewDelivery, 'user_id'> & { readonly id: number }

const resetDelivery = ({ id, user_id }: Owned, { reason, resource, facts }: Reset): NewDelivery => ({
  endpoint_id: id,
  user_id,
  event_id: `msg_${facts ? digestOf(JSON.stringify(['reset', reason, resource, ...facts])) : randomUUID()}`,
  event: RESET_EVENT,
  resource,
  record_id: null,
  change_id: null,
  happened_at: new Date().toISOString(),
  reason
})

/** Tells endpoints to read anew, each loss once. */
export const queueResets = async (queueing: Queueing, endpoints: readonly Owned[], reset: Reset): Promise<void> => {
  const deliveries = endpoints.map((endpoint) => resetDelivery(endpoint, reset))
  await queueDeliveries(queueing, { deliveries, ordered: new Set() })
} // prettier-ignore

/** Tells an endpoint to read a resource anew of which a change is not kept any more, unless it is still to be told to. */
export const queueResetOnce = async (queueing: Queueing, endpoint: Owned, resource: string | null): Promise<void> => {
  const { id: endpoint_id } = endpoint
  const waiting = queueing.knex('webhook_deliveries').where({ endpoint_id, event: RESET_EVENT, state: 'pending' })
  const known = await waiting.where((either) => either.where({ resource }).orWhereNull('resource')).first('id') as unknown
  if (!known) await queueResets(queueing, [endpoint], { reason: 'retention', resource })
} // prettier-ignore
