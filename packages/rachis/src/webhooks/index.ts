import path from 'path'
import type { UserRule } from '../declare'
import { authenticated } from '../declare'
import type { JobQueues } from '../jobs'
import type { Module } from '../module'
import { webhooksConsumer } from './consumer'
import { sentEvents } from './documents'
import { webhookDeliveriesFor } from './resources/deliveries'
import { webhookEndpointsFor } from './resources/endpoints'
import { webhookJobs } from './sending/jobs'
import { Projection } from './sending/projection'
import { WebhookSender } from './sending/sender'
import { webhooksSettings } from './settings'

/** Sent a delivery, before deliveries were claimed. */
const FORMER_JOB = 'deliver_webhook'

export interface WebhooksOptions {
  /** Who may have endpoints; whoever is signed in by default. An owner for whom it does not hold any more is sent nothing. */
  readonly access?: UserRule
  /** Days for which deliveries are kept; 30 by default. */
  readonly retention_days?: number
}

/**
 * The module of outgoing webhooks: events of the change feed, sent as Standard Webhooks says to the addresses that users have given, each by
 * the rights that its owner has when it is sent. The module `jobs` stands before it.
 *
 * @example createApp({ modules: [accounts, jobs([]), webhooks({ access: role('admin') })], resources: [notes] })
 * @throws {Error} without the module `jobs` before it, when the application is made
 */
export const webhooks = ({ access = authenticated, retention_days = 30 }: WebhooksOptions = {}) =>
  ({
    name: 'webhooks',
    resources: [webhookEndpointsFor(access), webhookDeliveriesFor(retention_days)],
    settings: webhooksSettings,
    migrations: path.join(__dirname, 'migrations'),
    prepare(context) {
      const queues = context.app.get('jobQueues') as JobQueues | undefined
      if (!queues) throw new Error('The module webhooks needs the module jobs before it: modules: [accounts, jobs([]), webhooks()]') // prettier-ignore
      queues.add(webhookJobs)
      queues.retire([FORMER_JOB])
      context.app.set('webhookSender', new WebhookSender(context, new Projection(context, access)))
    },
    consumers: (context) => [webhooksConsumer(context, context.app.get('webhookSender').projection)],
    documents: () => ({ webhooks: sentEvents }),
    open: async ({ app }) => app.get('webhookSender').open(),
    close: ({ app }) => app.get('webhookSender').close()
  }) satisfies Module

export type { WebhooksSettings } from './settings'
