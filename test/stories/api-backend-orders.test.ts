import assert from 'node:assert/strict'
import { ADDRESS, Shop } from '../services/shop'
import type { Answer, Json, Person } from '../helpers/world'
import { anonymous } from '../helpers/world'

/** Seed 000, the backend of a shop: orders and what is reported of them. */
describe('story of seed 000: the backend of a shop', () => {
  let shop: Shop
  let customer: Person
  const rest = (person: Person, method: string, path: string, body?: unknown): Promise<Answer> =>
    shop.world.rest(person, method, path, { body })

  before(async () => {
    shop = await Shop.open()
    customer = await shop.world.register('customer')
  })
  after(() => shop?.world.close())

  describe('an order', () => {
    let tea: Json
    let order: Json

    it('takes the stock, at prices of now, with tax and shipping', async () => {
      tea = await shop.product({ name: 'Tea', sku: 'TEA-1', price: 10, stock_quantity: 10 })
      order = await shop.ordered(customer, [[tea.id, 2]], { notes: 'Ring twice' })
      assert.match(order.order_number, /^ORD-/)
      const { user_id, status, subtotal, tax_amount, shipping_amount, total, currency, payment_status } =
        order
      assert.deepEqual(
        { user_id, status, subtotal, tax_amount, shipping_amount, total, currency, payment_status },
        { user_id: customer.id, status: 'pending', subtotal: 20, tax_amount: 1.6, shipping_amount: 9.99, total: 31.59, currency: 'USD', payment_status: 'pending' }
      ) // prettier-ignore
      assert.deepEqual(order.billing_address, ADDRESS)
      assert.equal(await shop.stock(tea.id), 8)
      assert.equal((await shop.ordered(customer, [[tea.id, 5]])).shipping_amount, 0, 'free from 50 on')
    })

    it('is read with its items, which keep the product as it was', async () => {
      await rest(shop.cast.admin, 'PATCH', `/products/${tea.id}`, { price: 99 })
      const { status, body } = await rest(customer, 'GET', `/orders/${order.id}?include=items`)
      assert.equal(status, 200)
      const [{ product_id, quantity, unit_price, total_price, product_snapshot }] = body.items
      assert.deepEqual(
        { product_id, quantity, unit_price, total_price, product_snapshot },
        { product_id: tea.id, quantity: 2, unit_price: 10, total_price: 20, product_snapshot: { name: 'Tea', sku: 'TEA-1', price: 10 } }
      ) // prettier-ignore
    })

    it('is refused without items, with a quantity of none, with too little stock, without a product', async () => {
      const rows: [lines: [number, number][], status: number, code: string][] = [
        [[], 422, 'VALIDATION_ERROR'],
        [[[tea.id, 0]], 422, 'VALIDATION_ERROR'],
        [[[tea.id, 4]], 409, 'INSUFFICIENT_STOCK'],
        [[[99999, 1]], 422, 'VALIDATION_ERROR']
      ]
      for (const [lines, status, code] of rows) {
        const answer = await shop.order(customer, lines)
        assert.deepEqual([answer.status, answer.body.error.code], [status, code], JSON.stringify(lines))
      }
      const missing = await rest(customer, 'POST', '/orders', { items: [{ product_id: tea.id }] })
      assert.equal(missing.status, 422)
      assert.equal((await shop.order(anonymous, [[tea.id, 1]])).status, 401)
      assert.equal(await shop.stock(tea.id), 3, 'nothing was taken by any of them')
    })

    it('is seen by its owner and by staff, whoever else asks', async () => {
      const { stranger, admin } = shop.cast
      await shop.ordered(stranger, [[tea.id, 1]])
      const owners = async (person: Person, query = '') =>
        new Set((await rest(person, 'GET', `/orders?${query}`)).body.data.map((one: Json) => one.user_id))
      assert.deepEqual(await owners(customer), new Set([customer.id]))
      assert.deepEqual(await owners(stranger), new Set([stranger.id]))
      assert.deepEqual(await owners(admin, 'status=pending'), new Set([customer.id, stranger.id]))
      assert.equal((await rest(stranger, 'GET', `/orders/${order.id}`)).status, 404)
      assert.equal((await (await shop.world.socket(stranger)).refusal('get', 'orders', order.id)).code, 404)
    })

    it('is taken from pending to delivered by the admin, and its owner hears of every step', async () => {
      const { admin } = shop.cast
      const live = await shop.world.socket(customer)
      const put = (person: Person, status: string) =>
        rest(person, 'PUT', `/orders/${order.id}/status`, { status })
      assert.equal((await put(customer, 'confirmed')).status, 403)
      assert.equal((await put(admin, 'lost')).status, 422)
      assert.equal((await put(admin, 'delivered')).status, 409)
      for (const status of ['confirmed', 'shipped', 'delivered']) {
        const answer = await put(admin, status)
        assert.deepEqual([answer.status, answer.body.status], [200, status])
      }
      await live.event('orders patched', ({ status }) => status === 'delivered')
      const { body } = await rest(customer, 'GET', `/orders/${order.id}`)
      assert.ok(body.shipped_at && body.delivered_at && !body.cancelled_at)
    })
  })

  describe('the analytics', () => {
    it('are for the admin', async () => {
      for (const [person, expected] of [
        [anonymous, 401],
        [customer, 403],
        [shop.cast.manager, 403]
      ] as const)
        // prettier-ignore
        assert.equal((await rest(person, 'GET', '/analytics/sales')).status, expected, person.name)
    })

    it('leave cancelled orders out', async () => {
      const { admin, owner } = shop.cast
      const before = (await rest(admin, 'GET', '/analytics/sales?days=30')).body
      assert.deepEqual([before.period_days, before.total_orders], [30, 3])
      assert.equal(before.average_order_value, Math.round((before.total_revenue / 3) * 100) / 100)
      assert.equal(before.daily_sales.length, 30)
      const best = before.top_products[0]
      assert.deepEqual([best.sku, best.quantity, best.revenue], ['TEA-1', 8, 169])
      const kettle = await shop.product({ price: 500 })
      const { id } = await shop.ordered(owner, [[kettle.id, 1]])
      assert.equal((await rest(admin, 'GET', '/analytics/sales')).body.total_orders, 4)
      await shop.step(owner, id, 'cancel')
      assert.deepEqual((await rest(admin, 'GET', '/analytics/sales')).body, before)
      assert.deepEqual(await (await shop.world.socket(admin)).call('sales', 'analytics', { days: 30 }), before) // prettier-ignore
      for (const days of [0, 366, 'all'])
        assert.equal((await rest(admin, 'GET', `/analytics/sales?days=${days}`)).status, 422, `${days}`)
    })
  })
})
