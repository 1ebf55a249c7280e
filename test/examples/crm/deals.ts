import { asParent, asParentFor, belongsTo, defineResource, money, state, text } from 'rachis'
import type { ServiceOf } from 'rachis'

const changesCompany = { company_id: asParentFor('update') }

export const deals = defineResource('deals', {
  description: 'What is being sold to a company',
  fields: {
    title: text({ minLength: 1, maxLength: 200 }),
    amount: money({ minimum: 0 }),
    status: state('open', 'won', 'lost'),
    company_id: belongsTo('companies', { on_delete: 'cascade' })
  },
  relations: { company: { one: 'company_id' }, notes: { many: 'notes', by: 'deal_id' } },
  access: { read: { company_id: asParent }, create: changesCompany, update: changesCompany },
  audited: { days: 365 },
  states: {
    field: 'status',
    transitions: {
      win: { from: 'open', to: 'won', access: changesCompany },
      lose: { from: 'open', to: 'lost', access: changesCompany }
    }
  }
})

declare module 'rachis' {
  interface ServiceTypes {
    deals: ServiceOf<typeof deals>
  }
}
