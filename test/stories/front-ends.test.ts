import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Answer, Json, Person } from '../helpers/world'
import type { Retail } from '../services/retail'
import { ids, openRetail } from '../services/retail'

const PAGES = path.join(__dirname, '../../pages')

/**
 * What the pages of `pages/` call, read off their sources: `products.find`. Lists are found by `find`, and followed by its events. The reports of
 * the inventory and the steps of replenishments, which they choose by a variable, are told in retail.test.ts.
 */
const calledByPages = (): string[] => {
  const files = readdirSync(PAGES, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.tsx?$/.test(name)
  )
  const texts = files.map((name) => readFileSync(path.join(PAGES, name), 'utf8')).join('\n')
  const calls = [...texts.matchAll(/\.service\('([\w-]+)'\)[^.[]*\s*\.(\w+)[(<]/g)].map(([, service, method]) => `${service}.${method}`) // prettier-ignore
  const named = [...texts.matchAll(/path: '([\w-]+)', method: '(\w+)'/g)].map(([, service, method]) => `${service}.${method}`) // prettier-ignore
  const lists = [...texts.matchAll(/(?:useLive\(client, |client\.on\()'([\w-]+)'/g)].map(([, service]) => `${service}.find`) // prettier-ignore

  return [...new Set([...calls, ...named, ...lists])].sort()
}

/** Told below. */
const TOLD = ['admin.description', 'analytics.sales', 'categories.tree', 'inventory.find', 'inventory.history', 'inventory.patch', 'order-items.find', 'orders.cancel', 'orders.create', 'orders.find', 'orders.stock_check', 'product-images.find', 'products.brand_list', 'products.category_list', 'products.find', 'products.get', 'products.terms', 'replenishments.create', 'replenishments.find', 'stores.create', 'stores.find', 'stores.region_options', 'stores.region_summary', 'users.find', 'users.patch'] // prettier-ignore

describe('story of the front ends: what the pages of seeds 003 and 004 ask for', () => {
  let retail: Retail
  let people: Retail['people']
  const rest = (person: Person, method: string, at: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> =>
    retail.world.rest(person, method, at, { body, headers }) // prettier-ignore

  before(async () => {
    retail = await openRetail()
    people = retail.people
  })
  after(() => retail?.world.close())

  it('is told whole: the pages call nothing that this story leaves out', () => {
    assert.deepEqual(calledByPages(), TOLD)
  })

  it('a visitor sees what is for sale, in its categories, with its pictures and what it costs besides', async () => {
    const { anonymous } = people
    const tree = await rest(anonymous, 'GET', '/categories/tree')
    assert.deepEqual(tree.body.map(({ name }: Json) => name), ['Drinks', 'Kitchen']) // prettier-ignore
    const counts = await rest(anonymous, 'GET', '/products/categories/list')
    assert.deepEqual(counts.body.map(({ products }: Json) => products), [1, 1]) // prettier-ignore
    assert.deepEqual((await rest(anonymous, 'GET', '/products/brands/list')).body, [])
    const { drinks, kitchen } = retail.categories
    const query = `is_active=true&category_id[$in][]=${drinks.id}&category_id[$in][]=${kitchen.id}&price[$lte]=5&include=pictures&sort=price`
    const found = await rest(anonymous, 'GET', `/products?${query}`)
    assert.deepEqual([ids(found), found.body.data[0].pictures], [[retail.tea.id], []])
    assert.ok(!('cost' in found.body.data[0]))
    assert.equal((await rest(anonymous, 'GET', `/products/${retail.tea.id}`)).body.name, 'Tea')
    assert.equal((await rest(anonymous, 'GET', `/products/${retail.hidden.id}`)).status, 404)
    const pictures = await rest(anonymous, 'GET', `/product-images?product_id=${retail.tea.id}&sort=position`)
    assert.equal(pictures.body.total, 0)
    const terms = await rest(anonymous, 'GET', '/products/terms')
    assert.deepEqual(terms.body, { currency: 'USD', tax_rate: 0.08, shipping_amount: 9.99, free_shipping_from: 50 }) // prettier-ignore
    const socket = await retail.world.socket()
    assert.deepEqual(await socket.call('terms', 'products', {}), terms.body)
  })

  it('a customer orders what is in the cart once, however often it is sent, and cancels it', async () => {
    const { owner, stranger, admin } = people
    await rest(admin, 'PATCH', `/products/${retail.tea.id}`, { stock_quantity: 5 })
    const body = {
      items: [{ product_id: retail.tea.id, quantity: 2 }],
      shipping_address: { city: 'Port' },
      payment_method: 'invoice'
    }
    const key = { 'Idempotency-Key': crypto.randomUUID() }
    const made = await rest(owner, 'POST', '/orders', body, key)
    const again = await rest(owner, 'POST', '/orders', body, key)
    assert.deepEqual([made.status, again.body.id], [201, made.body.id])
    const nobody = await rest(owner, 'POST', '/orders', { ...body, payment_method: '' })
    assert.deepEqual([nobody.status, nobody.body.error.field], [422, 'payment_method'])
    const own = await rest(owner, 'GET', `/orders?user_id=${owner.id}&sort=-created_at`)
    assert.deepEqual(ids(own), [made.body.id])
    assert.equal((await rest(stranger, 'GET', `/orders?id=${made.body.id}`)).body.total, 0)
    const items = await rest(owner, 'GET', `/order-items?order_id=${made.body.id}`)
    assert.deepEqual(items.body.data.map(({ quantity, product_snapshot }: Json) => [quantity, product_snapshot.name]), [[2, 'Tea']]) // prettier-ignore
    assert.equal((await rest(stranger, 'GET', `/order-items?order_id=${made.body.id}`)).body.total, 0)
    assert.equal((await rest(owner, 'POST', `/orders/${made.body.id}/cancel`)).body.status, 'cancelled')
    assert.equal((await rest(owner, 'GET', `/products/${retail.tea.id}`)).body.stock_quantity, 5)
  })

  it('a customer changes their own name, and is told which field is wrong', async () => {
    const { owner } = people
    const wrong = await rest(owner, 'PATCH', `/users/${owner.id}`, { username: 'x' })
    assert.deepEqual([wrong.status, wrong.body.error.field], [422, 'username'])
    assert.equal((await rest(owner, 'PATCH', `/users/${owner.id}`, { first_name: 'Olga' })).body.first_name, 'Olga') // prettier-ignore
    assert.equal((await rest(owner, 'GET', `/users?id=${owner.id}`)).body.data[0].first_name, 'Olga')
    assert.equal((await rest(owner, 'GET', `/users?id=${people.stranger.id}`)).body.total, 0)
  })

  it('who keeps a store sets its levels, which are told with their product and store, and how they moved', async () => {
    const { north, south, owner, anonymous } = people
    const item = await retail.item(retail.stores.a, retail.tea, { current_stock: 4, max_stock: 50 })
    const page = await rest(owner, 'GET', '/inventory?store.region=North&product.category.name=Drinks&low_stock=true&include=product,store&sort=current_stock') // prettier-ignore
    const [shelf] = page.body.data
    assert.deepEqual([page.body.total, shelf.product.name, shelf.store.name], [1, 'Tea', 'North Pier'])
    assert.equal((await rest(south, 'PATCH', `/inventory/${item.id}`, { current_stock: 9 })).status, 403)
    const full = await rest(north, 'PATCH', `/inventory/${item.id}`, { current_stock: 51 })
    assert.equal(full.status, 422)
    assert.deepEqual(full.body.error.details.map(({ field }: Json) => field).sort(), ['current_stock', 'max_stock']) // prettier-ignore
    assert.equal((await rest(north, 'PATCH', `/inventory/${item.id}`, { current_stock: 9 })).status, 200)
    const moved = async (person: Person) => {
      const { body } = await rest(person, 'GET', `/inventory/${item.id}/history`)
      const { changes, user_id } = body.data.find(({ changes: told }: Json) => told.current_stock?.to === 9)
      return [changes.current_stock.from, user_id]
    }
    assert.deepEqual(await moved(north), [4, north.id])
    // Whoever may not see a user is not told that it was they.
    assert.deepEqual(await moved(owner), [4, null])
    assert.equal((await rest(anonymous, 'GET', `/inventory/${item.id}/history`)).status, 401)
  })

  it('offers each person what their rules allow, and no more', async () => {
    const offered = async (person: Person, resource: string) => {
      const { body } = await rest(person, 'GET', '/admin/description')
      const found = body.resources.find(({ name }: Json) => name === resource)
      return (found?.operations ?? []).map(({ name }: Json) => name) as string[]
    }
    assert.ok(!(await offered(people.anonymous, 'inventory')).includes('find'))
    assert.ok(!(await offered(people.owner, 'replenishments')).includes('approve'))
    assert.ok((await offered(people.manager, 'replenishments')).includes('approve'))
    assert.ok((await offered(people.north, 'replenishments')).includes('create'))
    assert.ok(!(await offered(people.manager, 'stores')).includes('create'))
    assert.ok((await offered(people.admin, 'analytics')).includes('sales'))
    assert.ok(!(await offered(people.manager, 'orders')).includes('stock_check'))
  })

  it('stores are opened by administrators, and what they ask for is listed by its state', async () => {
    const { admin, manager, north, owner } = people
    const wrong = await rest(admin, 'POST', '/stores', { name: 'East End', region: '' })
    assert.deepEqual([wrong.status, wrong.body.error.field], [422, 'region'])
    assert.equal((await rest(manager, 'POST', '/stores', { name: 'East End', region: 'East' })).status, 403)
    assert.equal((await rest(admin, 'POST', '/stores', { name: 'East End', region: 'East' })).status, 201)
    const stores = await rest(owner, 'GET', '/stores?sort=name')
    assert.deepEqual(stores.body.data.map(({ name }: Json) => name), ['East End', 'North Pier', 'South Gate']) // prettier-ignore
    assert.equal((await rest(owner, 'GET', '/stores/regions/options')).body.length, 3)
    assert.equal((await rest(owner, 'GET', '/stores/regions/summary')).body[0].region, 'East')
    const asked = { store_id: retail.stores.a.id, product_id: retail.tea.id, quantity: 0 }
    const none = await rest(north, 'POST', '/replenishments', asked)
    assert.deepEqual([none.status, none.body.error.field], [422, 'quantity'])
    assert.equal((await rest(north, 'POST', '/replenishments', { ...asked, quantity: 4 })).status, 201)
    assert.equal((await rest(owner, 'GET', '/replenishments?status=pending')).body.total, 1)
    assert.equal((await rest(owner, 'GET', '/replenishments?status=approved')).body.total, 0)
    assert.equal((await rest(admin, 'GET', '/analytics/sales?days=30')).body.total_orders, 0)
    assert.equal((await rest(admin, 'GET', '/orders/health/stock-check')).body.total, 2)
  })
})
