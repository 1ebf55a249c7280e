import { $user, authenticated, defineResource, owner, text, Type } from 'rachis'
import type { ServiceOf } from 'rachis'

export const notes = defineResource('notes', {
  description: 'Short texts of one user',
  path: 'my/notes',
  fields: { title: text({ maxLength: 200 }), user_id: owner('users') },
  access: { read: { user_id: $user.id }, create: authenticated, update: { user_id: $user.id } },
  actions: {
    copy: {
      summary: 'Makes a second note of the same text',
      input: Type.Object({ title: Type.Optional(Type.String({ maxLength: 200 })) }),
      output: Type.Object({ id: Type.Integer() }),
      access: { user_id: $user.id },
      transaction: true, // the default; false where it must not hold a connection
      http: { method: 'POST', path: 'copy', status: 201 },
      run: async ({ title }, { app, record, asCaller }) =>
        app.service('my/notes').create({ title: title ?? record.title }, asCaller)
    }
  }
})

declare module 'rachis' {
  interface ServiceTypes {
    'my/notes': ServiceOf<typeof notes>
  }
}
