import { createHash } from 'crypto'
import type { Knex } from 'knex'
import type { Change } from '../feed/change'
import { formatPosition } from '../feed/positions'
import type { Job } from '../jobs'
import type { ModuleConsumer, ModuleContext } from '../module'
import type { Delivery, Notification } from './define-notification'

interface Receiver {
  readonly id: string
  readonly delivery: Delivery
}
/** A change that is to be told. */
interface Told {
  readonly notification: Notification
  readonly change: Change
  readonly epoch: string
}

const RECEIVERS = `select users.id, coalesce(preference.delivery, $1) as delivery from users
  left join notification_preferences preference on preference.user_id = users.id and preference.kind = $2
  where users.is_active and (users.id = any($3::bigint[]) or users.role = any($4::text[]))`

const receiversOf = async ({ database }: ModuleContext, { notification, change }: Told) => {
  const { name, delivery, to } = notification
  const [ids, roles] = typeof to === 'function' ? [to(change), []] : [[], to.roles]

  return database.query<Receiver>({ text: RECEIVERS, values: [delivery, name, ids, roles] })
}

/** The same for each time that the change is read. */
const batchOf = (origin: string): string => {
  const hash = createHash('sha256').update(origin).digest('hex')
  return [hash.slice(0, 8), hash.slice(8, 12), `8${hash.slice(13, 16)}`, `8${hash.slice(17, 20)}`, hash.slice(20, 32)].join('-') // prettier-ignore
}

type Send = Job<never>

/** In one transaction: the notification is known, and the job of its mail is there. */
const note = async (context: ModuleContext, trx: Knex.Transaction, told: Told, receiver: Receiver, send: Send) => {
  const { notification, change, epoch } = told
  const origin = `${notification.name}/${formatPosition({ epoch, id: change.id })}/${receiver.id}`
  const batch = receiver.delivery === 'immediate' ? batchOf(origin) : null
  const row = { user_id: receiver.id, kind: notification.name, resource: change.resource, record_id: change.record_id, origin, batch, status: 'pending' }
  const made: unknown[] = await trx('notifications').insert(row).onConflict('origin').ignore().returning('id')
  if (made.length === 0 || batch === null) return
  const caller = { app: context.app, knex: trx, user: { id: receiver.id }, params: { trace_id: change.trace_id } }
  await send.enqueue({ batch } as never, caller)
} // prettier-ignore

const noteAll = async (context: ModuleContext, told: Told, send: Send): Promise<void> => {
  const receivers = (await receiversOf(context, told)).filter(({ delivery }) => delivery !== 'off')
  if (receivers.length === 0) return
  await context.knex.transaction(async (trx) => {
    for (const receiver of receivers) await note(context, trx, told, receiver, send)
  })
  context.app.get('engine').wake()
}

/** Without a mail server production could send nothing: each change would be a dead letter in the end. */
const isOn = ({ app }: ModuleContext): boolean =>
  app.get('notifications').enabled &&
  (app.get('mail').smtp_url !== '' || process.env.NODE_ENV !== 'production')

/**
 * Notes whom a change is to be told, in one process at a time. It is durable: what changes while no process runs is told by the next one. A
 * change that is read again after a process was killed is known by its place in the feed.
 */
export const notificationsConsumer = (
  context: ModuleContext,
  declared: readonly Notification[],
  send: Send
): ModuleConsumer => ({
  name: 'notifications',
  delivery: 'durable',
  order: 'after events',
  async consume(changes, epoch) {
    if (!isOn(context)) return
    for (const change of changes)
      for (const notification of declared)
        if (notification.resource === change.resource && notification.when(change))
          await noteAll(context, { notification, change, epoch }, send)
  }
})
