import type { Static } from '@feathersjs/typebox'
import type { Knex } from 'knex'
import { ApiError, validationError } from 'rachis'
import type { ActionContext } from 'rachis'
import type { orderInput } from './order-input'
import { errors } from '../../errors'

/** What is asked of one product, and by which line of the order first. */
export interface Item {
  readonly product_id: number
  readonly quantity: number
  readonly line: number
}

/** A product that is named twice is one item. */
export const itemsOf = ({ items }: Static<typeof orderInput>): Item[] => {
  const byProduct = new Map<number, Item>()
  for (const [index, { product_id, quantity }] of items.entries()) {
    const { line, quantity: before } = byProduct.get(product_id) ?? { line: index, quantity: 0 }
    byProduct.set(product_id, { product_id, quantity: before + quantity, line })
  }

  return [...byProduct.values()]
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

const orderLess = ({ product_id, available }: ReturnType<typeof short>) =>
  available > 0
    ? `Order at most ${available} of product ${product_id}`
    : `Order no product ${product_id}, which is sold out`

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
  if (unknown.length > 0) throw validationError(unknown.map(missing))
  const details = items
    .filter(({ product_id, quantity }) => stock.get(product_id)! < quantity)
    .map((item) => short(item, stock.get(item.product_id)!))
  if (details.length > 0)
    throw new ApiError(errors.INSUFFICIENT_STOCK, {
      details,
      hint: details.slice(0, 5).map(orderLess).join('; ')
    })
}

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
