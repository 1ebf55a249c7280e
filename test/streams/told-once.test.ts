import assert from 'node:assert/strict'
import { Client } from 'pg'
import { idIn } from '../../packages/rachis/src/testing/conformance/positions'
import type { Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { OpenStreams } from './reader'

const ORDER = `insert into orders (user_id, order_number, subtotal, tax_amount, shipping_amount, total, currency, payment_method, shipping_address, billing_address)
  values ($1, 'ORD-1', 1, 0, 0, 1, 'EUR', 'card', '{}', '{}')`
const ITEM = `insert into order_items (order_id, product_id, quantity, unit_price, total_price, product_snapshot)
  select o.id, p.id, 1, 1, 1, '{}' from orders o, products p limit 1`

/** What is told of order items waits for the table of orders, for some 50 ms before it is told behind the rest. */
describe('a stream that comes back to a process which has read a change, and not told it yet', () => {
  let world: World
  let owner: Person
  let lock: Client
  const streams = new OpenStreams()
  before(async () => {
    world = await startWorld()
    owner = await world.register('owner')
    await world.app.service('products').create({ name: 'Cup', sku: 'CUP', price: 1 })
    await world.sql(ORDER, [owner.id])
    await world.sql(ITEM)
    lock = new Client({ connectionString: world.database })
    await lock.connect()
  })
  afterEach(() => streams.close())
  after(async () => {
    await lock?.end()
    await world?.close()
  })

  const token = async () =>
    (await world.rest(owner, 'GET', '/products?limit=0')).headers.get('x-rachis-position')!
  const set = (quantity: number) => world.sql('update order_items set quantity = $1', [quantity])

  for (const quantity of [2, 3, 4])
    it(`is not told it once more: ${quantity} items`, async () => {
      await world.settled()
      const before = idIn(await token())
      await lock.query('begin; lock table orders in access exclusive mode')
      await set(quantity)
      let place = await token()
      while (idIn(place) <= before) place = await token()
      // Another process has told it: its client comes here with the place of that.
      const stream = await streams.open(world, owner, '?resources=order-items', { 'Last-Event-ID': place })
      await lock.query('rollback')
      await stream.event('synced')
      await set(10 * quantity)
      await stream.event('order-items patched', (item) => item.quantity === 10 * quantity)
      assert.deepEqual(stream.told(), ['order-items patched'])
    })
})
