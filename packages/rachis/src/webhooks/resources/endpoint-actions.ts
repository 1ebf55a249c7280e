import type { Static } from '@feathersjs/typebox'
import type { ActionContext, ReportContext } from '../../declare'
import { instantOf } from '../../declare/column-types/shared/instants'
import { ApiError, validationError } from '../../errors/errors'
import { holdLock } from '../../sql/named-lock'
import { firstSecret, nextSecret } from '../secrets'
import { testDelivery } from '../sending/delivery'
import { replayWebhooks } from '../sending/jobs'
import { queueDeliveries } from '../sending/queue'
import { assertWishes } from './check-wishes'
import type { endpointInput } from './endpoint-fields'

interface Endpoint {
  readonly id: number
  readonly user_id: number
  readonly disabled_at: unknown
}
type Context = ActionContext<Endpoint>

/** Counted one after the other: two that are each the last one allowed would be one too many together. */
const assertRoom = async ({ app, knex }: ReportContext, user_id: number) => {
  const most = app.get('webhooks').endpoints_per_user
  await holdLock(knex, `webhook_endpoints of ${user_id}`)
  const [{ count }] = (await knex('webhook_endpoints').where({ user_id }).count()) as [{ count: unknown }]
  if (Number(count) < most) return
  throw new ApiError('CONFLICT', { message: `You have ${most} webhook endpoints already`, hint: 'Remove one first' }) // prettier-ignore
}

/** Makes an endpoint. Its secret is in this answer and in no other. */
export const createEndpoint = async (
  input: Static<typeof endpointInput>,
  context: ReportContext
): Promise<{ id: number; secret: string }> => {
  const { app, user, knex, params } = context
  if (!user) throw new ApiError('NOT_AUTHENTICATED')
  assertWishes(app, input, user)
  await assertRoom(context, user.id)
  const { secret, secrets } = firstSecret(app, user.id)
  const row = { ...input, ...(input.filter ? { filter: JSON.stringify(input.filter) } : {}) }
  const [{ id }] = (await knex('webhook_endpoints')
    .insert({ ...row, user_id: user.id, secrets })
    .returning('id')) as [{ id: number }]

  return { ...(await app.service('webhook-endpoints').get(id, params)), secret }
}

export const rotate = async (
  { overlap }: { overlap?: number },
  { app, record, table }: Context
): Promise<{ secret: string }> => {
  const kept = (await table().where({ id: record.id }).first('user_id', 'secrets')) as { user_id: number; secrets: string } // prettier-ignore
  const { secret, secrets } = nextSecret(app, kept, overlap ?? app.get('webhooks').secret_overlap)
  await table().where({ id: record.id }).update({ secrets, updated_at: new Date() })

  return { secret }
}

export const disable = async (_input: unknown, { record, table }: Context): Promise<void> => {
  if (record.disabled_at) return
  const now = new Date()
  await table()
    .where({ id: record.id })
    .update({ disabled_at: now, disabled_reason: 'owner', updated_at: now })
}

export const enable = async (_input: unknown, { record, table }: Context): Promise<void> => {
  const cleared = { disabled_at: null, disabled_reason: null, failing_since: null }
  if (record.disabled_at)
    await table()
      .where({ id: record.id })
      .update({ ...cleared, updated_at: new Date() })
}

/** @throws {ApiError} CONFLICT for an endpoint that is switched off */
export const assertOn = ({ disabled_at }: Pick<Endpoint, 'disabled_at'>) => {
  if (disabled_at) throw new ApiError('CONFLICT', { message: 'The endpoint is switched off', hint: 'Enable it first' }) // prettier-ignore
}

export const sendTest = async (_input: unknown, context: Context): Promise<{ id: number }> => {
  assertOn(context.record)
  const { app, knex, record } = context
  const deliveries = [testDelivery(record.id, record.user_id)]
  const [id] = await queueDeliveries({ app, knex }, { deliveries, ordered: new Set() })

  return { id: id! }
}

interface ReplaySince {
  readonly since: string
  readonly include_delivered?: boolean
}

/** @throws {ApiError} VALIDATION_ERROR for a time to come, since which nothing can have happened */
const assertPast = async (since: string, { knex }: Context) => {
  // By the clock that the changes have their times of.
  const { rows } = await knex.raw<{ rows: [{ now: string }] }>('select clock_timestamp() as now')
  const now = new Date(rows[0].now)
  if (new Date(instantOf(since)!) <= now) return
  const message = `must not be later than now, which is ${now.toISOString()}`
  const hint = 'Name a time that is past: what happens from now on is delivered anyway'
  throw validationError([
    { field: 'since', message, rule: 'formatMaximum', expected: now.toISOString(), provided: since, hint }
  ])
}

/** What happens from now on is delivered anyway, so the replay ends at what the feed has now. */
export const replaySince = async (
  { since, include_delivered = false }: ReplaySince,
  context: Context
): Promise<{ job_id: string }> => {
  await assertPast(since, context)
  assertOn(context.record)
  const { app, knex, record } = context
  const until = app.get('engine').feed.cursor
  const input = { endpoint_id: record.id, since, include_delivered, after: 0, until }

  return { job_id: (await replayWebhooks.enqueue(input, { app, knex }))! }
}
