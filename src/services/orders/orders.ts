import {
  $user,
  authenticated,
  defineResource,
  json,
  money,
  now,
  nullable,
  oneOf,
  owner,
  readOnly,
  role,
  state,
  text,
  timestamp,
  Type,
  unique,
  withDefault
} from '../../resource'
import type { ServiceOf } from '../../resource'
import { list, LIST_INPUT, LIST_OUTPUT } from '../listing'
import { createOrder } from './create-order'
import { orderInput } from './order-input'
import { returnStock, stockCheck, stockHealth } from './stock'

const STATUSES = ['pending', 'confirmed', 'shipped', 'delivered', 'cancelled'] as const
const PAYMENT = ['pending', 'paid', 'failed', 'refunded'] as const
const admin = role('admin')
const mine = { user_id: $user.id }
const amount = readOnly(money({ minimum: 0 }))
const moment = readOnly(nullable(timestamp()))
const closed = { additionalProperties: false }

export const orders = defineResource('orders', {
  description: 'What customers buy: made from a list of products, whose stock it takes',
  audited: { days: 365 },
  fields: {
    // Who has bought something is switched off rather than deleted: the books need his orders.
    user_id: owner('users', { on_delete: 'restrict' }),
    order_number: readOnly(unique(text({ maxLength: 32 }))),
    status: state(...STATUSES),
    subtotal: amount,
    tax_amount: amount,
    shipping_amount: amount,
    total: amount,
    currency: readOnly(text({ minLength: 3, maxLength: 3 })),
    payment_method: text({ minLength: 1, maxLength: 50 }),
    payment_status: readOnly(withDefault(oneOf(...PAYMENT), 'pending')),
    shipping_address: json({ minProperties: 1 }),
    billing_address: json({ minProperties: 1 }),
    notes: nullable(text({ maxLength: 2000 })),
    shipped_at: moment,
    delivered_at: moment,
    cancelled_at: moment
  },
  relations: { items: { many: 'order_items', by: 'order_id' }, user: { one: 'user_id' } },
  access: { read: [mine, role('admin', 'manager')], create: authenticated },
  create: { input: orderInput, run: createOrder },
  states: {
    field: 'status',
    transitions: {
      confirm: { from: 'pending', to: 'confirmed', access: admin },
      ship: { from: 'confirmed', to: 'shipped', access: admin, set: { shipped_at: now } },
      deliver: { from: 'shipped', to: 'delivered', access: admin, set: { delivered_at: now } },
      cancel: {
        summary: 'Cancel an order that is not shipped yet, and give its stock back',
        from: ['pending', 'confirmed'],
        to: 'cancelled',
        access: [mine, admin],
        set: { cancelled_at: now },
        run: returnStock
      }
    }
  },
  actions: {
    set_status: {
      summary: 'Take the step that leads to this status',
      input: Type.Object({ status: oneOf(...STATUSES) }, closed),
      access: admin,
      http: { method: 'PUT', path: 'status' },
      async run({ status }, { app, record, params }): Promise<void> {
        if (record.status !== status) await app.service('orders').patch(record.id, { status }, params)
      }
    }
  },
  reports: {
    my_orders: {
      summary: "The caller's own orders, newest first",
      input: Type.Object({ status: Type.Optional(Type.String()), ...LIST_INPUT }, closed),
      output: LIST_OUTPUT,
      access: authenticated,
      http: { path: 'my-orders' },
      run: (query, context) =>
        list('orders', { sort: '-created_at', ...query, user_id: context.user!.id }, context)
    },
    stock_check: {
      summary:
        'How much is left of what is for sale: critical is none, low is at or under the reorder level, medium is under three times that, high is the rest. Names at most 100 products of each, scarcest first',
      input: Type.Object({}, closed),
      output: stockHealth,
      access: admin,
      http: { path: 'health/stock-check' },
      run: stockCheck
    }
  },
  indexes: [['user_id', 'created_at'], 'status', 'payment_status', 'created_at']
})

declare module '../../declarations' {
  interface ServiceTypes {
    orders: ServiceOf<typeof orders>
  }
}
