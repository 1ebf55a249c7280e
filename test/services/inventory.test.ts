import assert from 'node:assert/strict'
import type { Json } from '../helpers/world'
import { anonymous } from '../helpers/world'
import { assertRefused } from '../input/contract'
import type { Retail } from './retail'
import { ids, openRetail } from './retail'

describe('inventory', () => {
  let retail: Retail
  let tea: Json
  let kettle: Json
  const row = async (id: number) => (await retail.world.sql('select * from inventory where id = $1', [id]))[0]
  const count = async () => (await retail.world.sql('select count(*)::int as n from inventory'))[0]!.n

  before(async () => {
    retail = await openRetail()
    const { item, stores } = retail
    tea = await item(stores.a, retail.tea)
    kettle = await item(stores.b, retail.kettle, { current_stock: 5 })
  })
  after(() => retail.world.close())

  describe('is kept', () => {
    it('by the manager of its store, who is nobody in another', async () => {
      const { rest, people, product, stores } = retail
      const { north, south } = people
      const thing = await product()
      const body = { product_id: thing.id, store_id: stores.a.id, current_stock: 3 }
      const made = await rest(north, 'POST', '/inventory', { body })
      assert.deepEqual([made.status, made.body.low_stock, made.body.max_stock], [201, true, 100])
      const path = `/inventory/${made.body.id}`
      assert.equal((await rest(north, 'PATCH', path, { body: { current_stock: 30 } })).body.low_stock, false)
      assert.equal((await rest(north, 'PUT', path, { body: { ...body, max_stock: 60 } })).body.max_stock, 60)
      for (const [method, call] of [['PATCH', { body: { current_stock: 0 } }], ['PUT', { body }], ['DELETE', {}]] as const)
        assert.equal((await rest(south, method, path, call)).status, 403, method)
      assert.equal((await row(made.body.id))!.current_stock, 3)
      assert.equal((await rest(north, 'DELETE', path)).status, 200)
    }) // prettier-ignore

    it('by nobody else, whatever their role, not even in a batch with their own', async () => {
      const { rest, people, product, stores, world } = retail
      const thing = await product()
      const body = { product_id: thing.id, store_id: stores.b.id }
      const before = await count()
      for (const person of [people.north, people.manager, people.stranger, people.owner])
        assert.equal((await rest(person, 'POST', '/inventory', { body })).status, 403, person.name)
      assert.equal((await rest(anonymous, 'POST', '/inventory', { body })).status, 401)
      const both = [{ ...body, store_id: stores.a.id }, body]
      assert.equal((await rest(people.north, 'POST', '/inventory', { body: both })).status, 403)
      const socket = await world.socket(people.north)
      assert.equal((await socket.refusal('create', 'inventory', body)).code, 403)
      assert.equal((await socket.refusal('patch', 'inventory', kettle.id, { current_stock: 1 })).code, 403)
      assert.equal(await count(), before)
      assert.equal((await row(kettle.id))!.current_stock, 5)
    })

    it('and not moved out of reach or into it: the row is checked as it was and as it becomes', async () => {
      const { rest, people, stores, world } = retail
      const { north, admin } = people
      await world.settled()
      const socket = await world.socket(people.stranger)
      const out = await rest(north, 'PATCH', `/inventory/${tea.id}`, { body: { store_id: stores.b.id } })
      assert.equal(out.status, 403)
      const { id: _, low_stock: _l, created_at: _c, updated_at: _u, ...fields } = tea
      const body = { ...fields, store_id: stores.b.id }
      assert.equal((await rest(north, 'PUT', `/inventory/${tea.id}`, { body })).status, 403)
      const into = await rest(north, 'PATCH', `/inventory/${kettle.id}`, { body: { store_id: stores.a.id } })
      assert.equal(into.status, 403)
      assert.deepEqual([(await row(tea.id))!.store_id, (await row(kettle.id))!.store_id].map(Number), [stores.a.id, stores.b.id])
      await world.settled()
      assert.deepEqual(await socket.drained(), [], 'a refused move tells nobody')
      assert.equal((await rest(admin, 'PATCH', `/inventory/${tea.id}`, { body: { store_id: stores.b.id } })).status, 200)
      assert.equal((await rest(admin, 'PATCH', `/inventory/${tea.id}`, { body: { store_id: stores.a.id } })).status, 200)
    }) // prettier-ignore
  })

  describe('refuses', () => {
    const patch = (body: Json) => retail.rest(retail.people.north, 'PATCH', `/inventory/${tea.id}`, { body })

    it('more than its maximum, and says which fields, and why', async () => {
      for (const body of [{ current_stock: 101 }, { max_stock: 49 }]) {
        const { status, body: answer } = await patch(body)
        assert.equal(status, 422)
        assert.equal(answer.message, 'current_stock must be at most max_stock')
        assert.deepEqual(answer.error.details.map(({ field, rule }: Json) => [field, rule]), [['current_stock', 'check'], ['max_stock', 'check']])
        assert.equal(answer.error.details[1].message, 'must be at least current_stock')
      }
      const body = { store_id: retail.stores.a.id, product_id: retail.kettle.id, current_stock: 101 }
      assert.equal((await retail.rest(retail.people.north, 'POST', '/inventory', { body })).status, 422)
      assert.equal((await row(tea.id))!.current_stock, 50)
    }) // prettier-ignore

    it('less than nothing, a second row of one product in one store, and what it computes itself', async () => {
      const { rest, people, stores } = retail
      assert.equal((await patch({ current_stock: -1 })).body.error.details[0].rule, 'minimum')
      assert.equal((await patch({ low_stock: true })).body.error.field, 'low_stock')
      const body = { product_id: retail.tea.id, store_id: stores.a.id }
      const twice = await rest(people.north, 'POST', '/inventory', { body })
      assert.deepEqual([twice.status, twice.body.error.code], [409, 'DUPLICATE'])
      assert.deepEqual(
        twice.body.error.details.map(({ field }: Json) => field),
        ['product_id', 'store_id']
      )
      const nowhere = await rest(people.admin, 'POST', '/inventory', { body: { ...body, store_id: 999_999 } })
      assert.deepEqual([nowhere.status, nowhere.body.error.field], [409, 'store_id'])
    })

    it('a product that was removed, but not a change of what is kept of it', async () => {
      const { rest, people, item, product, stores } = retail
      const gone = await product()
      const { id } = await item(stores.a, gone)
      await rest(people.admin, 'DELETE', `/products/${gone.id}`)
      const body = { store_id: stores.b.id, product_id: gone.id }
      const calls: [string, string, unknown][] = [['POST', '/inventory', body], ['POST', '/inventory', [body]], ['PATCH', `/inventory/${tea.id}`, { product_id: gone.id }], ['POST', '/replenishments', { ...body, quantity: 1 }]]
      for (const [method, path, data] of calls) {
        const refused = await rest(people.admin, method, path, { body: data as Json })
        assert.deepEqual([refused.status, refused.body.error.code, refused.body.error.field], [409, 'MISSING_REFERENCE', 'product_id'], `${method} ${path}`)
      }
      const stranger = await rest(people.south, 'PATCH', `/inventory/${tea.id}`, { body: { product_id: gone.id } })
      assert.equal(stranger.status, 403)
      const kept = await rest(people.north, 'PUT', `/inventory/${id}`, { body: { ...body, store_id: stores.a.id, current_stock: 7, reorder_level: 1, max_stock: 9 } })
      assert.deepEqual([kept.status, kept.body.current_stock], [200, 7])
    }) // prettier-ignore

    it('what SQL by hand would put above the maximum', async () => {
      const broken = retail.world.sql('update inventory set current_stock = 101 where id = $1', [tea.id])
      await assert.rejects(broken, /inventory_in_bounds_check/)
    })
  })

  describe('is found', () => {
    let west: Json
    let rows: Record<string, Json>
    before(async () => {
      const { make, item, product, categories, hidden } = retail
      west = await make('/stores', { name: 'West End', region: 'West' })
      const [mug, pot] = [await product({ name: 'Mug', category_id: categories.kitchen.id }), await product({ name: 'Pot' })]
      rows = {
        mug: await item(west, mug, { current_stock: 2 }),
        pot: await item(west, pot, { current_stock: 2 }),
        full: await item(west, retail.kettle, { current_stock: 90 }),
        hidden: await item(west, hidden, { current_stock: 1 })
      }
    }) // prettier-ignore

    const found = async (query: string, person = retail.people.stranger) =>
      ids(await retail.rest(person, 'GET', `/inventory?${query}`))

    it('by its store and product, and by being low', async () => {
      const { categories, people } = retail
      const kitchen = `product.category_id=${categories.kitchen.id}`
      assert.deepEqual(await found(`store.region=West&${kitchen}&low_stock=true`), [rows.mug!.id])
      assert.deepEqual(await found(`store.region=West&${kitchen}`), [rows.mug!.id, rows.full!.id])
      assert.deepEqual(await found('store.region=West&low_stock=true'), [rows.mug!.id, rows.pot!.id, rows.hidden!.id])
      assert.deepEqual(await found(`store.region[$in][]=West&store.region[$in][]=South&${kitchen}&low_stock=true`), [kettle.id, rows.mug!.id])
      assert.deepEqual(await found('product.category.slug=kitchen&store.name=West End&sort=-current_stock'), [rows.full!.id, rows.mug!.id])
      assert.deepEqual(await found(`product.category_id=${categories.drinks.id}&store.region=West`), [], 'the hidden product')
      assert.deepEqual(await found(`product.category_id=${categories.drinks.id}&store.region=West`, people.manager), [rows.hidden!.id])
    }) // prettier-ignore

    it('by as many terms in all, however many relations they go through', async () => {
      const asked = (count: number) => Array.from({ length: count }, (_, index) => `$or[${index}][store.region]=r${index}`).join('&') // prettier-ignore
      const answer = (count: number) =>
        retail.rest(retail.people.stranger, 'GET', `/inventory?${asked(count)}`)
      assert.equal((await answer(30)).status, 200)
      assertRefused(await answer(60), { code: 'BAD_QUERY', field: 'store.region' })
    })

    it('by nothing that the reader may not know', async () => {
      const { rest, people } = retail
      for (const [query, status] of [['product.cost=1', 403], ['product.nme=x', 400], ['shop.region=West', 400], ['low_stock=maybe', 422]])
        assert.equal((await rest(people.stranger, 'GET', `/inventory?${query}`)).status, status, String(query))
      assert.equal((await rest(people.manager, 'GET', '/inventory?product.cost=1')).status, 200)
      assert.equal((await rest(anonymous, 'GET', '/inventory')).status, 401)
    }) // prettier-ignore

    it('low in the event that makes it so, also by SQL', async () => {
      const { world, people } = retail
      await world.settled()
      const socket = await world.socket(people.stranger)
      await world.sql('update inventory set current_stock = 7 where id = $1', [rows.full!.id])
      const { data } = await socket.event('inventory patched')
      assert.deepEqual([data.id, data.current_stock, data.low_stock], [rows.full!.id, 7, true])
      await world.sql('update inventory set current_stock = 90 where id = $1', [rows.full!.id])
      await world.settled()
      assert.deepEqual(await socket.drained(), ['inventory patched', 'inventory patched'])
    })
  })
})
