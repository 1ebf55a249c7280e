import assert from 'node:assert/strict'
import fc from 'fast-check'
import { DEPTH } from '../helpers/depth'
import type { Json, Person } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { counted, Shop } from './shop'

describe('orders', () => {
  let shop: Shop
  before(async () => {
    shop = await Shop.open()
  })
  after(() => shop.world.close())

  describe('amounts', () => {
    const cents = (text: string) => BigInt(text.replace('.', ''))
    /** Half a cent is rounded up, as numeric does. */
    const rounded = (numerator: bigint, denominator: bigint) =>
      (2n * numerator + denominator) / (2n * denominator)

    it('are those of exact arithmetic, under any rate', async function () {
      this.timeout(60_000)
      const other = await startWorld({
        database: shop.world.database,
        settings: {
          shop: { tax_rate: 0.08875, shipping_amount: 4.5, free_shipping_from: 1000, currency: 'EUR' }
        }
      })
      const item = fc.record({
        price: fc.integer({ min: 0, max: 99_999_99 }),
        quantity: fc.integer({ min: 1, max: 10_000 })
      })
      const worlds = [[shop.world, 8n, 100n, 999n, 5000n, 'USD'], [other, 8875n, 100_000n, 450n, 100_000n, 'EUR']] as const // prettier-ignore
      const property = fc.asyncProperty(
        fc.array(item, { minLength: 1, maxLength: 6 }),
        fc.constantFrom(...worlds),
        async (items, [world, rate, per, shipping, from, currency]) => {
          const made = await shop.world.sql(
            `insert into products (name, sku, price, stock_quantity)
             select 'Any', upper('ANY-' || gen_random_uuid()), cents::numeric / 100, 10000
             from unnest($1::int[]) with ordinality as item (cents, line) order by line returning id`,
            [items.map(({ price }) => price)]
          )
          const body = shop.body(items.map(({ quantity }, index) => [Number(made[index]!.id), quantity]))
          const { status, body: order } = await world.rest(shop.cast.owner, 'POST', '/orders', { body })
          assert.equal(status, 201, JSON.stringify(order))
          const subtotal = items.reduce(
            (sum, { price, quantity }) => sum + BigInt(price) * BigInt(quantity),
            0n
          )
          const tax = rounded(subtotal * rate, per)
          const sent = subtotal < from ? shipping : 0n
          const [row] = await shop.world.sql('select subtotal::text, tax_amount::text, shipping_amount::text, total::text from orders where id = $1', [order.id]) // prettier-ignore
          assert.deepEqual(Object.values(row!).map(cents), [subtotal, tax, sent, subtotal + tax + sent])
          for (const [name, text] of Object.entries(row!)) assert.equal(order[name], Number(text))
          assert.equal(order.currency, currency)
          const [sum] = await shop.world.sql('select sum(total_price)::text as sum from order_items where order_id = $1', [order.id]) // prettier-ignore
          assert.equal(cents(sum!.sum), subtotal)
        }
      )
      await fc.assert(property, { numRuns: 20 * DEPTH }).finally(() => other.close(true))
    })
  })

  describe('access', () => {
    it('is for the owner and for staff; others learn nothing, on any transport', async () => {
      const { world, cast } = shop
      const { id: product } = await shop.product()
      const order = await shop.ordered(cast.owner, [[product, 1]])
      const find = `/orders?order_number=${order.order_number}`
      for (const person of [cast.owner, cast.manager, cast.admin]) {
        assert.deepEqual((await world.rest(person, 'GET', `/orders/${order.id}`)).body, order)
        assert.equal((await world.rest(person, 'GET', find)).body.total, 1)
      }
      const socket = await world.socket(cast.stranger)
      assert.equal((await world.rest(cast.stranger, 'GET', `/orders/${order.id}`)).status, 404)
      assert.equal((await world.rest(cast.stranger, 'GET', `/orders/${order.id}/history`)).status, 404)
      assert.equal((await world.rest(cast.stranger, 'GET', find)).body.total, 0)
      assert.equal((await socket.refusal('get', 'orders', order.id)).code, 404)
      assert.equal((await socket.call('find', 'orders', {})).total, 0)
      assert.equal((await shop.step(cast.stranger, order.id, 'cancel')).status, 404)
      assert.equal((await socket.refusal('cancel', 'orders', { id: order.id })).code, 404)
      assert.equal((await world.rest(cast.anonymous, 'GET', `/orders/${order.id}`)).status, 401)
      assert.equal((await world.rest(cast.anonymous, 'GET', find)).status, 401)
    })

    it('tells the owner and staff what happens, and everybody of the stock only', async () => {
      const { world, cast } = shop
      const [one, other] = [await shop.product(), await shop.product()]
      await world.settled()
      const people = [cast.owner, cast.manager, cast.admin, cast.stranger, cast.anonymous]
      const sockets = await Promise.all(people.map((person) => world.socket(person)))
      const order = await shop.ordered(cast.owner, [[one.id, 1], [other.id, 2]]) // prettier-ignore
      await shop.step(cast.admin, order.id, 'confirm')
      await shop.step(cast.owner, order.id, 'cancel')
      await world.settled()
      const [mine, managers, admins, theirs, nobodys] = await Promise.all(
        sockets.map((socket) => socket.drained())
      )
      const stock = { 'products patched': 4 }
      const all = { 'orders created': 1, 'order-items created': 2, 'orders patched': 2, 'orders confirm': 1, 'orders cancel': 1, ...stock } // prettier-ignore
      for (const names of [mine!, managers!, admins!]) assert.deepEqual(counted(names), all)
      for (const names of [theirs!, nobodys!]) assert.deepEqual(counted(names), stock)
      const { data } = await sockets[0]!.event('orders created')
      assert.deepEqual(data, order)
      const { data: item } = await sockets[0]!.event('order-items created')
      assert.deepEqual(item, (await world.rest(cast.owner, 'GET', `/order-items/${item.id}`)).body)
      assert.ok(sockets[3]!.events.every(({ data }) => !('cost' in data)))
    })

    it('offers no other way to change an order', async () => {
      const { world, cast } = shop
      const { id: product } = await shop.product()
      const { id } = await shop.ordered(cast.owner, [[product, 1]])
      const before = await shop.everything()
      for (const person of [cast.owner, cast.admin]) {
        const socket = await world.socket(person)
        for (const [http, method, ...args] of [['PATCH', 'patch', { status: 'shipped' }], ['PUT', 'update', { total: 0 }], ['DELETE', 'remove']] as const) {
          const answer = await world.rest(person, http, `/orders/${id}`, args[0] ? { body: args[0] } : {})
          assert.equal(answer.status, 405)
          assert.equal(answer.headers.get('allow'), 'GET, HEAD, OPTIONS')
          assert.equal((await socket.refusal(method, 'orders', id, ...args)).code, 405)
        } // prettier-ignore
      }
      assert.deepEqual(await shop.everything(), before)
    })

    it('keeps an account that has orders', async () => {
      const { world, cast } = shop
      const buyer = await world.register('buyer')
      const { id } = await shop.product()
      await shop.ordered(buyer, [[id, 1]])
      const { status, body } = await world.rest(cast.admin, 'DELETE', `/users/${buyer.id}`)
      assert.deepEqual([status, body.error.code], [409, 'STILL_REFERENCED'])
    })
  })

  describe('states', () => {
    const steps = ['confirm', 'ship', 'deliver'] as const

    it('lead from pending to delivered, by the admin only', async () => {
      const { cast } = shop
      const { id: product } = await shop.product()
      const { id } = await shop.ordered(cast.owner, [[product, 1]])
      const states = []
      for (const name of steps) {
        for (const person of [cast.owner, cast.manager])
          assert.equal((await shop.step(person, id, name)).status, 403)
        assert.equal((await shop.step(cast.stranger, id, name)).status, 403)
        assert.equal((await shop.step(cast.anonymous, id, name)).status, 401)
        const { status, body } = await shop.step(cast.admin, id, name)
        assert.equal(status, 200)
        states.push([
          body.status,
          body.shipped_at !== null,
          body.delivered_at !== null,
          body.cancelled_at !== null
        ])
        assert.equal((await shop.step(cast.admin, id, name)).body.error.code, 'STATE_CONFLICT', 'not twice')
      }
      assert.deepEqual(states, [['confirmed', false, false, false], ['shipped', true, false, false], ['delivered', true, true, false]]) // prettier-ignore
      for (const person of [cast.owner, cast.admin]) {
        const { status, body } = await shop.step(person, id, 'cancel')
        assert.equal(status, 409)
        assert.deepEqual(body.error.details[0].expected, ['pending', 'confirmed'])
        assert.equal(body.error.details[0].provided, 'delivered')
      }
      assert.equal(await shop.stock(product), 99)
    })

    it('are the same by PUT of the status, with the same events', async () => {
      const { world, cast } = shop
      const { id: product } = await shop.product()
      const { id } = await shop.ordered(cast.owner, [[product, 1]])
      await world.settled()
      const socket = await world.socket(cast.owner)
      const put = (person: Person, status: unknown) => world.rest(person, 'PUT', `/orders/${id}/status`, { body: { status } }) // prettier-ignore
      for (const person of [cast.owner, cast.manager])
        assert.equal((await put(person, 'cancelled')).status, 403)
      assert.equal((await put(cast.stranger, 'cancelled')).status, 403)
      for (const status of ['lost', '', null, 5, ['confirmed'], {}]) assert.equal((await put(cast.admin, status)).status, 422) // prettier-ignore
      for (const status of ['shipped', 'delivered']) assert.equal((await put(cast.admin, status)).status, 409)
      assert.equal((await put(cast.admin, 'confirmed')).body.status, 'confirmed')
      assert.equal((await put(cast.admin, 'pending')).status, 409)
      const before = await shop.everything()
      assert.equal((await put(cast.admin, 'confirmed')).status, 200, 'what it is already')
      assert.deepEqual(await shop.everything(), before)
      const admin = await world.socket(cast.admin)
      const order = await admin.call('set_status', 'orders', { id, status: 'cancelled' })
      assert.equal(order.status, 'cancelled')
      assert.ok(order.cancelled_at)
      assert.equal(await shop.stock(product), 100, 'with all that the step does')
      await world.settled()
      assert.deepEqual(await socket.drained(), ['orders patched', 'orders confirm', 'products patched', 'orders patched', 'orders cancel']) // prettier-ignore
      const { body } = await world.rest(cast.admin, 'GET', `/orders/${id}/history`)
      const who = cast.admin.id
      assert.deepEqual(
        body.data.map(({ event, action, user_id }: Json) => [event, action, user_id]),
        [['patched', 'cancel', who], ['patched', 'confirm', who], ['created', null, cast.owner.id]] // prettier-ignore
      )
      const products = (await world.rest(cast.admin, 'GET', `/products/${product}/history?limit=1`)).body.data
      assert.deepEqual(
        [products[0].user_id, products[0].changes.stock_quantity],
        [who, { from: 99, to: 100 }]
      )
    })

    it('give the stock back once when an order is cancelled', async () => {
      const { cast, world } = shop
      const [one, other] = [
        await shop.product({ stock_quantity: 3 }),
        await shop.product({ stock_quantity: 5 })
      ]
      const order = await shop.ordered(cast.owner, [[other.id, 5], [one.id, 2]]) // prettier-ignore
      await world.rest(cast.admin, 'DELETE', `/products/${other.id}`)
      const { body } = await shop.step(cast.owner, order.id, 'cancel')
      assert.equal(body.status, 'cancelled')
      assert.ok(body.cancelled_at)
      assert.deepEqual(
        [await shop.stock(one.id), await shop.stock(other.id)],
        [3, 5],
        'also of a removed product'
      )
      for (const person of [cast.owner, cast.admin])
        assert.equal((await shop.step(person, order.id, 'cancel')).status, 409)
      for (const name of steps) assert.equal((await shop.step(cast.admin, order.id, name)).status, 409)
      assert.deepEqual([await shop.stock(one.id), await shop.stock(other.id)], [3, 5])
      const restored = await world.rest(cast.admin, 'POST', `/products/${other.id}/restore`, { body: {} })
      assert.equal(restored.body.stock_quantity, 5)
    })
  })
})
