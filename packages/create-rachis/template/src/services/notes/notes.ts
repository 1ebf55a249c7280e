import { $user, authenticated, defineResource, nullable, owner, text } from 'rachis'
import type { ServiceOf } from 'rachis'

const mine = { user_id: $user.id }

export const notes = defineResource('notes', {
  fields: {
    title: text({ minLength: 1, maxLength: 200 }),
    body: nullable(text()),
    user_id: owner('users')
  },
  access: { read: mine, create: authenticated, update: mine, remove: mine }
})

declare module 'rachis' {
  interface ServiceTypes {
    notes: ServiceOf<typeof notes>
  }
}
