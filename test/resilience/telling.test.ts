import assert from 'node:assert/strict'
import type { Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'

/** Its rule follows a parent, so telling of it needs the database. */
const ITEM = `insert into order_items (order_id, product_id, quantity, unit_price, total_price, product_snapshot)
  select o.id, p.id, 1, 1, 1, '{}' from orders o, products p limit 1 returning id::int`
const ORDER = `insert into orders (user_id, order_number, subtotal, tax_amount, shipping_amount, total, currency, payment_method, shipping_address, billing_address)
  values ($1, 'ORD-1', 1, 0, 0, 1, 'EUR', 'card', '{}', '{}')`

describe('an event that cannot be told', () => {
  let world: World
  let owner: Person
  before(async () => {
    world = await startWorld()
    owner = await world.register('owner')
    await world.app.service('products').create({ name: 'Cup', sku: 'CUP', price: 1 })
    await world.sql(ORDER, [owner.id])
  })
  after(() => world?.close())

  it('lets those who miss it fetch anew, and hear the next', async () => {
    const listener = await world.socket(owner)
    await world.settled()
    await world.sql('alter table orders rename to orders_away')
    await world.sql(ITEM.replace('from orders o', 'from orders_away o'))
    await listener.event('order-items reset')
    await world.sql('alter table orders_away rename to orders')
    assert.ok(listener.socket.connected)
    const [item] = await world.sql(ITEM)
    await listener.event('order-items created', ({ id }) => id === item!.id)
  })
})
