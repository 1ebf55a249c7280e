import assert from 'node:assert/strict'
import type { Answer, Json, Listener, Person } from '../helpers/world'
import { anonymous, PASSWORD } from '../helpers/world'
import { Shop } from '../services/shop'

/** Seed 004, the shop as its customer lives it: from the account to the parcel, with the stock that it moves. */
describe('story of seed 004: a shop', () => {
  let shop: Shop
  let ada: Person
  let live: Listener
  let lamp: Json
  let rug: Json
  const rest = (person: Person, method: string, path: string, body?: unknown): Promise<Answer> =>
    shop.world.rest(person, method, path, { body })
  const seen = async (id: number) => (await rest(anonymous, 'GET', `/products/${id}`)).body.stock_quantity

  before(async () => {
    shop = await Shop.open()
  })
  after(() => shop?.world.close())

  it('signs a customer up at /users, and in at /auth/login; paths may end in a slash', async () => {
    const account = { email: 'ada@example.com', username: 'ada', password: PASSWORD }
    const made = await rest(anonymous, 'POST', '/users/', account)
    assert.equal(made.status, 201)
    assert.deepEqual(Object.keys(made.body), ['id'], 'an account is read by whoever has signed in to it')
    const taken = await rest(anonymous, 'POST', '/users/', { ...account, username: 'ada2' })
    assert.deepEqual([taken.status, taken.body.error.code], [409, 'DUPLICATE'])
    ada = await shop.world.login({ name: 'ada', email: account.email })
    assert.equal(ada.id, made.body.id)
    live = await shop.world.socket(ada)
  })

  it('shows and changes the own profile; the list of all is for admins', async () => {
    const path = `/users/${ada.id}`
    const { status, body } = await rest(ada, 'GET', path)
    assert.deepEqual([status, body.email], [200, 'ada@example.com'])
    const { email, username } = body
    const put = await rest(ada, 'PUT', path, { email, username, first_name: 'Ada' })
    assert.deepEqual([put.status, put.body.first_name, put.body.role], [200, 'Ada', 'user'])
    assert.equal((await rest(shop.cast.stranger, 'PUT', path, { email, username, password: PASSWORD })).status, 404) // prettier-ignore
    assert.equal((await rest(ada, 'GET', '/users/')).body.total, 1, 'herself')
    assert.equal((await rest(shop.cast.admin, 'GET', '/users/')).body.total, 5)
    assert.equal((await rest(anonymous, 'GET', '/users/')).status, 401)
    // One's own password is changed where the old one is asked for.
    assert.equal((await rest(ada, 'PATCH', path, { password: 'another-horse' })).status, 403)
    ada = await shop.world.login(ada)
    live = await shop.world.socket(ada)
  })

  it('has a catalogue that admins keep and everybody filters', async () => {
    const { admin, owner } = shop.cast
    lamp = (await rest(admin, 'POST', '/products/', { name: 'Lamp', sku: 'LAMP', price: 30, stock_quantity: 5 })).body // prettier-ignore
    rug = (await rest(admin, 'POST', '/products/', { name: 'Rug', sku: 'RUG', price: 80, stock_quantity: 1 })).body // prettier-ignore
    assert.equal((await rest(owner, 'POST', '/products/', { name: 'x', sku: 'XXX', price: 1 })).status, 403)
    const { body } = await rest(anonymous, 'GET', '/products/?max_price=50&page=1&page_size=10')
    assert.deepEqual([body.count, body.results[0].sku], [1, 'LAMP'])
    assert.equal((await rest(admin, 'PUT', `/products/${lamp.id}`, { name: 'Lamp', sku: 'LAMP', price: 25, stock_quantity: 5 })).body.price, 25) // prettier-ignore
    assert.equal((await live.event('products updated')).data.price, 25)
  })

  it('takes an order whole or not at all', async () => {
    const both = [[lamp.id, 1], [rug.id, 2]] as const // prettier-ignore
    const before = await shop.everything()
    const refused = await shop.order(ada, both)
    assert.deepEqual([refused.status, refused.body.error.code], [409, 'INSUFFICIENT_STOCK'])
    const [detail] = refused.body.error.details
    assert.deepEqual([detail.product_id, detail.requested, detail.available], [rug.id, 2, 1])
    assert.deepEqual(await shop.everything(), before)
    const overSocket = await live.refusal('create', 'orders', shop.body(both))
    assert.equal(overSocket.error.code, 'INSUFFICIENT_STOCK')
  })

  it('sells the last piece once, however many want it', async () => {
    const { owner, stranger, manager } = shop.cast
    const buyers = [owner, stranger, manager]
    const answers = await Promise.all(buyers.map((buyer) => shop.order(buyer, [[rug.id, 1]])))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409]) // prettier-ignore
    assert.equal(await seen(rug.id), 0)
    await shop.world.settled()
  })

  it('reduces the stock before everybody’s eyes, and gives it back once when the order is cancelled', async () => {
    const visitor = await shop.world.socket()
    const order = await live.call('create', 'orders', shop.body([[lamp.id, 2]]))
    assert.equal((await visitor.event('products patched')).data.stock_quantity, 3)
    assert.deepEqual((await live.event('orders created')).data, order)
    const hers = await rest(ada, 'GET', '/orders/my-orders')
    assert.equal(hers.body.data[0].id, order.id)
    assert.deepEqual(await live.call('my_orders', 'orders', {}), hers.body)
    assert.equal((await shop.step(shop.cast.stranger, order.id, 'cancel')).status, 404)
    const cancelled = await shop.step(ada, order.id, 'cancel')
    assert.deepEqual([cancelled.status, cancelled.body.status], [200, 'cancelled'])
    assert.equal((await shop.step(ada, order.id, 'cancel')).status, 409)
    await visitor.event('products patched', ({ stock_quantity }) => stock_quantity === 5)
    assert.equal(await seen(lamp.id), 5)
  })

  it('keeps orders: none is deleted, whoever asks', async () => {
    const { body } = await shop.order(ada, [[lamp.id, 1]])
    const { status, headers } = await rest(shop.cast.admin, 'DELETE', `/orders/${body.id}`)
    assert.deepEqual([status, headers.get('allow')?.includes('DELETE')], [405, false])
  })

  it('lets only admins see all orders and set a status', async () => {
    const { admin } = shop.cast
    const { body: mine } = await rest(ada, 'GET', '/orders/')
    assert.ok(mine.data.every(({ user_id }: Json) => user_id === ada.id))
    const { body: all } = await rest(admin, 'GET', '/orders/')
    assert.ok(all.total > mine.total)
    const id = mine.data.find(({ status }: Json) => status === 'pending').id as number
    assert.equal((await rest(ada, 'PUT', `/orders/${id}/status`, { status: 'shipped' })).status, 403)
    const confirmed = await rest(admin, 'PUT', `/orders/${id}/status`, { status: 'confirmed' })
    assert.deepEqual([confirmed.status, confirmed.body.status], [200, 'confirmed'])
    assert.equal((await live.event('orders patched', (order) => order.id === id)).data.status, 'confirmed')
  })

  it('tells the admin how healthy the stock is', async () => {
    const { admin } = shop.cast
    const { status, body } = await rest(admin, 'GET', '/orders/health/stock-check')
    assert.equal(status, 200)
    assert.deepEqual(body.counts, { critical: 1, low: 1, medium: 0, high: 0 })
    assert.deepEqual(body.products.critical.map(({ sku }: Json) => sku), ['RUG']) // prettier-ignore
    assert.deepEqual(await (await shop.world.socket(admin)).call('stock_check', 'orders', {}), body)
    assert.equal((await rest(ada, 'GET', '/orders/health/stock-check')).status, 403)
    assert.equal((await rest(anonymous, 'GET', '/orders/health/stock-check')).status, 401)
  })

  it('removes a product from the shop and leaves it in its orders', async () => {
    const { admin } = shop.cast
    assert.equal((await rest(admin, 'DELETE', `/products/${rug.id}`)).status, 200)
    assert.equal((await rest(anonymous, 'GET', `/products/${rug.id}`)).status, 404)
    const { body } = await rest(admin, 'GET', '/orders?include=items&sort=id&limit=100')
    const names = body.data.flatMap(({ items }: Json) => items.map((item: Json) => item.product_snapshot.name)) // prettier-ignore
    assert.ok(names.includes('Rug'))
  })

  it('ends the session at log-out, on the socket as well', async () => {
    assert.equal((await rest(ada, 'POST', '/auth/logout', {})).status, 200)
    assert.equal((await rest(ada, 'GET', '/orders/my-orders')).status, 401)
    await shop.world.settled()
    assert.equal((await live.refusal('my_orders', 'orders', {})).code, 401)
  })
})
