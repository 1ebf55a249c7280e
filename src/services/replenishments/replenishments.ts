import {
  $user,
  authenticated,
  belongsTo,
  defineResource,
  integer,
  now,
  nullable,
  readOnly,
  role,
  state,
  timestamp
} from 'rachis'
import type { ServiceOf } from 'rachis'
import { restock } from './restock'

const admin = role('admin')
const staff = role('admin', 'manager')
const requesters = [admin, { store_id: { $in: $user.store_ids } }]

export const replenishments = defineResource('replenishments', {
  description: 'What stores ask for, until it is in their inventory',
  fields: {
    store_id: belongsTo('stores'),
    product_id: belongsTo('products'),
    quantity: integer({ minimum: 1 }),
    status: state('pending', 'approved', 'fulfilled', 'cancelled'),
    approved_by: readOnly(nullable(belongsTo('users', { on_delete: 'set null' }))),
    approved_at: readOnly(nullable(timestamp())),
    fulfilled_at: readOnly(nullable(timestamp()))
  },
  relations: {
    store: { one: 'store_id' },
    product: { one: 'product_id' },
    approver: { one: 'approved_by' }
  },
  // What was asked for is not changed afterwards: it is cancelled, and asked for anew.
  access: { read: authenticated, create: requesters },
  states: {
    field: 'status',
    transitions: {
      approve: {
        from: 'pending',
        to: 'approved',
        access: staff,
        set: { approved_by: $user.id, approved_at: now },
        http: { method: 'PATCH' }
      },
      fulfill: {
        from: 'approved',
        to: 'fulfilled',
        access: staff,
        set: { fulfilled_at: now },
        http: { method: 'PATCH' },
        summary: "Move the quantity into the store's inventory, never above its maximum",
        run: restock
      },
      cancel: {
        from: ['pending', 'approved'],
        to: 'cancelled',
        access: requesters,
        http: { method: 'PATCH' }
      }
    }
  },
  audited: { days: 365 },
  indexes: [['store_id', 'status'], 'status', 'created_at']
})

declare module 'rachis' {
  interface ServiceTypes {
    replenishments: ServiceOf<typeof replenishments>
  }
}
