import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import fc from 'fast-check'
import { DEPTH } from '../helpers/depth'
import type { Json, Person } from '../helpers/world'
import { statementsOf } from '../helpers/statements'
import { startWorld } from '../helpers/world'
import { ADDRESS, Shop } from './shop'

const NUMBER = /^ORD-[2-9A-HJKMNP-TW-Z]{10}$/
const counted = (names: readonly string[]) =>
  names.reduce<Record<string, number>>((counts, name) => ({ ...counts, [name]: (counts[name] ?? 0) + 1 }), {})

describe('orders', () => {
  let shop: Shop
  before(async () => {
    shop = await Shop.open()
  })
  after(() => shop.world.close())

  describe('creation', () => {
    it('takes prices, stock and snapshots in one go, and answers the order', async () => {
      const { world, cast } = shop
      const tea = await shop.product({ name: 'Assam', sku: 'tea-1', price: 7.5, stock_quantity: 10 })
      const cup = await shop.product({ name: 'Cup', price: 3.33, stock_quantity: 5 })
      const { status, headers, body } = await shop.order(cast.owner, [[cup.id, 3], [tea.id, 2]], { notes: 'Ring twice' }) // prettier-ignore
      assert.equal(status, 201)
      assert.equal(headers.get('location'), `/api/v1/orders/${body.id}`)
      const { id, order_number, created_at, updated_at, ...rest } = body
      assert.match(order_number, NUMBER)
      assert.ok(Math.abs(Date.now() - Date.parse(created_at)) < 60_000 && updated_at === created_at)
      assert.deepEqual(rest, {
        user_id: cast.owner.id,
        status: 'pending',
        subtotal: 24.99,
        tax_amount: 2,
        shipping_amount: 9.99,
        total: 36.98,
        currency: 'USD',
        payment_method: 'card',
        payment_status: 'pending',
        shipping_address: ADDRESS,
        billing_address: ADDRESS,
        notes: 'Ring twice',
        shipped_at: null,
        delivered_at: null,
        cancelled_at: null
      })
      const read = await world.rest(cast.owner, 'GET', `/orders/${id}?include=items`)
      const { items, ...order } = read.body
      assert.deepEqual(order, body)
      assert.deepEqual(
        items.map(({ id: _id, created_at: _at, updated_at: _then, ...item }: Json) => item),
        [
          { order_id: id, product_id: cup.id, quantity: 3, unit_price: 3.33, total_price: 9.99, product_snapshot: { name: 'Cup', sku: cup.sku, price: 3.33 } },
          { order_id: id, product_id: tea.id, quantity: 2, unit_price: 7.5, total_price: 15, product_snapshot: { name: 'Assam', sku: 'TEA-1', price: 7.5 } }
        ] // prettier-ignore
      )
      assert.deepEqual([await shop.stock(tea.id), await shop.stock(cup.id)], [8, 2])
    })

    it('is the same on a socket', async () => {
      const { world, cast } = shop
      const { id } = await shop.product({ price: 60 })
      const socket = await world.socket(cast.owner)
      const billing_address = { city: 'Elsewhere', floor: 3 }
      const order = await socket.call(
        'create',
        'orders',
        shop.body([[id, 1]], { billing_address, notes: null })
      )
      assert.deepEqual(order, (await world.rest(cast.owner, 'GET', `/orders/${order.id}`)).body)
      assert.deepEqual([order.total, order.shipping_amount, order.notes], [64.8, 0, null])
      assert.deepEqual([order.shipping_address, order.billing_address], [ADDRESS, billing_address])
      const error = await socket.refusal('create', 'orders', shop.body([[id, 100]]))
      assert.deepEqual([error.code, error.error.code], [409, 'INSUFFICIENT_STOCK'])
      assert.match(error.error.hint, new RegExp(`^Order at most \\d+ of product ${id}$`))
    })

    it('sends for nothing from a subtotal of 50 on', async () => {
      const [cheap, dear] = [await shop.product({ price: 49.99 }), await shop.product({ price: 50 })]
      const [free] = [await shop.product({ price: 0 })]
      const amounts = async (id: number) => {
        const { subtotal, tax_amount, shipping_amount, total } = await shop.ordered(shop.cast.owner, [
          [id, 1]
        ])
        return [subtotal, tax_amount, shipping_amount, total]
      }
      assert.deepEqual(await amounts(cheap.id), [49.99, 4, 9.99, 63.98])
      assert.deepEqual(await amounts(dear.id), [50, 4, 0, 54])
      assert.deepEqual(await amounts(free!.id), [0, 0, 9.99, 9.99])
    })

    it('makes one item of a product that is named twice', async () => {
      const { world, cast } = shop
      const [one, other] = [await shop.product({ stock_quantity: 5 }), await shop.product()]
      const lines = [[one.id, 2], [other.id, 1], [one.id, 3]] as const // prettier-ignore
      const order = await shop.ordered(cast.owner, lines)
      const { items } = (await world.rest(cast.owner, 'GET', `/orders/${order.id}?include=items`)).body
      assert.deepEqual(items.map(({ product_id, quantity }: Json) => [product_id, quantity]), [[one.id, 5], [other.id, 1]]) // prettier-ignore
      assert.deepEqual([await shop.stock(one.id), order.subtotal], [0, 60])
    })

    it('is refused where there is too little of anything, and takes nothing', async () => {
      const { cast, world } = shop
      const socket = await world.socket(cast.admin)
      const [plenty, few, none] = [await shop.product(), await shop.product({ stock_quantity: 2 }), await shop.product({ stock_quantity: 0 })] // prettier-ignore
      await world.settled()
      await socket.drained()
      socket.forget()
      const before = await shop.everything()
      const lines = [[plenty.id, 1], [few.id, 2], [none.id, 1], [few.id, 1]] as const // prettier-ignore
      const { status, body } = await shop.order(cast.owner, lines)
      assert.equal(status, 409)
      assert.equal(body.error.code, 'INSUFFICIENT_STOCK')
      assert.deepEqual(
        body.error.details.map(({ message: _, ...detail }: Json) => detail),
        [
          { field: 'items.1.quantity', rule: 'stock', product_id: few.id, requested: 3, available: 2 },
          { field: 'items.2.quantity', rule: 'stock', product_id: none.id, requested: 1, available: 0 }
        ]
      )
      assert.deepEqual(await shop.everything(), before)
      await world.settled()
      assert.deepEqual(await socket.drained(), [])
    })

    it('is refused for what is not for sale, whoever asks', async () => {
      const { cast, world } = shop
      const [fine, hidden, gone] = [await shop.product(), await shop.product({ is_active: false }), await shop.product()] // prettier-ignore
      await world.rest(cast.admin, 'DELETE', `/products/${gone.id}`)
      const before = await shop.everything()
      for (const person of [cast.owner, cast.manager, cast.admin]) {
        const lines = [[fine.id, 1], [hidden.id, 1], [999_999, 1], [gone.id, 1], [Number.MAX_SAFE_INTEGER, 1]] as const // prettier-ignore
        const { status, body } = await shop.order(person, lines)
        assert.equal(status, 422)
        assert.deepEqual(
          body.error.details.map(({ field, provided }: Json) => [field, provided]),
          [['items.1.product_id', hidden.id], ['items.2.product_id', 999_999], ['items.3.product_id', gone.id], ['items.4.product_id', Number.MAX_SAFE_INTEGER]] // prettier-ignore
        )
      }
      assert.deepEqual(await shop.everything(), before)
    })

    it('is refused for data of another shape, with the field', async () => {
      const { cast, world } = shop
      const { id } = await shop.product()
      const line = { product_id: id, quantity: 1 }
      const items = (value: unknown) => ({ ...shop.body([]), items: value })
      const item = (fields: Json) => items([line, { ...line, ...fields }])
      const wrong: [body: unknown, field: string | undefined][] = [
        [items([]), 'items'], [items(undefined), 'items'], [items(null), 'items'], [items('x'), 'items'], [items({ 0: line }), 'items'],
        [items(Array.from({ length: 101 }, () => line)), 'items'], [items([5]), 'items.0'], [items([null]), 'items.0'], [items([[line]]), 'items.0'], [items(['1']), 'items.0'],
        ...[0, -1, 1.5, 10_001, 1e300, '1', null, true, [1], {}].map((quantity) => [item({ quantity }), 'items.1.quantity'] as [unknown, string]),
        ...[0, -1, 1.5, 1e300, '1', null, {}, [id]].map((product_id) => [item({ product_id }), 'items.1.product_id'] as [unknown, string]),
        [items([{ quantity: 1 }]), 'items.0.product_id'], [items([{ product_id: id }]), 'items.0.quantity'],
        [item({ unit_price: 0 }), 'items.1.unit_price'], [item({ total_price: 0.01 }), 'items.1.total_price'],
        ...['user_id', 'status', 'total', 'subtotal', 'tax_amount', 'currency', 'order_number', 'payment_status', 'id', 'created_at'].map((name) => [shop.body([[id, 1]], { [name]: 1 }), name] as [unknown, string]),
        ...['', null, 5, 'x'.repeat(51), {}].map((payment_method) => [shop.body([[id, 1]], { payment_method }), 'payment_method'] as [unknown, string]),
        ...[{}, null, 'here', [], 5].map((address) => [shop.body([[id, 1]], { shipping_address: address }), 'shipping_address'] as [unknown, string]),
        ...[{}, 'here', []].map((address) => [shop.body([[id, 1]], { billing_address: address }), 'billing_address'] as [unknown, string]),
        [shop.body([[id, 1]], { notes: 'x'.repeat(2001) }), 'notes'], [shop.body([[id, 1]], { shipping_address: { a: 'x\0' } }), 'shipping_address'],
        [shop.body([[id, 1]], { shipping_address: { street: 'x'.repeat(1e5) } }), 'shipping_address']
      ] // prettier-ignore
      const before = await shop.everything()
      for (const [body, field] of wrong) {
        const answer = await world.rest(cast.owner, 'POST', '/orders', { body })
        const said = JSON.stringify([body, answer.body]).slice(0, 500)
        assert.equal(answer.status, 422, said)
        assert.equal(answer.body.error.field, field, said)
      }
      for (const body of [[], [shop.body([[id, 1]])], 'x', 5])
        assert.equal(
          (await world.rest(cast.owner, 'POST', '/orders', { body })).status,
          400,
          JSON.stringify(body)
        )
      assert.deepEqual(await shop.everything(), before)
    })

    it('is refused where the amount is more than can be kept', async () => {
      const { id } = await shop.product({ price: 9_999_999_999.99, stock_quantity: 10_000 })
      const before = await shop.everything()
      assert.equal((await shop.order(shop.cast.owner, [[id, 2]])).status, 422)
      assert.equal((await shop.order(shop.cast.owner, [[id, 1]])).status, 422, 'with tax it is too much')
      assert.deepEqual(await shop.everything(), before)
    })

    it('needs somebody who is signed in', async () => {
      const { cast, world } = shop
      const { id } = await shop.product()
      assert.equal((await shop.order(cast.anonymous, [[id, 1]])).status, 401)
      assert.equal((await (await world.socket()).refusal('create', 'orders', shop.body([[id, 1]]))).code, 401)
      const make = () => world.app.service('orders').create(shop.body([[id, 1]]) as never)
      await assert.rejects(make, { code: 401 }, 'the server itself is nobody')
      assert.equal(await shop.stock(id), 100)
    })

    it('draws another number where one is taken, and gives up in the end', async () => {
      const { id } = await shop.product()
      const taken = await shop.ordered(shop.cast.owner, [[id, 1]])
      const letters = '23456789ABCDEFGHJKMNPQRSTWXYZ'
      const drawn = [...taken.order_number.slice(4)].map((letter) => letters.indexOf(letter))
      const { randomInt } = crypto
      const repeat = (times: number) => {
        let count = 0
        const fake = () => (count < times * 10 ? drawn[count++ % 10]! : randomInt(letters.length))
        crypto.randomInt = fake as unknown as typeof randomInt
      }
      try {
        repeat(3)
        const second = await shop.ordered(shop.cast.owner, [[id, 1]])
        assert.match(second.order_number, NUMBER)
        assert.notEqual(second.order_number, taken.order_number)
        const before = await shop.everything()
        repeat(5)
        assert.equal((await shop.order(shop.cast.owner, [[id, 1]])).status, 500)
        assert.deepEqual(await shop.everything(), before)
      } finally {
        crypto.randomInt = randomInt
      }
    })
  })

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

  describe('a failure', () => {
    const RAISE = `raise exception 'secret text'`
    const LEAVE = 'perform pg_terminate_backend(pg_backend_pid())'
    /** When the database refuses: on which table, at which event, for which row. */
    const PLACES: [name: string, trigger: string, body?: string][] = [
      ['before the order is written', 'before insert on orders for each row'],
      ['after the order is written', 'after insert on orders for each row'],
      ['at the first item', 'before insert on order_items for each row'],
      ['at the second item', 'after insert on order_items for each row when (new.quantity = 2)'],
      ['at the first product', 'before update on products for each row'],
      ['at the second product', 'after update on products for each row when (old.stock_quantity - new.stock_quantity = 2)'],
      ['where the change of the order is recorded', `before insert on changes for each row when (new.resource = 'orders')`],
      ['where the change of an item is recorded', `before insert on changes for each row when (new.resource = 'order_items')`],
      ['where the change of the stock is recorded', `after insert on changes for each row when (new.resource = 'products')`],
      ['where the connection breaks', 'after insert on order_items for each row', LEAVE]
    ] // prettier-ignore
    const COMMIT = 'create constraint trigger failing after insert on orders deferrable initially deferred for each row execute function fail()' // prettier-ignore

    const failing = async (create: string, body: string, work: () => Promise<unknown>) => {
      const { world } = shop
      await world.sql(
        `create function fail() returns trigger language plpgsql as $$ begin ${body}; return new; end $$`
      )
      await world.sql(create)
      try {
        await work()
      } finally {
        await world.sql('drop function fail cascade')
      }
    }

    it('at any step leaves nothing behind, and tells nothing', async function () {
      this.timeout(60_000)
      const { world, cast } = shop
      const [one, other] = [await shop.product(), await shop.product()]
      const lines = [[one.id, 1], [other.id, 2]] as const // prettier-ignore
      const places = PLACES.map(([name, trigger, body = RAISE]) => [name, `create trigger failing ${trigger} execute function fail()`, body]) // prettier-ignore
      await world.settled()
      const socket = await world.socket(cast.admin)
      const before = await shop.everything()
      for (const [name, create, body] of [...places, ['at the commit', COMMIT, RAISE]])
        await failing(create!, body!, async () => {
          const answer = await shop.order(cast.owner, lines)
          assert.equal(answer.status, body === LEAVE ? 503 : 500, name)
          assert.ok(!JSON.stringify(answer.body.message).includes('secret'), name)
          assert.deepEqual(await shop.everything(), before, name)
        })
      const order = await shop.ordered(cast.owner, lines)
      await world.settled()
      assert.deepEqual(counted(await socket.drained()), { 'orders created': 1, 'order-items created': 2, 'products patched': 2 }) // prettier-ignore
      assert.equal(order.subtotal, 30)
    })

    it('of a cancelling leaves the order as it was', async () => {
      const { cast } = shop
      const { id: product } = await shop.product()
      const order = await shop.ordered(cast.owner, [[product, 7]])
      const before = await shop.everything()
      for (const trigger of ['after update on products for each row', 'before update on orders for each row'])
        await failing(`create trigger failing ${trigger} execute function fail()`, RAISE, async () => {
          assert.equal((await shop.step(cast.owner, order.id, 'cancel')).status, 500)
          assert.equal((await shop.world.rest(cast.admin, 'PUT', `/orders/${order.id}/status`, { body: { status: 'cancelled' } })).status, 500) // prettier-ignore
          assert.deepEqual(await shop.everything(), before)
        })
      assert.equal((await shop.step(cast.owner, order.id, 'cancel')).status, 200)
      assert.equal(await shop.stock(product), 100)
    })
  })

  describe('reading', () => {
    it('answers my orders to everybody their own, newest first, as a list does', async () => {
      const { world, cast } = shop
      const { id: product } = await shop.product({ cost: 4 })
      const buyer = await world.register('reader')
      const made = [await shop.ordered(buyer, [[product, 1]]), await shop.ordered(buyer, [[product, 2]])]
      await shop.ordered(cast.admin, [[product, 1]])
      await shop.step(buyer, made[0]!.id, 'cancel')
      const get = async (person: Person, query = '') => (await world.rest(person, 'GET', `/orders/my-orders${query}`)).body // prettier-ignore
      const ids = ({ data }: Json) => data.map(({ id }: Json) => id)
      assert.deepEqual(ids(await get(buyer)), [made[1]!.id, made[0]!.id])
      assert.deepEqual(ids(await get(buyer, '?status=cancelled')), [made[0]!.id])
      assert.deepEqual(ids(await get(buyer, '?limit=1&skip=1&sort=id')), [made[1]!.id])
      const page = await get(buyer, '?page=1&page_size=1&include=items.product')
      assert.deepEqual([page.count, page.results.length, page.results[0].items.length], [2, 1, 1])
      assert.ok(!('cost' in page.results[0].items[0].product), 'with the rights of the caller')
      const next = await world.rest(buyer, 'GET', page.next.replace('/api/v1', ''))
      assert.equal(next.body.results[0].id, made[0]!.id)
      assert.ok((await get(cast.admin)).data.every(({ user_id }: Json) => user_id === cast.admin.id))
      assert.equal((await get(cast.stranger)).total, 0)
      assert.deepEqual(await (await world.socket(buyer)).call('my_orders', 'orders', {}), await get(buyer))
      assert.equal((await world.rest(cast.anonymous, 'GET', '/orders/my-orders')).status, 401)
      for (const query of ['limit=x', 'page=0', 'limit=-1', 'status=nothing'])
        assert.equal((await world.rest(buyer, 'GET', `/orders/my-orders?${query}`)).status, 422, query)
      for (const query of [
        'colour=red',
        'include=secrets',
        'sort=nothing',
        'fields=nothing',
        'page=1&limit=1'
      ])
        assert.equal((await world.rest(buyer, 'GET', `/orders/my-orders?${query}`)).status, 400, query)
    })

    it('filters and includes through relations, under the reader’s own rights', async () => {
      const { world, cast } = shop
      const [one, other] = [await shop.product(), await shop.product({ name: 'Needle' })]
      const buyer = await world.register('filterer')
      const first = await shop.ordered(buyer, [[one.id, 1]])
      const second = await shop.ordered(buyer, [[one.id, 1], [other.id, 2]]) // prettier-ignore
      const find = async (person: Person, query: string) =>
        (await world.rest(person, 'GET', `/orders?${query}`)).body
      const ids = ({ data }: Json) => data.map(({ id }: Json) => id)
      assert.deepEqual(ids(await find(buyer, `items.product_id=${one.id}&sort=id`)), [first.id, second.id])
      assert.deepEqual(ids(await find(buyer, `items.product.name=Needle`)), [second.id])
      assert.deepEqual(ids(await find(cast.manager, `items.product_id=${other.id}`)), [second.id])
      assert.deepEqual(ids(await find(cast.stranger, `items.product_id=${other.id}`)), [])
      const { data } = await find(buyer, `items.product_id=${other.id}&include=items.product,user`)
      assert.deepEqual(data[0].items.map(({ product }: Json) => product.name), [one.name, 'Needle']) // prettier-ignore
      assert.equal(data[0].user.username, 'filterer')
      assert.equal((await find(cast.manager, `items.product_id=${other.id}&include=user`)).data[0].user, null)
      await world.rest(cast.admin, 'DELETE', `/products/${other.id}`)
      const { items } = (await world.rest(buyer, 'GET', `/orders/${second.id}?include=items,items.product`))
        .body
      assert.equal(items[1].product, null)
      assert.equal(items[1].product_snapshot.name, 'Needle', 'the order keeps what was bought')
    })

    it('costs as many statements for many orders as for one', async () => {
      const { world, cast } = shop
      const products = await Promise.all(Array.from({ length: 4 }, () => shop.product()))
      const buyer = await world.register('counter')
      const find = () => world.rest(buyer, 'GET', '/orders?include=items,items.product')
      const lines = products.map(({ id }) => [id, 1] as const)
      await shop.ordered(buyer, lines)
      await find()
      await world.settled()
      const one = await statementsOf(find)
      for (let count = 0; count < 9; count++) await shop.ordered(buyer, lines)
      await world.settled()
      const ten = await statementsOf(find)
      assert.deepEqual([one.length, ten.length], [3, 3], ten.join('\n'))
      const creation = async (number: number) => (await statementsOf(() => shop.ordered(buyer, lines.slice(0, number)))).length // prettier-ignore
      assert.deepEqual([await creation(1), await creation(4)], [6, 6], 'nor does an order of many items')
      const check = () => world.rest(cast.admin, 'GET', '/orders/health/stock-check')
      // Who asks is looked up once, and remembered for seconds.
      await check()
      assert.equal((await statementsOf(check)).length, 1)
    })
  })

  describe('stock check', () => {
    it('counts what is for sale by how much is left, and names it', async () => {
      const { world, cast } = shop
      await world.sql('update products set is_active = false')
      const of = async (stock_quantity: number, reorder_level: number, fields: Json = {}) =>
        (await shop.product({ stock_quantity, reorder_level, ...fields })).id as number
      const ids = {
        critical: [await of(0, 10), await of(0, 0)],
        low: [await of(1, 10), await of(10, 10)],
        medium: [await of(11, 10), await of(29, 10)],
        high: [await of(1, 0), await of(30, 10)]
      }
      await of(0, 10, { is_active: false })
      await world.rest(cast.admin, 'DELETE', `/products/${await of(0, 10)}`)
      const { status, body } = await world.rest(cast.admin, 'GET', '/orders/health/stock-check')
      assert.equal(status, 200)
      assert.deepEqual([body.total, body.counts], [8, { critical: 2, low: 2, medium: 2, high: 2 }])
      const named = Object.entries(body.products as Record<string, Json[]>).map(([level, products]) => [level, products.map(({ id }) => id)]) // prettier-ignore
      assert.deepEqual(Object.fromEntries(named), ids)
      assert.deepEqual(Object.keys(body.products.low[0]), [
        'id',
        'name',
        'sku',
        'stock_quantity',
        'reorder_level'
      ])
      assert.deepEqual(await (await world.socket(cast.admin)).call('stock_check', 'orders', {}), body)
      for (const person of [cast.owner, cast.manager]) assert.equal((await world.rest(person, 'GET', '/orders/health/stock-check')).status, 403) // prettier-ignore
      assert.equal((await world.rest(cast.anonymous, 'GET', '/orders/health/stock-check')).status, 401)
      await world.sql(`insert into products (name, sku, price, stock_quantity, reorder_level) select 'Many', 'MANY-' || n, 1, 0, 2147483647 from generate_series(1, 150) n`) // prettier-ignore
      const many = (await world.rest(cast.admin, 'GET', '/orders/health/stock-check')).body
      assert.deepEqual([many.counts.critical, many.products.critical.length], [152, 100])
    })
  })
})
