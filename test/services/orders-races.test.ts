import assert from 'node:assert/strict'
import type { Answer, Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import type { Line } from './shop'
import { Shop } from './shop'

const tallied = (answers: readonly Answer[]) => {
  const counts: Record<string, number> = {}
  for (const { status, body } of answers) {
    const name = status < 400 ? String(status) : `${status} ${body.error.code}`
    counts[name] = (counts[name] ?? 0) + 1
  }

  return counts
}
/** The same numbers in every run. */
const dice = (seed: number) => () => (seed = (seed * 16807) % 2147483647) / 2147483647

describe('orders at the same time', function () {
  this.timeout(120_000)
  let shop: Shop
  let second: World
  let buyers: Person[]
  before(async () => {
    shop = await Shop.open()
    second = await startWorld({ database: shop.world.database })
    buyers = await Promise.all(['ann', 'bob', 'cid', 'dot'].map((name) => shop.world.register(name)))
  })
  after(async () => {
    await second.close(true)
    await shop.world.close()
  })

  /** By this and the other process in turn. */
  const order = (index: number, lines: readonly Line[]) =>
    (index % 2 ? second : shop.world).rest(buyers[index % 4]!, 'POST', '/orders', { body: shop.body(lines) })
  const step = (index: number, id: number, name: string, person: Person) =>
    (index % 2 ? second : shop.world).rest(person, 'POST', `/orders/${id}/${name}`, { body: {} })
  /** What is sold of each product, by the items of orders that were not cancelled. */
  const sold = async (): Promise<Map<number, number>> => {
    const rows = await shop.world.sql(
      `select product_id::int, sum(quantity)::int as sold from order_items join orders on orders.id = order_id
       where status <> 'cancelled' group by product_id`
    )
    return new Map(rows.map((row) => [row.product_id, row.sold]))
  }
  const times = <T>(count: number, make: (index: number) => Promise<T>) => Promise.all(Array.from({ length: count }, (_, index) => make(index))) // prettier-ignore

  // PostgreSQL ends a deadlock by failing one of the two, which is answered as a conflict: none may come about at all.
  afterEach(async () => {
    const look = `select deadlocks::int from pg_stat_database where datname = current_database()`
    await shop.world.sql('select pg_sleep(1.1)')
    assert.deepEqual(await shop.world.sql(look), [{ deadlocks: 0 }])
  })

  it('200 orders for the last 50 units sell 50', async () => {
    const { world, cast } = shop
    const { id } = await shop.product({ stock_quantity: 50, price: 19.99 })
    await world.settled()
    const socket = await world.socket(cast.admin)
    const before = Date.now()
    const answers = await times(200, (index) => order(index, [[id, 1]]))
    const took = Date.now() - before
    assert.deepEqual(tallied(answers), { '201': 50, '409 INSUFFICIENT_STOCK': 150 })
    assert.equal(await shop.stock(id), 0)
    assert.equal((await sold()).get(id), 50)
    const numbers = answers.flatMap(({ status, body }) => (status === 201 ? [body.order_number] : []))
    assert.equal(new Set(numbers).size, 50)
    await world.settled()
    await socket.drained()
    const data = (name: string) =>
      socket.events.filter((event) => event.name === name).map((event) => event.data)
    assert.equal(data('orders created').length, 50)
    assert.equal(
      data('order-items created').reduce((sum, { quantity }) => sum + quantity, 0),
      50
    )
    assert.deepEqual(data('products patched').map(({ stock_quantity }) => stock_quantity), Array.from({ length: 50 }, (_, index) => 49 - index)) // prettier-ignore
    assert.equal(socket.events.length, 150, 'and nothing else')
    console.log(`      200 orders in ${took} ms`)
  })

  it('orders of several products, in any order, never wait for each other', async () => {
    const random = dice(7)
    const below = (limit: number) => Math.floor(random() * limit)
    const products = await Promise.all(Array.from({ length: 8 }, () => shop.product({ stock_quantity: 60 })))
    const lines = (): Line[] => {
      const shuffled = products.map(({ id }) => [random(), id] as const).sort(([a], [b]) => a - b)
      return shuffled.slice(0, 2 + below(4)).map(([, id]) => [id, 1 + below(3)])
    }
    const before = Date.now()
    const answers = await times(200, (index) => order(index, lines()))
    const took = Date.now() - before
    const counts = tallied(answers)
    assert.deepEqual(Object.keys(counts).sort(), ['201', '409 INSUFFICIENT_STOCK'], JSON.stringify(counts))
    const bySql = await sold()
    for (const { id } of products) assert.equal((await shop.stock(id)) + (bySql.get(id) ?? 0), 60)
    console.log(`      ${JSON.stringify(counts)} in ${took} ms`)
  })

  it('of 20 that cancel one order, one does, and the stock comes back once', async () => {
    const { cast } = shop
    const { id } = await shop.product({ stock_quantity: 10 })
    const made = (await order(0, [[id, 7]])).body
    const answers = await times(20, (index) =>
      step(index, made.id, 'cancel', index % 3 ? buyers[0]! : cast.admin)
    )
    assert.deepEqual(tallied(answers), { '200': 1, '409 STATE_CONFLICT': 19 })
    assert.equal(await shop.stock(id), 10)
  })

  it('of two steps that exclude each other one is taken', async () => {
    const { cast, world } = shop
    const { id } = await shop.product({ stock_quantity: 100 })
    const made = await times(12, (index) => order(index, [[id, 1]]))
    const outcomes = await Promise.all(
      made.map(async ({ body }, index) => {
        await step(index, body.id, 'confirm', cast.admin)
        const put = () =>
          world.rest(cast.admin, 'PUT', `/orders/${body.id}/status`, { body: { status: 'shipped' } })
        return Promise.all([step(index, body.id, 'cancel', buyers[index % 4]!), put()])
      })
    )
    for (const [cancelled, shipped] of outcomes) assert.deepEqual([cancelled.status, shipped.status].sort(), [200, 409]) // prettier-ignore
    const isCancelled = outcomes.filter(([cancelled]) => cancelled.status === 200).length
    assert.equal(await shop.stock(id), 100 - 12 + isCancelled)
    const rows = await world.sql(`select status, shipped_at, cancelled_at from orders join order_items on order_id = orders.id where product_id = $1`, [id]) // prettier-ignore
    for (const { status, shipped_at, cancelled_at } of rows)
      assert.deepEqual(
        [shipped_at !== null, cancelled_at !== null],
        [status === 'shipped', status === 'cancelled']
      )
  })

  it('ordering, cancelling, pricing and removing lose no unit', async () => {
    const { cast, world } = shop
    const random = dice(11)
    const products = await Promise.all(Array.from({ length: 5 }, () => shop.product({ stock_quantity: 40 })))
    const some = () => products.map(({ id }) => [random(), id] as const).sort(([a], [b]) => a - b)
    const buy = async (index: number): Promise<Answer[]> => {
      const made = await order(index, some().slice(0, 3).map(([, id]) => [id, 1 + Math.floor(random() * 4)])) // prettier-ignore
      if (made.status !== 201 || index % 2) return [made]
      return [made, await step(index, made.body.id, 'cancel', buyers[index % 4]!)]
    }
    const change = async (): Promise<Answer[]> => {
      const id = some()[0]![1]
      const price = Math.floor(random() * 10_000) / 100
      const patched = await world.rest(cast.admin, 'PATCH', `/products/${id}`, { body: { price } })
      const removed = await second.rest(cast.admin, 'DELETE', `/products/${id}`)
      return [patched, removed, await world.rest(cast.admin, 'POST', `/products/${id}/restore`, { body: {} })]
    }
    const answers = (await times(150, (index) => (index % 10 ? buy(index) : change()))).flat()
    const counts = tallied(answers)
    assert.ok(answers.every(({ status }) => status < 500), JSON.stringify(counts)) // prettier-ignore
    const bySql = await sold()
    for (const { id } of products) assert.equal((await shop.stock(id)) + (bySql.get(id) ?? 0), 40)
    const [row] = await world.sql(`select count(*)::int as wrong from orders o where subtotal <> (select sum(total_price) from order_items where order_id = o.id)
      or exists (select from order_items where order_id = o.id and total_price <> quantity * unit_price)`) // prettier-ignore
    assert.equal((row as Json).wrong, 0, 'at one price each, whatever changed meanwhile')
    console.log(`      ${JSON.stringify(counts)}`)
  })
})
