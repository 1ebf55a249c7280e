import {
  $user,
  authenticated,
  belongsTo,
  boolean,
  computed,
  defineResource,
  integer,
  role,
  withDefault
} from 'rachis'
import type { ServiceOf } from 'rachis'
import { reports } from './reports'

const admin = role('admin')
const ofOwnStore = { store_id: { $in: $user.store_ids } }
const keepers = [admin, ofOwnStore]

export const inventory = defineResource('inventory', {
  description: 'What each store has of each product',
  fields: {
    product_id: belongsTo('products'),
    store_id: belongsTo('stores'),
    current_stock: withDefault(integer({ minimum: 0 }), 0),
    reorder_level: withDefault(integer({ minimum: 0 }), 10),
    max_stock: withDefault(integer({ minimum: 1 }), 100),
    low_stock: computed(boolean(), 'current_stock <= reorder_level')
  },
  relations: { store: { one: 'store_id' }, product: { one: 'product_id' } },
  access: { read: authenticated, create: keepers, update: keepers, remove: keepers },
  unique: [['product_id', 'store_id']],
  checks: { in_bounds: 'current_stock <= max_stock' },
  audited: { days: 365 },
  indexes: [['store_id', 'low_stock']],
  reports
})

declare module 'rachis' {
  interface ServiceTypes {
    inventory: ServiceOf<typeof inventory>
  }
}
