import type { Knex } from 'knex'
import type { Application } from '../../declare/declarations'
import type { Response } from '../network/post'
import type { Delivery } from './delivery'
import { MAX_REQUEST, MAX_RESPONSE } from './delivery'
import { mailWebhookOwner } from './jobs'
import type { Outcome } from './outcome'
import type { Queueing } from './queue'
import { lockEndpoints, promote } from './queue'
import { queueResetOnce } from './resets'
import { withhold } from './withheld'

/** How an attempt ended that was made, or why none was. */
export interface Ending {
  readonly outcome: Omit<Outcome, 'state'> & { readonly state: Outcome['state'] | 'withheld' }
  readonly error?: string
  readonly body?: string
  readonly response?: Response
  /** Milliseconds that the receiver took. */
  readonly duration?: number
  /** Whether it was not made since the owner cannot sign in, or may not have endpoints. */
  readonly isOwnerAway?: boolean
  /** Whether its change is not kept any more, so that the endpoint has to read anew. */
  readonly isLost?: boolean
}

const MAX_ERROR = 500

const columnsOf = (delivery: Delivery, { outcome, error, body, response, duration }: Ending, now: Date) => ({
  state: outcome.state,
  attempts: delivery.attempts + 1,
  last_attempt_at: now,
  updated_at: now,
  request_body: body?.slice(0, MAX_REQUEST) ?? null,
  response_status: response?.status ?? null,
  response_body: response?.body.slice(0, MAX_RESPONSE) ?? null,
  error: error?.slice(0, MAX_ERROR) ?? null,
  duration: duration === undefined ? null : Math.round(duration)
})

/** Written where it changes only: each write of the endpoint is told to its owner. */
const noteHealth = async (
  trx: Knex.Transaction,
  { endpoint_id }: Delivery,
  { outcome, duration }: Ending
) => {
  if (duration === undefined) return
  const now = new Date()
  const endpoint = trx('webhook_endpoints').where({ id: endpoint_id })
  if (outcome.state === 'delivered')
    await endpoint.whereNotNull('failing_since').update({ failing_since: null, updated_at: now })
  else await endpoint.whereNull('failing_since').update({ failing_since: now, updated_at: now })
}

const noteLoss = async (queueing: Queueing, delivery: Delivery, { isOwnerAway, isLost }: Ending) => {
  const { endpoint_id: id, user_id, resource, withheld_since } = delivery
  if (isOwnerAway) await withhold(queueing.knex, [{ id, withheld_since }])
  if (isLost) await queueResetOnce(queueing, { id, user_id }, resource)
}

const disableEndpoint = async (
  app: Application,
  trx: Knex.Transaction,
  endpoint_id: number,
  reason: string
) => {
  const now = new Date()
  const changed = await trx('webhook_endpoints').where({ id: endpoint_id, disabled_at: null })
    .update({ disabled_at: now, disabled_reason: reason, updated_at: now }) // prettier-ignore
  if (changed > 0) await mailWebhookOwner.enqueue({ endpoint_id }, { app, knex: trx })
}

/** What is retried is due by the clock of the database, which says when it is. */
const dueAt = (trx: Knex.Transaction, { delay }: Ending['outcome']) =>
  delay === undefined ? null : trx.raw('now() + make_interval(secs => ?)', [delay / 1000])

/**
 * Records how an attempt ended, and in the same transaction what follows: when the next one is due, or that the next delivery of the same record is.
 * Answers false where somebody else has the delivery by now, as where the attempt took too long.
 *
 * @param release gives the claim back, and answers whether it was there
 */
export const recordEnding = (
  app: Application,
  delivery: Delivery,
  ending: Ending,
  release: (trx: Knex) => Promise<boolean>
): Promise<boolean> =>
  app.get('postgresqlClient').transaction(async (trx) => {
    const { id, endpoint_id, attempts, ordered, record_id } = delivery
    const { state, disable } = ending.outcome
    const columns = {
      ...columnsOf(delivery, ending, new Date()),
      next_attempt_at: dueAt(trx, ending.outcome)
    }
    if (ordered) await lockEndpoints(trx, [endpoint_id])
    if (!(await release(trx))) return false
    const recorded = await trx('webhook_deliveries').where({ id, attempts, state: 'pending' }).update(columns)
    if (recorded === 0) return false
    await noteHealth(trx, delivery, ending)
    await noteLoss({ app, knex: trx }, delivery, ending)
    if (disable) await disableEndpoint(app, trx, endpoint_id, disable)
    if (state !== 'pending' && ordered && record_id !== null) await promote(trx, endpoint_id, [delivery])

    return true
  })
