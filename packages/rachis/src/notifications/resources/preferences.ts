import { $user, authenticated, defineResource, immutable, oneOf, owner, text } from '../../declare'
import type { ServiceOf } from '../../declare'
import { DELIVERIES } from '../define-notification'

const mine = { user_id: $user.id }

/** How somebody wants to be told of what, where that is not as declared. */
export const notificationPreferences = defineResource('notification_preferences', {
  path: 'notification-preferences',
  description: 'How one wants to be told by mail: at once, gathered in one mail, or not at all',
  fields: {
    user_id: owner('users'),
    kind: immutable(text({ minLength: 1, maxLength: 63, examples: ['order_updated'] })),
    delivery: oneOf(...DELIVERIES)
  },
  access: { read: mine, create: authenticated, update: mine, remove: mine },
  unique: [['user_id', 'kind']]
})

declare module '../../declare/declarations' {
  interface ServiceTypes {
    'notification-preferences': ServiceOf<typeof notificationPreferences>
  }
}
