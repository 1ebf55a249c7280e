import assert from 'node:assert/strict'
import type { Json, Person } from '../helpers/world'
import { Shop } from './shop'

describe('the payment of an order', () => {
  let shop: Shop
  let order: Json
  const step = (person: Person, name: string) => shop.step(person, order.id, name)
  before(async () => {
    shop = await Shop.open()
  })
  after(() => shop.world.close())
  beforeEach(async () => {
    order = await shop.ordered(shop.cast.owner, [[(await shop.product()).id, 1]])
  })

  it('goes from pending to paid and refunded, or by a failure, and is told to those who see the order', async () => {
    const { cast, world } = shop
    const [mine, theirs] = await Promise.all([cast.owner, cast.stranger].map((person) => world.socket(person)))
    const steps: [string, string][] = [['mark-failed', 'failed'], ['mark-paid', 'paid'], ['refund', 'refunded']]
    for (const [name, status] of steps) {
      const { status: code, body } = await step(cast.admin, name)
      assert.deepEqual([code, body.payment_status, body.status], [200, status, 'pending'], name)
      await mine!.event('orders patched', ({ payment_status }) => payment_status === status)
    }
    assert.deepEqual((await theirs!.drained()).filter((name) => name.startsWith('orders')), [])
    const history = (await world.rest(cast.admin, 'GET', `/orders/${order.id}/history`)).body
    assert.deepEqual(history.data.map(({ action }: Json) => action), ['refund', 'mark_paid', 'mark_failed', null])
  }) // prettier-ignore

  it('takes no other step, and from nobody but the admin', async () => {
    const { cast } = shop
    const before = await shop.everything()
    const { status, body } = await step(cast.admin, 'refund')
    assert.deepEqual([status, body.error.code, body.error.field], [409, 'STATE_CONFLICT', 'payment_status'])
    assert.equal(body.error.hint, 'Only a payment that is paid can take this step')
    assert.deepEqual(body.error.details[0].expected, ['paid'])
    for (const person of [cast.owner, cast.manager, cast.stranger]) assert.equal((await step(person, 'mark-paid')).status, 403)
    assert.equal((await step(cast.anonymous, 'mark-paid')).status, 401)
    assert.deepEqual(await shop.everything(), before)
    await step(cast.admin, 'mark-paid')
    for (const name of ['mark-paid', 'mark-failed']) assert.equal((await step(cast.admin, name)).status, 409, name)
  }) // prettier-ignore

  it('is of at most what the columns hold: a larger order is refused by its total, and takes no stock', async () => {
    const { cast } = shop
    const { id } = await shop.product({ price: 9_000_000_000, stock_quantity: 20_000 })
    const before = await shop.everything()
    for (const quantity of [2, 10_000]) {
      const { status, body } = await shop.order(cast.owner, [[id, quantity]])
      assert.deepEqual([status, body.error.code, body.error.field], [422, 'VALIDATION_ERROR', 'total'])
      assert.equal(body.error.details[0].expected, 9_999_999_999.99)
    }
    assert.deepEqual(await shop.everything(), before)
    assert.equal((await shop.ordered(cast.owner, [[id, 1]])).total, 9_720_000_000)
  })

  it('is listed among my orders, whose pages lead to my orders, and which take what a list takes', async () => {
    const { cast, world } = shop
    const buyer = await world.register('pager')
    const { id } = await shop.product()
    for (let n = 0; n < 3; n++) await shop.ordered(buyer, [[id, 1]], { notes: `N ${n}` })
    const rest = async (path: string) => (await world.rest(buyer, 'GET', path.replace('/api/v1', ''))).body
    const first = await rest('/orders/my-orders?page_size=1&page=1&status=pending,confirmed')
    assert.equal(first.previous, null)
    assert.match(first.next, /^\/api\/v1\/orders\/my-orders\?.*page=2/)
    const second = await rest(first.next)
    assert.deepEqual([second.results[0].notes, second.count], ['N 1', 3])
    assert.deepEqual(await rest(second.previous), first)
    const third = await rest(second.next)
    assert.deepEqual([third.next, third.results[0].notes], [null, 'N 0'])
    const queries = ['status[$in][]=pending&sort=id', 'status[]=pending&$sort[id]=1', 'min_total=1&fields=id,notes&sort=id', '$or[0][notes]=N 1&$or[1][notes]=N 2']
    for (const query of queries) {
      const own = await rest(`/orders/my-orders?${query.includes('sort') ? query : `${query}&sort=id`}`)
      const list = await rest(`/orders?${query.includes('sort') ? query : `${query}&sort=id`}`)
      assert.deepEqual(own, list, query)
    }
    const socket = await world.socket(buyer)
    const asked = { status: { $in: ['pending'] }, $select: ['id'], $limit: 2 }
    assert.equal((await socket.call('my_orders', 'orders', asked)).data.length, 2)
    for (const query of [`user_id=${cast.owner.id}`, `$and[0][user_id]=${cast.owner.id}`, `$or[0][user_id]=${cast.owner.id}`])
      assert.equal((await rest(`/orders/my-orders?${query}`)).total, 0, query)
    const managers = (await world.rest(cast.admin, 'GET', '/users/role/user?page=1&page_size=1&sort=id')).body
    assert.match(managers.next, /^\/api\/v1\/users\/role\/user\?/)
    assert.equal((await world.rest(cast.admin, 'GET', managers.next.replace('/api/v1', ''))).body.results[0].role, 'user')
  }) // prettier-ignore
})
