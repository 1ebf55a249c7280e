import { SALES } from '../../src/services/analytics/sales'

const PRODUCT = [
  'id', 'name', 'description', 'sku', 'price', 'category_id', 'brand', 'stock_quantity', 'reorder_level', 'weight', 'dimensions',
  'attributes', 'tags', 'images', 'is_active', 'featured', 'created_at', 'updated_at'
] // prettier-ignore
const TASK = [
  'id', 'title', 'description', 'status', 'priority', 'due_date', 'user_id', 'created_at', 'updated_at'
] // prettier-ignore
const TIMES = ['created_at', 'updated_at', 'due_date']

/** Where PostgreSQL makes the JSON it has to write times as the API does. */
const columns = (names: readonly string[], isJson: boolean): string =>
  names
    .map((name) =>
      isJson && TIMES.includes(name) ? `to_char(${name}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as ${name}` : name
    )
    .join(', ')

const VISIBLE = 'is_active and deleted_at is null'
const FILTER = `brand = $1 and price >= $2 and ${VISIBLE}`

export const getProduct = (isJson: boolean) =>
  `select ${columns(PRODUCT, isJson)} from products where id = $1 and ${VISIBLE}`

export const listProducts = (isJson: boolean) =>
  `select ${columns(PRODUCT, isJson)} from products where ${FILTER} order by price desc, id desc limit $3`

export const totalOfProducts = `select count(*) as total from products where ${FILTER}`

export const getTask = (isJson: boolean) =>
  `select ${columns(TASK, isJson)} from tasks where id = $1 and user_id = $2`

export const insertTask = (isJson: boolean) =>
  `insert into tasks (user_id, title, description, priority, due_date) values ($1, $2, $3, coalesce($4, 'medium'), $5)
   returning ${columns(TASK, isJson)}`

export const updateTask = (isJson: boolean) =>
  `update tasks set title = coalesce($2, title), description = coalesce($3, description),
     priority = coalesce($4, priority), due_date = coalesce($5, due_date), updated_at = now()
   where id = $6 and user_id = $1 returning ${columns(TASK, isJson)}`

/** The best hand-written transaction: what is bought is held in the order of ids, then everything else is one statement. */
export const holdProducts =
  'select id from products where id = any($1) and is_active and deleted_at is null and stock_quantity > 0 order by id for no key update'

export const insertOrder = `
with item as (
  select id as product_id, (each->>'quantity')::integer as quantity, price, name, sku
  from jsonb_array_elements($3::jsonb->'items') each join products on id = (each->>'product_id')::bigint
), sums as (select sum(price * quantity) as subtotal, round(sum(price * quantity) * 0.08, 2) as tax from item), made as (
  insert into orders (user_id, order_number, subtotal, tax_amount, shipping_amount, total, currency, payment_method,
    shipping_address, billing_address)
  select $1, $2, subtotal, tax, case when subtotal < 50 then 9.99 else 0 end,
    subtotal + tax + case when subtotal < 50 then 9.99 else 0 end, 'USD', $3::jsonb->>'payment_method',
    $3::jsonb->'shipping_address', $3::jsonb->'shipping_address'
  from sums returning *
), lines as (
  insert into order_items (order_id, product_id, quantity, unit_price, total_price, product_snapshot)
  select made.id, product_id, quantity, price, price * quantity, jsonb_build_object('name', name, 'sku', sku, 'price', price)
  from made, item
), taken as (
  update products set stock_quantity = stock_quantity - quantity, updated_at = now() from made, item where products.id = product_id
)
select * from made`

/** What the declared report runs, with its parameters by number. */
export const salesOf = (days: number) =>
  SALES.replaceAll(':time_zone', "'UTC'").replaceAll(':days', String(days))
