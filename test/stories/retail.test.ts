import assert from 'node:assert/strict'
import type { Answer, Json, Listener, Person } from '../helpers/world'
import { PASSWORD } from '../helpers/world'
import type { Retail } from '../services/retail'
import { ids, openRetail } from '../services/retail'

/** Seed 003, a chain of stores: what each keeps, what it asks for, and who sees to it. Its orders are replenishments here. */
describe('story of seed 003: stores and their stock', () => {
  let retail: Retail
  let people: Retail['people']
  let shelf: Json
  let live: Listener
  const rest = (person: Person, method: string, path: string, body?: unknown): Promise<Answer> =>
    retail.world.rest(person, method, path, { body })

  before(async () => {
    retail = await openRetail()
    people = retail.people
    live = await retail.world.socket(people.owner)
  })
  after(() => retail?.world.close())

  describe('stores', () => {
    it('are listed and filtered by everybody who is signed in', async () => {
      const { a, b } = retail.stores
      const rows: [query: string, expected: number[]][] = [
        ['sort=id', [a.id, b.id]],
        ['region=North', [a.id]],
        ['region[$in][]=North&region[$in][]=South&sort=-id', [b.id, a.id]],
        ['store_type=kiosk', [b.id]],
        [`manager_id=${people.south.id}`, [b.id]],
        ['search=gate', [b.id]]
      ]
      for (const [query, expected] of rows)
        assert.deepEqual(ids(await rest(people.owner, 'GET', `/stores?${query}`)), expected, query)
      assert.equal((await rest(people.anonymous, 'GET', '/stores')).status, 401)
      const { body } = await rest(people.owner, 'GET', `/stores/${a.id}`)
      assert.deepEqual([body.name, body.manager_id], ['North Pier', people.north.id])
      assert.deepEqual(await live.call('get', 'stores', a.id), body)
    })

    it('are made by admins, and edited by them and by the manager of the store', async () => {
      const fields = { name: 'East End', region: 'East', address: '1 Quay' }
      assert.equal((await rest(people.manager, 'POST', '/stores', fields)).status, 403)
      const { status, body } = await rest(people.admin, 'POST', '/stores', fields)
      assert.deepEqual([status, body.store_type, body.manager_id], [201, 'standard', null])
      const put = await rest(people.admin, 'PUT', `/stores/${body.id}`, { ...fields, name: 'East Side' })
      assert.deepEqual([put.status, put.body.name], [200, 'East Side'])
      const path = `/stores/${retail.stores.a.id}`
      assert.equal((await rest(people.north, 'PATCH', path, { address: 'Pier 7' })).status, 200)
      assert.equal((await rest(people.south, 'PATCH', path, { address: 'Elsewhere' })).status, 403)
      assert.equal((await live.event('stores patched')).data.address, 'Pier 7')
    })

    it('are summed up by region', async () => {
      const options = await rest(people.owner, 'GET', '/stores/regions/options')
      assert.deepEqual(
        options.body,
        ['East', 'North', 'South'].map((region) => ({ region, stores: 1 }))
      )
      const summary = await rest(people.owner, 'GET', '/stores/regions/summary')
      assert.deepEqual(summary.body[2], {
        region: 'South',
        stores: 1,
        managed: 1,
        store_types: { kiosk: 1 }
      })
      assert.deepEqual(await live.call('region_options', 'stores', {}), options.body)
      assert.deepEqual(await live.call('region_summary', 'stores', {}), summary.body)
    })
  })

  describe('inventory', () => {
    it('is kept by the manager of the store, within its limits', async () => {
      const { a, b } = retail.stores
      shelf = await retail.item(a, retail.tea, { current_stock: 5, reorder_level: 10, max_stock: 50 })
      await retail.item(b, retail.kettle, { current_stock: 20, reorder_level: 10, max_stock: 50 })
      const path = `/inventory/${shelf.id}`
      const { product_id, store_id } = shelf
      const put = await rest(people.north, 'PUT', path, {
        ...{ product_id, store_id, reorder_level: 10, max_stock: 50 },
        current_stock: 8
      })
      assert.deepEqual([put.status, put.body.current_stock, put.body.low_stock], [200, 8, true])
      assert.equal((await live.event('inventory updated')).data.current_stock, 8)
      assert.equal((await rest(people.south, 'PATCH', path, { current_stock: 9 })).status, 403)
      for (const current_stock of [-1, 51]) {
        const { status } = await rest(people.north, 'PATCH', path, { current_stock })
        assert.equal(status, 422, String(current_stock))
      }
      const twice = await rest(people.admin, 'POST', '/inventory', { product_id, store_id })
      assert.deepEqual([twice.status, twice.body.error.code], [409, 'DUPLICATE'])
    })

    it('is paged and filtered by region, category and what is low', async () => {
      const rows: [query: string, expected: number][] = [
        ['store.region=North', 1],
        ['store.region[$in][]=North&store.region[$in][]=South', 2],
        ['product.category.name=Drinks', 1],
        ['low_stock=true', 1],
        [`store_id=${retail.stores.b.id}`, 1]
      ]
      for (const [query, expected] of rows)
        assert.equal((await rest(people.owner, 'GET', `/inventory?${query}`)).body.total, expected, query)
      const { body } = await rest(people.owner, 'GET', '/inventory?page=1&page_size=1')
      assert.deepEqual([body.count, body.results.length, body.previous], [2, 1, null])
      assert.match(body.next, /page=2/)
    })

    it('is told in figures, over time, by category, and where it runs low', async () => {
      const { owner } = people
      const kpi = await rest(owner, 'GET', '/inventory/kpi')
      assert.deepEqual(kpi.body, {
        total_value: 8 * 2.5 + 20 * 40,
        total_units: 28,
        products: 2,
        stores: 2,
        low_stock_alerts: 1,
        out_of_stock: 0
      })
      const trends = await rest(owner, 'GET', '/inventory/trends?days=7')
      assert.deepEqual([trends.body.length, trends.body[6].stock, trends.body[5].stock], [7, 28, 0])
      const categories = await rest(owner, 'GET', '/inventory/categories')
      assert.deepEqual(categories.body.map(({ category }: Json) => category), ['Kitchen', 'Drinks']) // prettier-ignore
      const alerts = await rest(owner, 'GET', '/inventory/alerts/low-stock')
      assert.deepEqual([alerts.body.total, alerts.body.data[0].product, alerts.body.data[0].room], [1, 'Tea', 42]) // prettier-ignore
      assert.equal((await rest(owner, 'GET', '/inventory/kpi?region=South')).body.low_stock_alerts, 0)
      const reports: [string, Answer][] = [['kpi', kpi], ['categories', categories], ['low_stock_alerts', alerts]] // prettier-ignore
      for (const [name, answer] of reports)
        assert.deepEqual(await live.call(name, 'inventory', {}), answer.body, name)
      assert.equal((await rest(people.anonymous, 'GET', '/inventory/kpi')).status, 401)
    })
  })

  describe('a replenishment', () => {
    it('is asked for by the store, approved and fulfilled by staff, and then stands on the shelf', async () => {
      const body = { store_id: retail.stores.a.id, product_id: retail.tea.id, quantity: 30 }
      assert.equal((await rest(people.south, 'POST', '/replenishments', body)).status, 403)
      const made = await rest(people.north, 'POST', '/replenishments', body)
      assert.deepEqual([made.status, made.body.status, made.body.approved_at], [201, 'pending', null])
      const path = `/replenishments/${made.body.id}`
      assert.equal((await rest(people.north, 'PATCH', `${path}/approve`)).status, 403)
      assert.equal((await rest(people.manager, 'PATCH', `${path}/fulfill`)).status, 409)
      const approved = await rest(people.manager, 'PATCH', `${path}/approve`)
      const { status, approved_by, approved_at } = approved.body
      assert.deepEqual([approved.status, status, approved_by], [200, 'approved', people.manager.id])
      assert.ok(approved_at)
      const admins = await retail.world.socket(people.admin)
      const fulfilled = await admins.call('fulfill', 'replenishments', { id: made.body.id })
      assert.deepEqual([fulfilled.status, Boolean(fulfilled.fulfilled_at)], ['fulfilled', true])
      assert.equal((await rest(people.admin, 'PATCH', `${path}/fulfill`)).status, 409)
      await live.event(
        'inventory patched',
        ({ id, current_stock }) => id === shelf.id && current_stock === 38
      )
      assert.deepEqual((await rest(people.owner, 'GET', path)).body, fulfilled)
    })

    it('is never more than the shelf holds', async () => {
      const body = { store_id: retail.stores.a.id, product_id: retail.tea.id, quantity: 13 }
      const { id } = (await rest(people.north, 'POST', '/replenishments', body)).body
      await rest(people.admin, 'PATCH', `/replenishments/${id}/approve`)
      const { status, body: refusal } = await rest(people.admin, 'PATCH', `/replenishments/${id}/fulfill`)
      assert.deepEqual([status, refusal.error.code, refusal.error.details[0].expected], [409, 'STOCK_LIMIT', 12]) // prettier-ignore
      assert.equal((await rest(people.owner, 'GET', `/replenishments/${id}`)).body.status, 'approved')
      assert.equal((await rest(people.owner, 'GET', `/inventory/${shelf.id}`)).body.current_stock, 38)
      const list = await rest(people.owner, 'GET', `/replenishments?status=approved,fulfilled&store_id=${body.store_id}`) // prettier-ignore
      assert.equal(list.body.total, 2)
    })
  })

  describe('products and people', () => {
    it('are listed by category and brand, hidden ones left out', async () => {
      await retail.product({ name: 'Cola', brand: 'Fizz', category_id: retail.categories.drinks.id })
      const categories = await rest(people.anonymous, 'GET', '/products/categories/list')
      assert.deepEqual(
        categories.body.map(({ name, products }: Json) => [name, products]),
        [['Drinks', 2], ['Kitchen', 1]] // prettier-ignore
      )
      const brands = await rest(people.anonymous, 'GET', '/products/brands/list')
      assert.deepEqual(brands.body, [{ brand: 'Fizz', products: 1 }])
      assert.deepEqual(await live.call('category_list', 'products', {}), categories.body)
      assert.deepEqual(await live.call('brand_list', 'products', {}), brands.body)
      assert.equal((await rest(people.owner, 'GET', '/products?brand=Fizz')).body.total, 1)
    })

    it('are made and found by role by the admin', async () => {
      const body = { email: 'new@example.com', username: 'newcomer', password: PASSWORD, role: 'manager' }
      const made = await rest(people.admin, 'POST', '/users', body)
      assert.deepEqual([made.status, made.body.role], [201, 'manager'])
      const found = await rest(people.admin, 'GET', '/users/role/manager?sort=id')
      assert.deepEqual(ids(found), [people.manager.id, made.body.id])
      const admins = await retail.world.socket(people.admin)
      assert.deepEqual(await admins.call('by_role', 'users', { role: 'manager', sort: 'id' }), found.body)
      assert.equal((await rest(people.manager, 'GET', '/users/role/manager')).status, 403)
      assert.equal((await rest(people.admin, 'GET', '/users/role/emperor')).status, 422)
    })
  })
})
