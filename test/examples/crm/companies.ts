import { $user, belongsTo, defineResource, role, text } from 'rachis'
import type { ServiceOf } from 'rachis'

const ours = { team_id: { $in: $user.team_ids } }

export const companies = defineResource('companies', {
  description: 'Customers; each belongs to a team',
  fields: { name: text({ minLength: 1, maxLength: 200 }), team_id: belongsTo('teams') },
  relations: {
    team: { one: 'team_id' },
    deals: { many: 'deals', by: 'company_id' },
    contacts: { many: 'contacts', by: 'company_id' }
  },
  access: {
    read: [ours, role('admin')],
    create: [ours, role('admin')],
    update: [ours, role('admin')],
    remove: role('admin')
  }
})

declare module 'rachis' {
  interface ServiceTypes {
    companies: ServiceOf<typeof companies>
  }
}
