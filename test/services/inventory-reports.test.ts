import assert from 'node:assert/strict'
import type { Json, Person } from '../helpers/world'
import { anonymous } from '../helpers/world'
import type { Retail } from './retail'
import { openRetail } from './retail'

const DAY = 86_400_000
const dateOf = (at: number) => new Date(at).toISOString().slice(0, 10)

describe('reports of the inventory', () => {
  let retail: Retail
  let items: Record<string, Json>
  const ask = async (report: string, person: Person = retail.people.stranger) =>
    (await retail.rest(person, 'GET', `/inventory/${report}`)).body

  before(async () => {
    retail = await openRetail()
    const { item, stores, tea, kettle, hidden, product } = retail
    const loose = await product({ name: 'Loose', price: 0.1 })
    items = {
      tea: await item(stores.a, tea, { current_stock: 3 }),
      kettle: await item(stores.a, kettle, { current_stock: 5, reorder_level: 5 }),
      hidden: await item(stores.a, hidden, { current_stock: 1 }),
      none: await item(stores.b, tea, { current_stock: 0, reorder_level: 2 }),
      loose: await item(stores.b, loose, { current_stock: 30, reorder_level: 0 })
    }
  })
  after(() => retail.world.close())

  it('sum up what the reader may see: 3 × 2.50 + 5 × 40 + 30 × 0.10, in exact money', async () => {
    const mine = { total_value: 210.5, total_units: 38, products: 3, stores: 2, low_stock_alerts: 3, out_of_stock: 1 }
    const staff = { ...mine, total_value: 1210.5, total_units: 39, products: 4, low_stock_alerts: 4 }
    assert.deepEqual(await ask('kpi'), mine)
    assert.deepEqual(await ask('kpi', retail.people.north), mine)
    assert.deepEqual(await ask('kpi', retail.people.manager), staff)
    assert.deepEqual(await ask(`kpi?store_id=${retail.stores.b.id}`), { ...mine, total_value: 3, total_units: 30, products: 2, stores: 1, low_stock_alerts: 1 })
    assert.deepEqual(await ask('kpi?region=North'), { ...mine, total_value: 207.5, total_units: 8, products: 2, stores: 1, low_stock_alerts: 2, out_of_stock: 0 })
    assert.equal((await ask('kpi?region[]=North&region[]=South')).total_units, 38)
    assert.deepEqual(await ask('kpi?region=Nowhere'), { total_value: 0, total_units: 0, products: 0, stores: 0, low_stock_alerts: 0, out_of_stock: 0 })
  }) // prettier-ignore

  it('tell nothing of a hidden product: not even another price of it changes what a plain user sees', async () => {
    const { world, people, hidden } = retail
    const reports = ['kpi', 'categories', 'alerts/low-stock']
    const seen = async (person: Person) => JSON.stringify(await Promise.all(reports.map((name) => ask(name, person))))
    const [before, staffBefore] = [await seen(people.stranger), await seen(people.manager)]
    await world.sql(`update products set price = 7, name = 'Other', category_id = null where id = $1`, [hidden.id])
    assert.equal(await seen(people.stranger), before)
    assert.notEqual(await seen(people.manager), staffBefore)
    const drinks = retail.categories.drinks.id
    await world.sql(`update products set price = 1000, name = 'Secret blend', category_id = $2 where id = $1`, [hidden.id, drinks])
  }) // prettier-ignore

  it('distribute the value among the categories', async () => {
    const { drinks, kitchen } = retail.categories
    const shares = [
      { category_id: kitchen.id, category: 'Kitchen', products: 1, units: 5, value: 200, share: 0.9501 },
      { category_id: drinks.id, category: 'Drinks', products: 1, units: 3, value: 7.5, share: 0.0356 },
      { category_id: null, category: null, products: 1, units: 30, value: 3, share: 0.0143 }
    ]
    assert.deepEqual(await ask('categories'), shares)
    const [first] = await ask('categories', retail.people.admin)
    assert.deepEqual([first.category, first.value, first.products], ['Drinks', 1007.5, 2])
    await retail.world.sql('update categories set is_active = false where id = $1', [kitchen.id])
    assert.deepEqual((await ask('categories'))[0], { ...shares[0], category: null })
    await retail.world.sql('update categories set is_active = true where id = $1', [kitchen.id])
    assert.deepEqual(await ask('categories?region=Nowhere'), [])
  })

  it('list what is low, most urgent first', async () => {
    const { stores, people } = retail
    const alerts = await ask('alerts/low-stock')
    assert.deepEqual(alerts.data.map(({ id }: Json) => id), [items.none!.id, items.tea!.id, items.kettle!.id])
    assert.deepEqual([alerts.total, alerts.limit], [3, 50])
    assert.deepEqual(alerts.data[0], {
      id: items.none!.id, product_id: retail.tea.id, product: 'Tea', sku: retail.tea.sku, store_id: stores.b.id,
      store: 'South Gate', region: 'South', current_stock: 0, reorder_level: 2, max_stock: 100, room: 100
    })
    const staff = await ask('alerts/low-stock', people.manager)
    assert.deepEqual(staff.data.map(({ id }: Json) => id), [items.none!.id, items.hidden!.id, items.tea!.id, items.kettle!.id])
    const first = await ask('alerts/low-stock?limit=1')
    assert.deepEqual([first.total, first.data.length, first.limit], [3, 1, 1])
    assert.deepEqual((await ask('alerts/low-stock?region=South')).data.map(({ id }: Json) => id), [items.none!.id])
    assert.equal((await ask(`alerts/low-stock?store_id=${stores.a.id}`)).total, 2)
    assert.equal((await ask('alerts/low-stock?region=Nowhere')).total, 0)
  }) // prettier-ignore

  it('are answered to sockets alike, and to nobody who is not signed in', async () => {
    const { world, people, rest } = retail
    const [socket, outside] = await Promise.all([world.socket(people.stranger), world.socket()])
    const methods = {
      kpi: 'kpi',
      trends: 'trends',
      categories: 'categories',
      low_stock_alerts: 'alerts/low-stock'
    }
    for (const [method, path] of Object.entries(methods)) {
      assert.deepEqual(await socket.call(method, 'inventory', {}), await ask(path), method)
      assert.equal((await rest(anonymous, 'GET', `/inventory/${path}`)).status, 401, path)
      assert.equal((await outside.refusal(method, 'inventory', {})).code, 401, method)
    }
  })

  it('refuse what they do not know, never with a 500', async () => {
    const odd = ['kpi?colour=red', 'kpi?store_id=x', 'kpi?region[a]=b', 'trends?days=0', 'trends?days=366', 'trends?days=1.5',
      'trends?days[]=1&days[]=2', 'alerts/low-stock?limit=0', 'alerts/low-stock?limit=101', 'kpi?store_id=9e99'] // prettier-ignore
    for (const path of odd) {
      const { status } = await retail.rest(retail.people.stranger, 'GET', `/inventory/${path}`)
      assert.ok([400, 422].includes(status), `${path}: ${status}`)
    }
    for (const path of [`kpi?region=${encodeURIComponent("';--")}`, 'kpi?store_id=9007199254740991'])
      assert.equal((await ask(path)).total_units, 0)
  })

  describe('of its trends', () => {
    /** The stock at the end of a day as one would reckon it by hand: all changes up to then, one after the other. */
    const naive = async (days: number, isIn: (row: Json) => boolean = () => true) => {
      const changes = await retail.world.sql(`select record_id, after, created_at from changes where resource = 'inventory' order by id`)
      const today = Math.floor(Date.now() / DAY) * DAY

      return Array.from({ length: days }, (_, index) => {
        const day = today - (days - 1 - index) * DAY
        const rows = new Map<string, Json>()
        for (const { record_id, after, created_at } of changes)
          if (new Date(created_at).getTime() < day + DAY) rows.set(record_id, after)
        const kept = [...rows.values()].filter((row) => row !== null && row.product_id !== retail.hidden.id && isIn(row))
        const sum = (value: (row: Json) => number) => kept.reduce((total, row) => total + value(row), 0)

        return {
          date: dateOf(day), stock: sum((row) => row.current_stock), items: kept.length,
          low_stock: sum((row) => +row.low_stock), out_of_stock: sum((row) => +(row.current_stock === 0))
        }
      })
    } // prettier-ignore

    /** A change a day or two, some days none, the first of them long before any window, the last one today. */
    before(async () => {
      const { world, stores, product, item, tea, people, rest } = retail
      const made: Json[] = []
      for (let i = 0; i < 8; i++) made.push(await item(i % 2 ? stores.a : stores.b, await product()))
      for (let i = 0; i < 60; i++) {
        const { id } = made[(i * 7) % made.length]!
        await world.sql('update inventory set current_stock = $2, store_id = case when $3 then store_id else $4 end where id = $1', [
          id, (i * 37) % 101, i % 5 !== 0, i % 2 ? stores.a.id : stores.b.id
        ])
        if (i === 30) await rest(people.admin, 'DELETE', `/inventory/${made.shift()!.id}`)
        if (i === 40) made.push(await item(stores.a, await product(), { current_stock: 77 }))
      }
      assert.ok(tea)
      await world.sql(`
        with ranked as (select id, row_number() over (order by id) as n, count(*) over () as total from changes where resource = 'inventory')
        update changes set created_at = now() - make_interval(hours => ((total - n) * 11 + (total - n) / 9 * 50)::int)
        from ranked where ranked.id = changes.id`)
    }) // prettier-ignore

    for (const days of [1, 2, 7, 30, 60]) {
      it(`over ${days} days: what a naive replay of the feed gives`, async () => {
        const expected = await naive(days)
        const trends = await ask(`trends?days=${days}`)
        assert.deepEqual(trends, expected)
        if (days > 7)
          assert.ok(new Set(trends.map(({ stock }: Json) => stock)).size > 5, 'something happened')
      })
    }

    it('with days on which nothing happened, and with rows that are older than the window', async () => {
      const trends = await ask('trends?days=30')
      const [changes] = await retail.world
        .sql(`select count(distinct created_at::date)::int as days, min(created_at) as first
        from changes where resource = 'inventory' and created_at > now() - interval '30 days'`)
      assert.ok(changes!.days < 30 && trends[0].items > 0, JSON.stringify([changes, trends[0]]))
    })

    it('of one store or region, though items moved between them', async () => {
      const { a, b } = retail.stores
      const inA = (row: Json) => row.store_id === a.id
      assert.deepEqual(await ask(`trends?days=60&store_id=${a.id}`), await naive(60, inA))
      assert.deepEqual(await ask('trends?days=60&region=North'), await naive(60, inA))
      assert.deepEqual(
        await ask('trends?days=20&region=South'),
        await naive(20, (row) => row.store_id === b.id)
      )
    })

    it('the last day is what kpi says of now, for everybody, also of products that were removed; thirty days where nothing is said', async () => {
      const { people, product, item, stores, rest } = retail
      const gone = await product({ name: 'Gone' })
      await item(stores.a, gone, { current_stock: 17 })
      const agree = async (person: Person) => {
        const [kpi, trends] = [await ask('kpi', person), await ask('trends', person)]
        const { date, stock, low_stock, out_of_stock } = trends.at(-1)
        assert.deepEqual([trends.length, date], [30, dateOf(Date.now())])
        assert.deepEqual([stock, low_stock, out_of_stock], [kpi.total_units, kpi.low_stock_alerts, kpi.out_of_stock])
        return stock as number
      }
      const before = await Promise.all([people.stranger, people.manager].map(agree))
      assert.notEqual(before[0], before[1], 'one product is hidden from strangers')
      assert.equal((await rest(people.admin, 'DELETE', `/products/${gone.id}`)).status, 200)
      const after = await Promise.all([people.stranger, people.manager].map(agree))
      assert.deepEqual(after, before.map((stock) => stock - 17))
    }) // prettier-ignore

    it('the same when the feed has forgotten what is older than the window', async () => {
      const before = await ask('trends?days=14')
      await retail.world.sql(
        `delete from changes where resource = 'inventory' and created_at < (now() - interval '13 days')::date`
      )
      assert.deepEqual(await ask('trends?days=14'), before)
    })
  })
})
