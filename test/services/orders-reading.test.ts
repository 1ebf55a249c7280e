import assert from 'node:assert/strict'
import type { Json, Person } from '../helpers/world'
import { statementsOf } from '../helpers/statements'
import { counted, Shop } from './shop'

describe('orders', () => {
  let shop: Shop
  before(async () => {
    shop = await Shop.open()
  })
  after(() => shop.world.close())

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
        // Whoever reads these tables meanwhile, as the feed does, may have to be waited for by one who waits for this.
        const drop = () => world.sql('drop function fail cascade')
        await drop().catch((error: { code?: string }) => {
          if (error.code !== '40P01') throw error
          return drop()
        })
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
      // Who asks is looked up anew behind what has changed about them.
      await world.settled()
      await find()
      const one = await statementsOf(find)
      for (let count = 0; count < 9; count++) await shop.ordered(buyer, lines)
      await world.settled()
      await find()
      const ten = await statementsOf(find)
      assert.deepEqual([one.length, ten.length], [3, 3], ten.join('\n'))
      const creation = async (number: number) => (await statementsOf(() => shop.ordered(buyer, lines.slice(0, number)))).length // prettier-ignore
      assert.deepEqual([await creation(1), await creation(4)], [6, 6], 'nor does an order of many items')
      const check = () => world.rest(cast.admin, 'GET', '/orders/health/stock-check')
      // Beside the looks at who asks, which are remembered for seconds only.
      const counted = await statementsOf(check, /stock_quantity/)
      assert.equal(counted.length, 1, counted.join('\n'))
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
