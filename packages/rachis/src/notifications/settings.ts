import { Type } from '@feathersjs/typebox'
import type { Static } from '@feathersjs/typebox'
import { defineSettings } from '../settings/declaration'

const schema = Type.Object({ notifications: Type.Object({ enabled: Type.Boolean() }) })

/** The settings of notifications. docs/notifications.md explains each. */
export const notificationsSettings = defineSettings({
  schema,
  defaults: { notifications: { enabled: true } },
  variables: { notifications: { enabled: 'NOTIFICATIONS_ENABLED' } },
  prefixes: ['NOTIFICATIONS_']
})
export type NotificationsSettings = Static<typeof schema>

declare module '../declare/declarations' {
  interface Settings extends NotificationsSettings {}
}
