import { asParent, belongsTo, defineResource, integer, nullable, role, text, withDefault } from 'rachis'
import type { ServiceOf } from 'rachis'
import { file } from 'rachis/files'

const admin = role('admin')

/** Pictures that are kept here; `images` of a product are addresses elsewhere. Whoever sees a product has its pictures. */
export const productImages = defineResource('product_images', {
  description: 'Uploaded pictures of products, in their order',
  path: 'product-images',
  fields: {
    product_id: belongsTo('products', { on_delete: 'cascade' }),
    file_id: file({ types: ['image/png', 'image/jpeg', 'image/webp'], max_size: 10_000_000 }),
    alt: nullable(text({ maxLength: 200, examples: ['A cup of green tea'] })),
    position: withDefault(integer({ minimum: 0 }), 0)
  },
  relations: { product: { one: 'product_id' } },
  access: { read: { product_id: asParent }, create: admin, update: admin, remove: admin },
  unique: [['product_id', 'file_id']]
})

declare module 'rachis' {
  interface ServiceTypes {
    'product-images': ServiceOf<typeof productImages>
  }
}
