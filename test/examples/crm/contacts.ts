import { asParent, asParentFor, belongsTo, defineResource, nullable, text } from 'rachis'
import type { ServiceOf } from 'rachis'

const changesCompany = { company_id: asParentFor('update') }

export const contacts = defineResource('contacts', {
  description: 'People at a company',
  fields: {
    name: text({ minLength: 1, maxLength: 200 }),
    phone: nullable(text({ maxLength: 50 })),
    company_id: belongsTo('companies', { on_delete: 'cascade' })
  },
  access: {
    read: { company_id: asParent },
    create: changesCompany,
    update: changesCompany,
    remove: changesCompany
  }
})

declare module 'rachis' {
  interface ServiceTypes {
    contacts: ServiceOf<typeof contacts>
  }
}
