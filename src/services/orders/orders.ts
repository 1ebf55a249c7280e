import { $user, authenticated, defineResource, json, money, now, nullable, oneOf, owner } from 'rachis'
import { readOnly, role, state, text, timestamp, unique, withDefault } from 'rachis'
import type { ServiceOf } from 'rachis'
import { createOrder } from './create-order'
import { EXAMPLE_ADDRESS, orderInput } from './order-input'
import { actions, reports, STATUSES } from './operations'
import { payment, PAYMENT_STATUSES } from './payment'
import { returnStock } from './stock'

const admin = role('admin')
const mine = { user_id: $user.id }
const amount = readOnly(money({ minimum: 0 }))
const readOnlyTimestamp = readOnly(nullable(timestamp()))

export const orders = defineResource('orders', {
  description: 'What customers buy: made from a list of products, whose stock it takes',
  audited: { days: 365 },
  // Staff and customer may change an order at the same time: If-Match tells the second one.
  versioned: true,
  fields: {
    // Who has bought something is switched off rather than deleted: the books need their orders.
    user_id: owner('users', { on_delete: 'restrict' }),
    order_number: readOnly(unique(text({ maxLength: 32, examples: ['ORD-000001'] }))),
    status: state(...STATUSES),
    subtotal: amount,
    tax_amount: amount,
    shipping_amount: amount,
    total: amount,
    currency: readOnly(text({ minLength: 3, maxLength: 3, examples: ['EUR'] })),
    payment_method: text({ minLength: 1, maxLength: 50 }),
    payment_status: readOnly(withDefault(oneOf(...PAYMENT_STATUSES), 'pending')),
    shipping_address: json({ minProperties: 1, examples: [EXAMPLE_ADDRESS] }),
    billing_address: json({ minProperties: 1, examples: [EXAMPLE_ADDRESS] }),
    notes: nullable(text({ maxLength: 2000 })),
    shipped_at: readOnlyTimestamp,
    delivered_at: readOnlyTimestamp,
    cancelled_at: readOnlyTimestamp
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
  actions: { ...actions, ...payment },
  signed_links: ['get'],
  reports,
  indexes: [['user_id', 'created_at'], 'status', 'payment_status', 'created_at']
})

declare module 'rachis' {
  interface ServiceTypes {
    orders: ServiceOf<typeof orders>
  }
}
