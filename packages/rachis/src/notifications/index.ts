import path from 'path'
import { validationError } from '../errors/errors'
import type { Module } from '../module'
import type { Hook } from '../service/hooks/context'
import { firstTwice } from '../util/first-twice'
import { notificationsConsumer } from './consumer'
import type { Notification } from './define-notification'
import { notificationRecords } from './resources/notifications'
import { notificationPreferences } from './resources/preferences'
import { gatherJob, sendJob } from './send'
import { notificationsSettings } from './settings'

export interface NotificationsOptions {
  /** When what was gathered is mailed: by default at seven in the morning, UTC. */
  readonly digest?: { readonly cron: string; readonly time_zone?: string }
}

/** A preference for what is never told would be kept without a word, and change nothing. */
const knownKind =
  (names: readonly string[]): Hook =>
  async ({ data }, next) => {
    // What is no record is refused behind this.
    for (const given of [data].flat() as ({ kind?: unknown } | null)[])
      if (typeof given?.kind === 'string' && !names.includes(given.kind))
        throw validationError([
          { field: 'kind', message: `must be one of ${names.join(', ')}`, rule: 'enum', expected: names }
        ])
    await next()
  }

/**
 * The module of mails about changes: declared notifications, what each user wants of them, and digests. It needs `accounts`, whose users are
 * mailed, and `jobs`, listed before it.
 *
 * @throws {Error} for two notifications of one name, or of a resource that is not declared, when the application is made
 * @example createApp({ modules: [accounts, jobs([]), notifications([shipped])], resources: [parcels] })
 */
export const notifications = (declared: readonly Notification[], { digest = { cron: '0 7 * * *' } }: NotificationsOptions = {}) => {
  const names = declared.map(({ name }) => name)
  const send = sendJob(declared)
  const twice = firstTwice(names)
  if (twice !== undefined) throw new Error(`The notification ${twice} is listed twice`)

  return {
    name: 'notifications',
    settings: notificationsSettings,
    resources: [notificationRecords, notificationPreferences],
    migrations: path.join(__dirname, 'migrations'),
    prepare({ app, models }) {
      for (const { name, resource } of declared)
        if (!models.some((model) => model.name === resource))
          throw new Error(`The notification ${name} is of the resource ${resource}, which is not declared`)
      app.get('jobQueues').add([send, gatherJob(send, digest)])
    },
    guards: () => ({ 'notification_preferences.create': knownKind(names) }),
    consumers: (context) => [notificationsConsumer(context, declared, send as never)]
  } satisfies Module
} // prettier-ignore

export { defineNotification } from './define-notification'
export type { Delivery, Letter, Notification, NotificationSpec, NotifiedRecord } from './define-notification'
export { notificationPreferences, notificationRecords }
