import { defineResource, role } from 'rachis'
import type { ServiceOf } from 'rachis'
import { period, readSales, sales } from './sales'

export const analytics = defineResource('analytics', {
  description: 'What the shop earns',
  table: false,
  fields: {},
  access: {},
  signed_links: ['sales'],
  reports: {
    sales: {
      summary:
        'Revenue in all, by day and of the ten best products. Without cancelled orders; days begin at midnight in the time zone of the shop',
      input: period,
      output: sales,
      access: role('admin'),
      run: readSales
    }
  }
})

declare module 'rachis' {
  interface ServiceTypes {
    analytics: ServiceOf<typeof analytics>
  }
}
