import { $user, asParent, asParentFor, authenticated, belongsTo, boolean, defineResource, owner, readOnly, text, Type, withDefault } from 'rachis' // prettier-ignore
import type { ServiceOf } from 'rachis'

const writer = { user_id: $user.id, deal_id: asParent }

export const notes = defineResource('notes', {
  description: 'What was said about a deal: for those who may read the deal',
  fields: {
    body: text({ minLength: 1, maxLength: 5000 }),
    is_pinned: readOnly(withDefault(boolean(), false)),
    deal_id: belongsTo('deals', { on_delete: 'cascade' }),
    user_id: owner('users')
  },
  relations: { deal: { one: 'deal_id' }, user: { one: 'user_id' } },
  access: {
    read: { deal_id: asParent },
    create: { ...authenticated, deal_id: asParent },
    update: writer,
    remove: writer
  },
  actions: {
    pin: {
      summary: 'Puts a note first',
      input: Type.Object({}),
      access: { deal_id: asParentFor('update') },
      run: (_input, { record, table }) => table().where({ id: record.id }).update({ is_pinned: true })
    }
  }
})

declare module 'rachis' {
  interface ServiceTypes {
    notes: ServiceOf<typeof notes>
  }
}
