import type { Static, TSchema } from '@feathersjs/typebox'
import { json, text, Type } from 'rachis'

/** As documents show one: any object is taken. */
export const EXAMPLE_ADDRESS = { street: '1 High Street', city: 'Leeds', postcode: 'LS1 1AA', country: 'GB' }
const address = json({ minProperties: 1, examples: [EXAMPLE_ADDRESS] })
const item = Type.Object(
  {
    // What is not for sale is refused by the creation itself, with its line; forms only look for products by it.
    product_id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, 'x-references': 'products' }),
    quantity: Type.Integer({ minimum: 1, maximum: 10_000 })
  },
  { additionalProperties: false }
)
/** May be left out, or be null. */
const optionalNullable = <T extends TSchema>(schema: T) =>
  Type.Optional(Type.Unsafe<Static<T> | null>({ ...schema, type: [schema.type, 'null'] }))

/** What an order is made from. */
export const orderInput = Type.Object(
  {
    items: Type.Array(item, { minItems: 1, maxItems: 100 }),
    shipping_address: address,
    billing_address: optionalNullable(address),
    payment_method: text({ minLength: 1, maxLength: 50 }),
    notes: optionalNullable(text({ maxLength: 2000 }))
  },
  { additionalProperties: false }
)
