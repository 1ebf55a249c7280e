import { authenticated, defineResource, owner, role, state, text } from 'rachis'
import type { ServiceOf } from 'rachis'
import { organisation, ours } from './ours'

export const projects = defineResource('projects', {
  fields: {
    code: text({ minLength: 1, maxLength: 20 }),
    name: text({ minLength: 1, maxLength: 100 }),
    status: state('open', 'closed'),
    organisation_id: organisation(),
    user_id: owner('users')
  },
  unique: [['organisation_id', 'code']],
  relations: { entries: { many: 'entries', by: 'project_id' }, organisation: { one: 'organisation_id' } },
  search: ['name'],
  access: {
    read: [ours, role('admin')],
    create: { ...authenticated, ...ours },
    update: [ours, role('admin')],
    remove: ours
  },
  states: { field: 'status', transitions: { close: { from: 'open', to: 'closed', access: ours } } }
})

declare module 'rachis' {
  interface ServiceTypes {
    projects: ServiceOf<typeof projects>
  }
}
