import type { Static } from '@feathersjs/typebox'
import { ApiError, validationError } from 'rachis'
import type { ReportContext } from 'rachis'
import type { orderInput } from './order-input'
import { orderNumber } from './order-number'
import { holdStock, ITEMS, itemsOf } from './stock'

/** The largest amount that the columns hold, numeric(12,2). */
const LARGEST = 9_999_999_999.99

/** The order, its items and the stock that they take, in one statement. Amounts are computed here, exactly. */
const CREATE = `
with item as (
  select line, product_id, quantity, price, name, sku from ${ITEMS} join products on products.id = product_id
), sums as (select sum(price * quantity) as subtotal from item), amounts as (
  select subtotal, round(subtotal * cast(:tax_rate as numeric), 2) as tax,
    case when subtotal < cast(:free_shipping_from as numeric) then cast(:shipping_amount as numeric) else 0 end as shipping,
    cast(:input as jsonb) as input from sums
), made as (
  insert into orders (user_id, order_number, subtotal, tax_amount, shipping_amount, total, currency, payment_method,
    shipping_address, billing_address, notes)
  select cast(:user_id as bigint), :order_number, subtotal, tax, shipping, subtotal + tax + shipping, :currency,
    input->>'payment_method', input->'shipping_address', coalesce(nullif(input->'billing_address', 'null'), input->'shipping_address'),
    input->>'notes' from amounts where subtotal + tax + shipping <= ${LARGEST} on conflict (order_number) do nothing returning id
), lines as (
  insert into order_items (order_id, product_id, quantity, unit_price, total_price, product_snapshot)
  select made.id, product_id, quantity, price, price * quantity, jsonb_build_object('name', name, 'sku', sku, 'price', price)
  from made, item order by line
), taken as (
  update products set stock_quantity = stock_quantity - quantity, updated_at = now() from made, item where products.id = product_id
)
select (select id from made) as id, subtotal + tax + shipping > ${LARGEST} as is_too_large from amounts`

const tooLarge = () =>
  validationError([
    { field: 'total', message: `must be at most ${LARGEST}`, rule: 'maximum', expected: LARGEST }
  ])

interface Made {
  readonly id: number | null
  readonly is_too_large: boolean
}

/** Makes an order at the prices of now and takes its stock, in the transaction of the call. */
export const createOrder = async (input: Static<typeof orderInput>, { app, user, knex }: ReportContext) => {
  if (!user) throw new ApiError('NOT_AUTHENTICATED')
  const items = itemsOf(input)
  await holdStock(knex, items)
  const { time_zone: _zone, ...rates } = app.get('shop')
  const values = { ...rates, user_id: user.id, items: JSON.stringify(items), input: JSON.stringify(input) }
  // A number that is taken is drawn again. Five in a row would be a broken generator, not chance.
  for (let attempt = 0; attempt < 5; attempt++) {
    const order_number = orderNumber()
    const { rows } = await knex.raw<{ rows: [Made] }>(CREATE, { ...values, order_number })
    const [{ id, is_too_large }] = rows
    if (is_too_large) throw tooLarge()
    if (id !== null) return { id }
  }
  throw new Error('Five order numbers in a row were taken')
}
