import { randomInt } from 'crypto'
import type { Static, TSchema } from '@feathersjs/typebox'
import type { Knex } from 'knex'
import type { ErrorDetail } from '../../errors'
import { ApiError, invalid } from '../../errors'
import type { ActionContext } from '../../resource'
import { json, text, Type } from '../../resource'

const key = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })
const address = json({ minProperties: 1 })
const left = <T extends TSchema>(schema: T) =>
  Type.Optional(Type.Unsafe<Static<T> | null>({ ...schema, type: [schema.type, 'null'] }))

export const orderInput = Type.Object(
  {
    items: Type.Array(
      Type.Object(
        { product_id: key, quantity: Type.Integer({ minimum: 1, maximum: 10_000 }) },
        { additionalProperties: false }
      ),
      { minItems: 1, maxItems: 100 }
    ),
    shipping_address: address,
    billing_address: left(address),
    payment_method: text({ minLength: 1, maxLength: 50 }),
    notes: left(text({ maxLength: 2000 }))
  },
  { additionalProperties: false }
)
type OrderInput = Static<typeof orderInput>
type Context = Omit<ActionContext<unknown>, 'record'>
/** What is asked of one product, and where in the order it is first asked. */
interface Item {
  readonly product_id: number
  readonly quantity: number
  readonly position: number
}

/** A product that is named twice is one item. */
const itemsOf = ({ items }: OrderInput): Item[] => {
  const byProduct = new Map<number, Item>()
  for (const [index, { product_id, quantity }] of items.entries()) {
    const known = byProduct.get(product_id)
    const [position, more] = [known?.position ?? index, known?.quantity ?? 0]
    byProduct.set(product_id, { product_id, quantity: quantity + more, position })
  }

  return [...byProduct.values()]
}

const missing = ({ position, product_id }: Item): ErrorDetail => ({
  field: `items.${position}.product_id`,
  message: 'is not a product that is for sale',
  rule: 'reference',
  provided: product_id
})

const short = ({ position, product_id, quantity: requested }: Item, available: number) => ({
  field: `items.${position}.quantity`,
  message: `asks for ${requested} of which ${available} are available`,
  rule: 'stock',
  product_id,
  requested,
  available
})

/**
 * Holds the products until the order is made. In the order of their ids, whatever the order of the items, so that two orders
 * never wait for each other.
 */
const holdStock = async (knex: Knex, items: readonly Item[]) => {
  const ids = items.map(({ product_id }) => product_id)
  const held = (await knex('products')
    .select('id', 'stock_quantity')
    .whereIn('id', ids)
    .where({ is_active: true, deleted_at: null })
    .orderBy('id')
    .forNoKeyUpdate()) as { id: number; stock_quantity: number }[]
  const stock = new Map(held.map(({ id, stock_quantity }) => [id, stock_quantity]))
  const unknown = items.filter(({ product_id }) => !stock.has(product_id))
  if (unknown.length > 0) throw invalid(unknown.map(missing))
  const scarce = items.filter(({ product_id, quantity }) => stock.get(product_id)! < quantity)
  const details = scarce.map((item) => short(item, stock.get(item.product_id)!))
  if (details.length > 0) throw new ApiError('INSUFFICIENT_STOCK', { details })
}

// Without those that are taken for each other when read aloud or by hand: 0 and O, 1, I and L, U and V.
const LETTERS = '23456789ABCDEFGHJKMNPQRSTWXYZ'
const orderNumber = () => `ORD-${Array.from({ length: 10 }, () => LETTERS[randomInt(LETTERS.length)]).join('')}`

const ITEMS = 'jsonb_to_recordset(cast(:items as jsonb)) as item (product_id bigint, quantity integer, position integer)'

const INSERT_ORDER = `
with sums as (
  select sum(price * quantity) as subtotal from ${ITEMS} join products on products.id = product_id
), amounts as (
  select subtotal, round(subtotal * cast(:tax_rate as numeric), 2) as tax,
    case when subtotal < cast(:free_shipping_from as numeric) then cast(:shipping_amount as numeric) else 0 end as shipping
  from sums
)
insert into orders (
  user_id, order_number, subtotal, tax_amount, shipping_amount, total, currency, payment_method,
  shipping_address, billing_address, notes
)
select
  cast(:user_id as bigint), :order_number, subtotal, tax, shipping, subtotal + tax + shipping, :currency, :payment_method,
  cast(:shipping_address as jsonb), cast(:billing_address as jsonb), :notes
from amounts
on conflict (order_number) do nothing
returning id`

const INSERT_ITEMS = `
insert into order_items (order_id, product_id, quantity, unit_price, total_price, product_snapshot)
select cast(:order_id as bigint), products.id, quantity, price, price * quantity,
  jsonb_build_object('name', name, 'sku', sku, 'price', price)
from ${ITEMS} join products on products.id = product_id
order by position`

const TAKE_STOCK = `
update products set stock_quantity = stock_quantity - quantity, updated_at = now()
from ${ITEMS} where products.id = product_id`

/** A number that is taken already is drawn again; a second time in a row would be a broken generator, not chance. */
const insertOrder = async (knex: Knex, bindings: Record<string, Knex.Value>): Promise<number> => {
  for (let attempt = 0; attempt < 5; attempt++) {
    const { rows } = await knex.raw<{ rows: { id: number }[] }>(INSERT_ORDER, { ...bindings, order_number: orderNumber() }) // prettier-ignore
    if (rows[0]) return rows[0].id
  }
  throw new Error('Five order numbers in a row were taken already')
}

/** Takes the stock and makes the order with the prices of now, in the transaction of the call; amounts are computed in SQL, exactly. */
export const createOrder = async (input: OrderInput, { app, user, knex }: Context): Promise<{ id: number }> => {
  if (!user) throw new ApiError('NOT_AUTHENTICATED')
  const items = itemsOf(input)
  await holdStock(knex, items)
  const { time_zone: _zone, ...rates } = app.get('shop')
  const { shipping_address, billing_address, payment_method, notes } = input
  const json = JSON.stringify(items)
  const id = await insertOrder(knex, {
    ...rates,
    user_id: user.id,
    items: json,
    shipping_address: JSON.stringify(shipping_address),
    billing_address: JSON.stringify(billing_address ?? shipping_address),
    payment_method,
    notes: notes ?? null
  })
  await knex.raw(INSERT_ITEMS, { items: json, order_id: id })
  await knex.raw(TAKE_STOCK, { items: json })

  return { id }
}
