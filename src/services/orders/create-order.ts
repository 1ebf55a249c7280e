import { randomInt } from 'crypto'
import type { Static } from '@feathersjs/typebox'
import type { Knex } from 'knex'
import { ApiError } from '../../errors'
import type { ReportContext } from '../../resource'
import type { orderInput } from './order-input'
import type { Item } from './stock'
import { holdStock, ITEMS, takeStock } from './stock'

type OrderInput = Static<typeof orderInput>

/** A product that is named twice is one item. */
const itemsOf = ({ items }: OrderInput): Item[] => {
  const byProduct = new Map<number, Item>()
  for (const [index, { product_id, quantity }] of items.entries()) {
    const { line, quantity: before } = byProduct.get(product_id) ?? { line: index, quantity: 0 }
    byProduct.set(product_id, { product_id, quantity: before + quantity, line })
  }

  return [...byProduct.values()]
}

// Without what is taken for another when read aloud or by hand: 0 and O, 1, I and L, U and V.
const LETTERS = '23456789ABCDEFGHJKMNPQRSTWXYZ'
const orderNumber = () =>
  `ORD-${Array.from({ length: 10 }, () => LETTERS[randomInt(LETTERS.length)]).join('')}`

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
order by line`

/** A number that is taken is drawn again. Five in a row would be a broken generator, not chance. */
const insertOrder = async (knex: Knex, values: Record<string, Knex.Value>): Promise<number> => {
  for (let attempt = 0; attempt < 5; attempt++) {
    const order_number = orderNumber()
    const { rows } = await knex.raw<{ rows: { id: number }[] }>(INSERT_ORDER, { ...values, order_number })
    if (rows[0]) return rows[0].id
  }
  throw new Error('Five order numbers in a row were taken')
}

/** Makes an order at the prices of now and takes its stock, in the transaction of the call. Amounts are computed in SQL, exactly. */
export const createOrder = async (input: OrderInput, { app, user, knex }: ReportContext) => {
  if (!user) throw new ApiError('NOT_AUTHENTICATED')
  const { shipping_address, billing_address, payment_method, notes } = input
  const { time_zone: _zone, ...rates } = app.get('shop')
  const lines = itemsOf(input)
  await holdStock(knex, lines)
  const items = JSON.stringify(lines)
  const id = await insertOrder(knex, {
    ...rates,
    items,
    user_id: user.id,
    shipping_address: JSON.stringify(shipping_address),
    billing_address: JSON.stringify(billing_address ?? shipping_address),
    payment_method,
    notes: notes ?? null
  })
  await knex.raw(INSERT_ITEMS, { items, order_id: id })
  await takeStock(knex, items)

  return { id }
}
