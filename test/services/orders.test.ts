import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import type { Json } from '../helpers/world'
import { ADDRESS, Shop } from './shop'

const NUMBER = /^ORD-[2-9A-HJKMNP-TW-Z]{10}$/

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
        cancelled_at: null,
        version: 1
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
})
