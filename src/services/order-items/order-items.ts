import { asParent, belongsTo, defineResource, integer, json, money } from 'rachis'
import type { ServiceOf } from 'rachis'

export const orderItems = defineResource('order_items', {
  path: 'order-items',
  description: 'The lines of orders, with each product as it was when it was bought',
  fields: {
    order_id: belongsTo('orders', { on_delete: 'cascade' }),
    product_id: belongsTo('products'),
    quantity: integer({ minimum: 1 }),
    unit_price: money({ minimum: 0 }),
    total_price: money({ minimum: 0 }),
    product_snapshot: json()
  },
  relations: { order: { one: 'order_id' }, product: { one: 'product_id' } },
  access: { read: { order_id: asParent } }
})

declare module 'rachis' {
  interface ServiceTypes {
    'order-items': ServiceOf<typeof orderItems>
  }
}
