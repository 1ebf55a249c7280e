import assert from 'node:assert/strict'
import { statementsOf } from '../helpers/statements'
import type { Json, Person } from '../helpers/world'
import { Shop } from './shop'

describe('order-items', () => {
  let shop: Shop
  before(async () => {
    shop = await Shop.open()
  })
  after(() => shop.world.close())

  it('are seen by whoever sees their order, on any transport', async () => {
    const { world, cast } = shop
    const [one, other] = [await shop.product(), await shop.product()]
    const order = await shop.ordered(cast.owner, [[one.id, 1], [other.id, 2]]) // prettier-ignore
    const foreign = await shop.ordered(cast.manager, [[one.id, 3]])
    const find = `/order-items?sort=id&order_id=${order.id},${foreign.id}`
    const quantities = (body: Json) => body.data.map(({ quantity }: Json) => quantity)
    for (const [person, expected] of [[cast.owner, [1, 2]], [cast.manager, [1, 2, 3]], [cast.admin, [1, 2, 3]], [cast.stranger, []]] as const) {
      const { body } = await world.rest(person, 'GET', find)
      assert.deepEqual(quantities(body), expected)
      assert.equal(body.total, expected.length)
      assert.deepEqual(await (await world.socket(person)).call('find', 'order-items', { order_id: { $in: [order.id, foreign.id] }, $sort: { id: 1 } }), body)
    } // prettier-ignore
    const { data } = (await world.rest(cast.owner, 'GET', `${find}&include=order,product`)).body
    assert.deepEqual([data[0].order, data[0].product.id], [order, one.id])
    const [item] = (await world.rest(cast.manager, 'GET', `/order-items?order_id=${foreign.id}`)).body.data
    for (const person of [cast.owner, cast.stranger]) {
      assert.equal((await world.rest(person, 'GET', `/order-items/${item.id}`)).status, 404)
      assert.equal((await (await world.socket(person)).refusal('get', 'order-items', item.id)).code, 404)
      const { body } = await world.rest(
        person,
        'GET',
        `/order-items?order.order_number=${foreign.order_number}`
      )
      assert.equal(body.total, 0, 'nor by way of the order')
    }
    assert.equal((await world.rest(cast.anonymous, 'GET', find)).status, 401)
    assert.equal((await world.rest(cast.anonymous, 'GET', `/order-items/${item.id}`)).status, 401)
  })

  it('are written by nobody', async () => {
    const { world, cast } = shop
    const { id } = await shop.product()
    const order = await shop.ordered(cast.owner, [[id, 1]])
    const [item] = (await world.rest(cast.owner, 'GET', `/order-items?order_id=${order.id}`)).body.data
    const before = await shop.everything()
    for (const person of [cast.owner, cast.admin]) {
      const socket = await world.socket(person)
      const body = { ...item, quantity: 9 }
      assert.equal((await world.rest(person, 'POST', '/order-items', { body })).status, 405)
      for (const method of ['PUT', 'PATCH', 'DELETE']) {
        const answer = await world.rest(
          person,
          method,
          `/order-items/${item.id}`,
          method === 'DELETE' ? {} : { body }
        )
        assert.equal(answer.status, 405)
        assert.equal(answer.headers.get('allow'), 'GET, HEAD, OPTIONS')
      }
      for (const call of [
        ['create', body],
        ['update', item.id, body],
        ['patch', item.id, body],
        ['remove', item.id]
      ])
        assert.equal((await socket.refusal(call[0] as string, 'order-items', ...call.slice(1))).code, 405)
    }
    assert.deepEqual(await shop.everything(), before)
  })

  it('keep their product as it was', async () => {
    const { world, cast } = shop
    const { id } = await shop.product({ name: 'Old name', sku: 'old-1', price: 12.34 })
    const order = await shop.ordered(cast.owner, [[id, 2]])
    const item = async () =>
      (await world.rest(cast.owner, 'GET', `/order-items?order_id=${order.id}`)).body.data[0]
    const bought = await item()
    assert.deepEqual(bought.product_snapshot, { name: 'Old name', sku: 'OLD-1', price: 12.34 })
    await world.rest(cast.admin, 'PATCH', `/products/${id}`, { body: { name: 'New name', price: 99 } })
    await world.rest(cast.admin, 'DELETE', `/products/${id}`)
    assert.deepEqual(await item(), bought)
    await assert.rejects(
      () => world.sql('delete from products where id = $1', [id]),
      /foreign key/,
      'nor can SQL'
    )
  })

  it('move with their order: whom it comes to sees them come, whom it leaves sees them go', async () => {
    const { world, cast } = shop
    const { id } = await shop.product()
    const order = await shop.ordered(cast.owner, [[id, 1]])
    await world.settled()
    const [mine, theirs, managers, nobodys] = await Promise.all(
      [cast.owner, cast.stranger, cast.manager, cast.anonymous].map((person) => world.socket(person))
    )
    // Who has just signed in is told more than they need, until the feed has moved on.
    await world.sql('update products set featured = true where id = $1', [id])
    await world.settled()
    for (const socket of [mine!, theirs!, managers!, nobodys!]) {
      await socket.drained()
      socket.forget()
    }
    await world.sql('update orders set user_id = $1 where id = $2', [cast.stranger.id, order.id])
    await world.settled()
    assert.deepEqual(await mine!.drained(), ['orders removed', 'order-items removed'])
    assert.deepEqual(await theirs!.drained(), ['orders created', 'order-items created'])
    assert.deepEqual(await managers!.drained(), ['orders patched'])
    assert.deepEqual(await nobodys!.drained(), [])
    assert.equal((await world.rest(cast.owner, 'GET', `/order-items?order_id=${order.id}`)).body.total, 0)
    for (const socket of [mine!, theirs!, managers!]) socket.forget()
    await world.sql('delete from orders where id = $1', [order.id])
    await world.settled()
    for (const socket of [theirs!, managers!]) assert.deepEqual((await socket.drained()).sort(), ['order-items removed', 'orders removed']) // prettier-ignore
    assert.deepEqual(await mine!.drained(), [])
  })

  it('move with many orders at once by as many statements as with one', async () => {
    const { world, cast } = shop
    const { id } = await shop.product()
    const orders = [await shop.ordered(cast.owner, [[id, 1]]), await shop.ordered(cast.owner, [[id, 1]]), await shop.ordered(cast.owner, [[id, 1]])] // prettier-ignore
    const theirs = await world.socket(cast.stranger)
    const moved = async (some: Json[], to: Person) => {
      await world.settled()
      const statements = await statementsOf(async () => {
        const ids = some.map((order) => Number(order.id))
        await world.sql('update orders set user_id = $1 where id = any($2)', [to.id, ids])
        await world.settled()
      }, /order_items/)
      const left = await theirs.drained()
      theirs.forget()

      return {
        statements: statements.length,
        told: left.filter((name) => name.startsWith('order-items')).length
      }
    }
    const one = await moved(orders.slice(0, 1), cast.stranger)
    const two = await moved(orders.slice(1), cast.stranger)
    assert.deepEqual([one.told, two.told], [1, 2])
    assert.equal(two.statements, one.statements)
  })
})
