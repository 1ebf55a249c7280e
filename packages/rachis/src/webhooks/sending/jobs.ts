import { Type } from '../../declare'
import { defineJob } from '../../jobs'
import { mailOwner } from './mail'
import { rescueDeliveries } from './rescue'

const strict = { additionalProperties: false }

/** One step of sending again what happened in a range of the feed. */
export const replayWebhooks = defineJob('replay_webhooks', {
  input: Type.Object(
    {
      endpoint_id: Type.Integer(),
      since: Type.String(),
      include_delivered: Type.Boolean(),
      after: Type.Integer(),
      until: Type.Integer()
    },
    strict
  ),
  run: (input, context) => context.app.get('webhookSender').replay(input, context)
})

/** Mails the owner of an endpoint that was switched off. */
export const mailWebhookOwner = defineJob('mail_webhook_owner', {
  input: Type.Object({ endpoint_id: Type.Integer() }, strict),
  transaction: false,
  retries: 8,
  backoff: 60,
  run: ({ endpoint_id }, context) => mailOwner(context, endpoint_id)
})

/** Finds deliveries that wait for nothing, and claims of what is gone. */
export const rescueWebhooks = defineJob('rescue_webhooks', {
  input: Type.Object({}, strict),
  schedule: { cron: '*/5 * * * *', input: {} },
  run: (_input, { knex }) => rescueDeliveries(knex)
})

export const webhookJobs = [replayWebhooks, mailWebhookOwner, rescueWebhooks]
