import type { Knex } from 'knex'
import { ApiError, invalid } from '../../errors'
import type { ActionContext, ReportContext } from '../../resource'
import { Type } from '../../resource'

/** What is asked of one product, and by which line of the order first. */
export interface Item {
  readonly product_id: number
  readonly quantity: number
  readonly line: number
}

/** Items as a table of SQL, out of the binding `items`. */
export const ITEMS =
  'jsonb_to_recordset(cast(:items as jsonb)) as item (product_id bigint, quantity integer, line integer)'

const missing = ({ line, product_id }: Item) => ({
  field: `items.${line}.product_id`,
  message: 'is not a product that is for sale',
  rule: 'reference',
  provided: product_id
})

const short = ({ line, product_id, quantity: requested }: Item, available: number) => ({
  field: `items.${line}.quantity`,
  message: `asks for ${requested} of which ${available} are available`,
  rule: 'stock',
  product_id,
  requested,
  available
})

/**
 * Holds the products of an order, if there is enough of each, until the transaction ends. By their ids, whatever the order of
 * the items: two orders that held each other's products would be a deadlock.
 */
export const holdStock = async (knex: Knex, items: readonly Item[]) => {
  const held = await knex<{ id: number; stock_quantity: number; is_active: boolean; deleted_at: null }>('products')
    .select('id', 'stock_quantity')
    .whereIn('id', items.map(({ product_id }) => product_id))
    .where({ is_active: true, deleted_at: null })
    .orderBy('id')
    .forNoKeyUpdate() // prettier-ignore
  const stock = new Map(held.map(({ id, stock_quantity }) => [id, stock_quantity]))
  const unknown = items.filter(({ product_id }) => !stock.has(product_id))
  if (unknown.length > 0) throw invalid(unknown.map(missing))
  const details = items
    .filter(({ product_id, quantity }) => stock.get(product_id)! < quantity)
    .map((item) => short(item, stock.get(item.product_id)!))
  if (details.length > 0) throw new ApiError('INSUFFICIENT_STOCK', { details })
}

export const takeStock = (knex: Knex, items: string) =>
  knex.raw(
    `update products set stock_quantity = stock_quantity - quantity, updated_at = now()
    from ${ITEMS} where products.id = product_id`,
    { items }
  )

/** Gives back what an order took: also of products that were removed since, which may be restored. In the order of ids, as above. */
export const returnStock = async ({ knex, record }: Pick<ActionContext<{ id: number }>, 'knex' | 'record'>) =>
  knex.raw(
    `with item as (
      select product_id, sum(quantity) as quantity from order_items where order_id = ? group by product_id
    ), held as (
      select id from products where id in (select product_id from item) order by id for no key update
    )
    update products set stock_quantity = stock_quantity + quantity, updated_at = now()
    from held join item on product_id = held.id where products.id = held.id`,
    [record.id]
  )

/** At most so many products of each level are named. */
const NAMED = 100

const STOCK = `
with product as (
  select id, name, sku, stock_quantity, reorder_level, case
    when stock_quantity = 0 then 'critical'
    when stock_quantity <= reorder_level then 'low'
    when stock_quantity < 3 * cast(reorder_level as bigint) then 'medium'
    else 'high' end as level
  from products where is_active and deleted_at is null
), ranked as (
  select *, row_number() over (partition by level order by stock_quantity, id) as rank from product
)
select level, count(*) as count,
  json_agg(json_build_object('id', id, 'name', name, 'sku', sku, 'stock_quantity', stock_quantity, 'reorder_level', reorder_level)
    order by rank) filter (where rank <= ${NAMED}) as products
from ranked group by level`

const count = Type.Integer({ minimum: 0 })
const named = Type.Array(
  Type.Object({
    id: count,
    name: Type.String(),
    sku: Type.String(),
    stock_quantity: count,
    reorder_level: count
  })
)
const LEVELS = ['critical', 'low', 'medium', 'high'] as const
const each = <T>(make: (level: (typeof LEVELS)[number]) => T) =>
  Object.fromEntries(LEVELS.map((level) => [level, make(level)])) as Record<(typeof LEVELS)[number], T>

export const stockHealth = Type.Object({
  total: count,
  counts: Type.Object(each(() => count)),
  products: Type.Object(each(() => named))
})

/** How much of what is for sale is left. */
export const stockCheck = async (_input: object, { knex }: Pick<ReportContext, 'knex'>) => {
  const { rows } = await knex.raw<{ rows: { level: string; count: number; products: object[] }[] }>(STOCK)
  const found = new Map(rows.map((row) => [row.level, row]))
  const counts = each((level) => found.get(level)?.count ?? 0)

  return {
    total: rows.reduce((sum, { count }) => sum + count, 0),
    counts,
    products: each((level) => found.get(level)?.products ?? [])
  }
}
