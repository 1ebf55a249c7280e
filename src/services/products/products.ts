import { belongsTo, boolean, defineResource, integer, json, money, nullable } from 'rachis'
import { role, text, Type, unique, upper, withDefault, textArray } from 'rachis'
import type { ServiceOf } from 'rachis'
import { lists } from './lists'
import { terms } from './terms'

const admin = role('admin')
const staff = role('admin', 'manager')

/** Managers set what a product costs, and leave the rest to administrators. */
const byAdmin = { write: admin }

export const products = defineResource('products', {
  description: 'What the shop sells and the stores keep',
  soft_delete: true,
  fields: {
    name: text({ minLength: 1, maxLength: 255, examples: ['Green tea'] }),
    description: nullable(text({ examples: ['Loose leaves, 100 g'] })),
    sku: unique(upper(text({ minLength: 3, maxLength: 64, examples: ['TEA-001'] }))),
    price: money({ minimum: 0, examples: [19.99] }),
    cost: nullable(money({ minimum: 0, examples: [8.5] })),
    category_id: nullable(belongsTo('categories', { on_delete: 'set null' })),
    brand: nullable(text({ maxLength: 100, examples: ['Leaf & Co'] })),
    stock_quantity: withDefault(integer({ minimum: 0, examples: [20] }), 0),
    reorder_level: withDefault(integer({ minimum: 0 }), 10),
    weight: nullable(Type.Number({ minimum: 0 })),
    dimensions: withDefault(json({ examples: [{ width: 10, height: 20 }] }), {}),
    attributes: withDefault(json({ examples: [{ color: 'green' }] }), {}),
    tags: withDefault(textArray({ examples: [['new']] }), []),
    images: withDefault(
      textArray({ maxLength: 2048, examples: [['https://example.com/green-tea.jpg']] }),
      []
    ),
    is_active: withDefault(boolean(), true),
    featured: withDefault(boolean(), false)
  },
  relations: {
    category: { one: 'category_id' },
    inventory: { many: 'inventory', by: 'product_id' },
    pictures: { many: 'product_images', by: 'product_id' }
  },
  access: {
    read: [{ is_active: true }, staff],
    create: admin,
    update: staff,
    remove: admin,
    fields: {
      cost: { read: staff, write: staff },
      name: byAdmin,
      description: byAdmin,
      sku: byAdmin,
      price: byAdmin,
      category_id: byAdmin,
      brand: byAdmin,
      stock_quantity: byAdmin,
      reorder_level: byAdmin,
      weight: byAdmin,
      dimensions: byAdmin,
      attributes: byAdmin,
      tags: byAdmin,
      images: byAdmin,
      is_active: byAdmin,
      featured: byAdmin
    }
  },
  audited: { days: 365 },
  // What a visitor is shown may be ten seconds old; an order asks for the stock itself.
  cache: { public: 10 },
  indexes: ['category_id', 'brand', 'price', 'created_at'],
  search: ['name', 'description', 'brand', 'sku'],
  reports: { ...lists, terms }
})

declare module 'rachis' {
  interface ServiceTypes {
    products: ServiceOf<typeof products>
  }
}
