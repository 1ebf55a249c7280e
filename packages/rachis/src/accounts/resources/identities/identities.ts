import { $user, belongsTo, defineResource, nullable, text } from '../../../declare'
import type { ServiceOf } from '../../../declare'
import { unlink } from './unlink'

const own = { user_id: $user.id }

/** Which accounts of providers sign in to which user. Made by signing in and by linking alone. */
export const identities = defineResource('identities', {
  description: 'Accounts at other providers that somebody signs in with',
  fields: {
    provider: text({ maxLength: 30 }),
    // What the provider calls them, which stays the same where an address changes. OpenID Connect allows 255 characters.
    subject: text({ maxLength: 255 }),
    email: nullable(text({ maxLength: 254 })),
    user_id: belongsTo('users', { on_delete: 'cascade' })
  },
  access: { read: own },
  // Which ways lead in is no business of an API key, nor of an administrator who acts as somebody else.
  interactive_only: true,
  unique: [['provider', 'subject']],
  indexes: ['user_id'],
  actions: { unlink }
})

declare module '../../../declare/declarations' {
  interface ServiceTypes {
    identities: ServiceOf<typeof identities>
  }
}
