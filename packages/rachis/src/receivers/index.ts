import path from 'path'
import type { JobQueues } from '../jobs'
import type { Module, ModuleContext } from '../module'
import { firstTwice } from '../util/first-twice'
import type { Receiver } from './define-receiver'
import { receiversDocuments } from './documents'
import { errors } from './errors'
import { Intake } from './intake'
import { receivedWebhooks } from './resources/received-webhooks'
import { receiversSettings } from './settings'

const assertOnce = (receivers: readonly Receiver[]): void => {
  const twice = firstTwice(receivers.map(({ name }) => name))
  if (twice !== undefined) throw new Error(`The receiver ${twice} is listed twice`)
}

const secretsOf = ({ app }: ModuleContext, { name }: Receiver) => app.get('receivers')[name]!.secrets

/** Nobody could sign for one without a secret: there is no such path. */
const openOf = (context: ModuleContext, receivers: readonly Receiver[]) =>
  receivers.filter((receiver) => secretsOf(context, receiver).length > 0)

const routesOf = (context: ModuleContext, receivers: readonly Receiver[]) =>
  Object.fromEntries(
    openOf(context, receivers).map((receiver) => [
      `/receivers/${receiver.name}`,
      new Intake(context, receiver, secretsOf(context, receiver))
    ])
  )

/** @throws {Error} for a job that the application does not list: what is received would never be done */
const assertJobs = ({ app }: ModuleContext, receivers: readonly Receiver[]): void => {
  const queues = app.get('jobQueues') as JobQueues | undefined
  for (const { name, job } of receivers)
    if (!queues?.lists(job))
      throw new Error(`The receiver ${name} enqueues ${job.name}, which is not listed: add it to jobs([…]) of the application`) // prettier-ignore
}

/**
 * The module of incoming webhooks: declared receivers, which ask the signature of what other servers send and enqueue a job for it.
 *
 * @throws {Error} for two receivers of one name
 * @example createApp({ modules: [accounts, jobs([notePayment]), receivers([payments])], resources: [notes] })
 */
export const receivers = (declared: readonly Receiver[]) => {
  assertOnce(declared)

  return {
    name: 'receivers',
    resources: [receivedWebhooks],
    settings: receiversSettings(declared),
    migrations: path.join(__dirname, 'migrations'),
    errors,
    paths: { receivers: {} },
    middleware: (context) => ({ rawRoutes: routesOf(context, declared), concerns: () => false }),
    documents: (context) => receiversDocuments(openOf(context, declared)),
    open: async (context) => assertJobs(context, declared)
  } satisfies Module
}

export { defineReceiver } from './define-receiver'
export type { Received, Receiver, ReceiverSpec } from './define-receiver'
export type { ReceiversSettings } from './settings'
export { receivedWebhooks }
