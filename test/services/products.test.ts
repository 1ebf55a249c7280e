import assert from 'node:assert/strict'
import { statementsOf } from '../helpers/statements'
import type { Json } from '../helpers/world'
import { Shop } from './shop'

describe('products', () => {
  let shop: Shop
  before(async () => {
    shop = await Shop.open()
  })
  after(() => shop.world.close())

  it('are made by the admin, with one spelling of each sku', async () => {
    const { world, cast } = shop
    const product = await shop.product({ sku: 'abc-1', price: 19.99, cost: 7.77, tags: ['new'], attributes: { color: 'red' } }) // prettier-ignore
    assert.deepEqual([product.sku, product.price, product.cost], ['ABC-1', 19.99, 7.77])
    const body = { name: 'Again', sku: 'Abc-1', price: 1 }
    assert.equal((await world.rest(cast.admin, 'POST', '/products', { body })).body.error.code, 'DUPLICATE')
    for (const person of [cast.owner, cast.manager])
      assert.equal(
        (await world.rest(person, 'POST', '/products', { body: { ...body, sku: 'X-9' } })).status,
        403
      )
    assert.equal((await world.rest(cast.anonymous, 'POST', '/products', { body })).status, 401)
    const wrong: [fields: Json, field: string][] = [
      [{ price: -0.01 }, 'price'], [{ price: 1.005 }, 'price'], [{ sku: 'ab' }, 'sku'], [{ name: '' }, 'name'], [{ stock_quantity: -1 }, 'stock_quantity'], [{ cost: -1 }, 'cost']
    ] // prettier-ignore
    for (const [fields, field] of wrong) {
      const answer = await world.rest(cast.admin, 'POST', '/products', {
        body: { ...body, sku: 'Y-9', ...fields }
      })
      assert.deepEqual([answer.status, answer.body.error.field], [422, field])
    }
  })

  it('show their cost to staff only, in answers, queries and events', async () => {
    const { world, cast } = shop
    const [mine, managers] = await Promise.all(
      [cast.owner, cast.manager].map((person) => world.socket(person))
    )
    const { id } = await shop.product({ cost: 4.2, name: 'Costly' })
    for (const person of [cast.owner, cast.anonymous]) {
      assert.ok(!('cost' in (await world.rest(person, 'GET', `/products/${id}`)).body))
      for (const query of ['cost=4.2', 'min_cost=1', 'sort=cost', 'fields=cost', '$or[0][cost]=4.2'])
        assert.equal((await world.rest(person, 'GET', `/products?${query}`)).status, 403, query)
    }
    for (const person of [cast.manager, cast.admin]) assert.equal((await world.rest(person, 'GET', `/products/${id}`)).body.cost, 4.2) // prettier-ignore
    assert.ok(!('cost' in (await mine!.event('products created', (data) => data.id === id)).data))
    assert.equal((await managers!.event('products created', (data) => data.id === id)).data.cost, 4.2)
  })

  it('are hidden by removing and brought back by restoring', async () => {
    const { world, cast } = shop
    const { id, sku } = await shop.product({ name: 'Phoenix' })
    await world.settled()
    const people = [cast.owner, cast.anonymous, cast.manager]
    const sockets = await Promise.all(people.map((person) => world.socket(person)))
    for (const person of [cast.owner, cast.manager]) assert.equal((await world.rest(person, 'DELETE', `/products/${id}`)).status, 403) // prettier-ignore
    const removed = await world.rest(cast.admin, 'DELETE', `/products/${id}`)
    assert.deepEqual([removed.status, removed.body.id], [200, id])
    for (const person of [...people, cast.admin]) {
      assert.equal((await world.rest(person, 'GET', `/products/${id}`)).status, 404)
      assert.equal((await world.rest(person, 'GET', '/products?name=Phoenix')).body.total, 0)
    }
    for (const method of ['PATCH', 'DELETE'])
      assert.equal((await world.rest(cast.admin, method, `/products/${id}`, method === 'PATCH' ? { body: { price: 1 } } : {})).status, 404) // prettier-ignore
    const other = await world.rest(cast.admin, 'POST', '/products', {
      body: { name: 'Other', sku, price: 1 }
    })
    assert.deepEqual([other.status, other.body.error.field], [409, 'sku'], 'it could not come back otherwise')
    for (const person of [cast.owner, cast.manager]) assert.equal((await world.rest(person, 'POST', `/products/${id}/restore`, { body: {} })).status, 403) // prettier-ignore
    const restored = await world.rest(cast.admin, 'POST', `/products/${id}/restore`, { body: {} })
    assert.deepEqual([restored.status, restored.body.name], [200, 'Phoenix'])
    const again = await world.rest(cast.admin, 'POST', `/products/${id}/restore`, { body: {} })
    assert.deepEqual([again.status, again.body.error.code], [409, 'CONFLICT'])
    assert.equal((await world.rest(cast.admin, 'POST', '/products/999999/restore', { body: {} })).status, 404)
    assert.equal((await world.rest(cast.anonymous, 'GET', `/products/${id}`)).status, 200)
    await world.settled()
    for (const socket of sockets)
      assert.deepEqual(await socket.drained(), ['products removed', 'products created', 'products restore'])
  })

  it('are restored by the server itself as well', async () => {
    const { world } = shop
    const { id } = await shop.product()
    const products = world.app.service('products') as unknown as Record<
      string,
      (arg: unknown) => Promise<Json>
    >
    await products.remove!(id)
    await assert.rejects(() => products.get!(id), { code: 404 })
    assert.equal((await products.restore!({ id })).id, id)
    await assert.rejects(() => products.restore!({ id }), { code: 409 })
  })

  it('keep a sku that was removed', async () => {
    const { world, cast } = shop
    const { id } = await shop.product({ sku: 'kept-1' })
    await world.rest(cast.admin, 'DELETE', `/products/${id}`)
    const body = { name: 'Other', sku: 'KEPT-1', price: 1 }
    assert.equal((await world.rest(cast.admin, 'POST', '/products', { body })).body.error.code, 'DUPLICATE')
  })

  it('have their cost written by managers, who write nothing else of them', async () => {
    const { world, cast } = shop
    const before = await shop.product({ cost: 4, featured: true, name: 'Margin' })
    await world.settled()
    const [watching, outside] = await Promise.all([cast.admin, cast.anonymous].map((person) => world.socket(person)))
    const path = `/products/${before.id}`
    const written = await world.rest(cast.manager, 'PATCH', path, { body: { cost: 5.5 } })
    assert.deepEqual([written.status, written.body.cost], [200, 5.5])
    await watching!.event('products patched', ({ cost }) => cost === 5.5)
    await world.settled()
    const changes = () => world.sql(`select id from changes where resource = 'products' and record_id = $1`, [before.id])
    const known = (await changes()).length
    for (const body of [{ price: 1 }, { name: 'x' }, { cost: 1, stock_quantity: 9 }, { is_active: false }, { category_id: 1 }]) {
      const refused = await world.rest(cast.manager, 'PATCH', path, { body })
      assert.deepEqual([refused.status, refused.body.error.field], [403, Object.keys(body).at(-1)])
    }
    for (const person of [cast.owner, cast.stranger]) assert.equal((await world.rest(person, 'PATCH', path, { body: { cost: 1 } })).status, 403)
    for (const method of ['DELETE', 'POST']) assert.equal((await world.rest(cast.manager, method, method === 'POST' ? '/products' : path, { body: method === 'POST' ? { name: 'N', sku: 'NEW-1', price: 1 } : undefined })).status, 403)
    assert.equal((await changes()).length, known, 'nothing was changed')
    const { updated_at: _, ...after } = (await world.rest(cast.admin, 'GET', path)).body
    const { updated_at: _before, ...expected } = { ...before, cost: 5.5 } as Json
    assert.deepEqual(after, expected, 'nothing but the cost')
    assert.ok(!JSON.stringify(outside!.events).includes('5.5'))
  }) // prettier-ignore

  it('leave sight when they are switched off, for all but staff', async () => {
    const { world, cast } = shop
    const { id } = await shop.product()
    await world.settled()
    const [mine, managers] = await Promise.all(
      [cast.owner, cast.manager].map((person) => world.socket(person))
    )
    await world.rest(cast.admin, 'PATCH', `/products/${id}`, { body: { is_active: false } })
    assert.equal((await world.rest(cast.owner, 'GET', `/products/${id}`)).status, 404)
    assert.equal((await world.rest(cast.manager, 'GET', `/products/${id}`)).status, 200)
    await world.rest(cast.admin, 'PATCH', `/products/${id}`, { body: { is_active: true } })
    await world.settled()
    assert.deepEqual(await mine!.drained(), ['products removed', 'products created'])
    assert.deepEqual(await managers!.drained(), ['products patched', 'products patched'])
  })

  it('have a history of who changed what', async () => {
    const { world, cast } = shop
    const { id } = await shop.product({ cost: 5, price: 10 })
    await world.rest(cast.admin, 'PATCH', `/products/${id}`, { body: { cost: 6, price: 12 } })
    const history = async (person = cast.admin) => (await world.rest(person, 'GET', `/products/${id}/history?limit=1`)).body // prettier-ignore
    const { total, limit, data } = await history()
    assert.deepEqual([total, limit, data[0].user_id], [2, 1, cast.admin.id])
    const { updated_at: _at, ...changes } = data[0].changes
    assert.deepEqual(changes, { cost: { from: 5, to: 6 }, price: { from: 10, to: 12 } })
    const [seen] = (await history(cast.owner)).data
    assert.ok(!('cost' in seen.changes) && seen.user_id === null)
    assert.equal((await world.rest(cast.admin, 'GET', `/products/${id}/history?limit=0`)).status, 422)
    assert.equal((await world.rest(cast.admin, 'GET', `/products/${id}/history?sort=id`)).status, 400)
  })

  describe('lists', () => {
    before(async () => {
      const { world, cast } = shop
      await world.sql('update products set is_active = false')
      const category = async (name: string, fields: Json = {}) =>
        (await world.rest(cast.admin, 'POST', '/categories', { body: { name, slug: name.toLowerCase(), ...fields } })).body // prettier-ignore
      const [tea, cups, secret] = [await category('Tea'), await category('Cups'), await category('Secret', { is_active: false })] // prettier-ignore
      await category('Empty')
      const hidden = { is_active: false }
      await shop.product({ category_id: tea.id, brand: 'Barb' })
      await shop.product({ category_id: tea.id, brand: 'Rachis' })
      await shop.product({ category_id: cups.id, brand: 'Barb' })
      await shop.product({ category_id: secret.id, brand: 'Barb' })
      await shop.product()
      await shop.product({ category_id: cups.id, brand: 'Barb', ...hidden })
      await shop.product({ category_id: cups.id, brand: 'Hidden', ...hidden })
      const { id } = await shop.product({ category_id: cups.id, brand: 'Gone' })
      await world.rest(cast.admin, 'DELETE', `/products/${id}`)
    })

    it('tell categories and brands with how many there are, of what everybody sees', async () => {
      const { world, cast } = shop
      for (const person of [cast.anonymous, cast.owner, cast.admin]) {
        const socket = await world.socket(person)
        const categories = await world.rest(person, 'GET', '/products/categories/list')
        assert.equal(categories.status, 200)
        assert.deepEqual(
          categories.body.map(({ id: _, ...rest }: Json) => rest),
          [{ name: 'Cups', slug: 'cups', products: 1 }, { name: 'Tea', slug: 'tea', products: 2 }] // prettier-ignore
        )
        const brands = await world.rest(person, 'GET', '/products/brands/list')
        assert.deepEqual(brands.body, [{ brand: 'Barb', products: 3 }, { brand: 'Rachis', products: 1 }]) // prettier-ignore
        assert.deepEqual(await socket.call('category_list', 'products', {}), categories.body)
        assert.deepEqual(await socket.call('brand_list', 'products', {}), brands.body)
      }
    })

    it('take one statement each, and no parameters', async () => {
      const { world, cast } = shop
      for (const path of ['/products/categories/list', '/products/brands/list']) {
        assert.equal((await statementsOf(() => world.rest(cast.anonymous, 'GET', path))).length, 1)
        assert.equal((await world.rest(cast.anonymous, 'GET', `${path}?brand=Barb`)).status, 400)
        for (const method of ['PUT', 'DELETE'])
          assert.equal(
            (await world.rest(cast.admin, method, path, method === 'PUT' ? { body: {} } : {})).status,
            405
          )
      }
    })
  })
})
