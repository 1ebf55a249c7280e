import type { ActionContext } from '../../declare'
import { ApiError } from '../../errors/errors'
import type { NewDelivery } from '../sending/delivery'
import { queueDeliveries } from '../sending/queue'
import { assertOn } from './endpoint-actions'

const DONE = ['delivered', 'failed', 'withheld']

/** What a delivery was made from. */
const madeFrom = (record: NewDelivery): NewDelivery => {
  const { endpoint_id, user_id, event_id, event, resource, record_id, change_id, happened_at, reason } =
    record
  return { endpoint_id, user_id, event_id, event, resource, record_id, change_id, happened_at, reason }
}

/**
 * Makes a delivery once more, with the same `webhook-id`.
 *
 * @throws {ApiError} CONFLICT where it is still to be made, or its endpoint is switched off
 */
export const replayOne = async (
  _input: unknown,
  { app, knex, record }: ActionContext<NewDelivery & { readonly id: number }>
): Promise<void> => {
  const { endpoint_id } = record
  const endpoint = (await knex('webhook_endpoints')
    .where({ id: endpoint_id })
    .first('ordered', 'disabled_at')) as { ordered: boolean; disabled_at: Date | null }
  assertOn(endpoint)
  const ordered = new Set(endpoint.ordered ? [endpoint_id] : [])
  const addition = { deliveries: [madeFrom(record)], ordered, again: DONE }
  const made = await queueDeliveries({ app, knex }, addition)
  if (made.length === 0) throw new ApiError('CONFLICT', { message: 'It is still to be sent', hint: 'Wait for it' }) // prettier-ignore
}
