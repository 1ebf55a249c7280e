import { ApiError } from 'rachis'
import type { ActionContext } from 'rachis'
import { errors } from '../../errors'

export interface Requested {
  store_id: number
  product_id: number
  quantity: number
}
interface Item {
  id: number
  current_stock: number
  max_stock: number
}

const notKept = ({ store_id, product_id }: Requested) => {
  const message = `Store ${store_id} keeps no product ${product_id}: create its inventory first`
  return new ApiError('MISSING_REFERENCE', {
    message,
    details: [{ field: 'product_id', message: 'is not kept in this store', rule: 'reference' }]
  })
}

const tooMuch = ({ quantity }: Requested, { current_stock, max_stock }: Item) => {
  const room = max_stock - current_stock
  const message = `${quantity} do not fit: the store has ${current_stock} of at most ${max_stock}`

  return new ApiError(errors.STOCK_LIMIT, {
    message,
    hint:
      room > 0 ? `Ask for at most ${room}` : 'Nothing fits until something is sold or max_stock is raised',
    details: [{ field: 'quantity', message, rule: 'stock_limit', expected: room, provided: quantity }]
  })
}

/**
 * Puts what was asked for on the store's shelf. The item stays locked until the transaction ends, so that what fits now still
 * fits when it is written, whoever sells or fulfils meanwhile.
 */
export const restock = async ({ app, knex, record, params }: ActionContext<Requested>): Promise<void> => {
  const { store_id, product_id, quantity } = record
  const item = await knex<Item & Requested>('inventory').where({ store_id, product_id }).forUpdate().first()
  if (!item) throw notKept(record)
  if (item.current_stock + quantity > item.max_stock) throw tooMuch(record, item)
  await app.service('inventory').patch(item.id, { current_stock: item.current_stock + quantity }, params)
}
