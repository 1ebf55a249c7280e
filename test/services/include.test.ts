import assert from 'node:assert/strict'
import {
  anyone,
  belongsTo,
  defineResource,
  nullable,
  role,
  text,
  withDefault,
  textArray
} from '../../packages/rachis/src/declare'
import type { AnyResource } from '../../packages/rachis/src/declare'
import { statementsOf } from '../helpers/statements'
import type { Json, Person } from '../helpers/world'
import { anonymous } from '../helpers/world'
import type { Retail } from './retail'
import { openRetail } from './retail'

const refers = (resource: string, allow_unreadable = false) =>
  nullable(belongsTo(resource as never, { allow_unreadable }))
/** Leads to what nobody may read, by a key that only some may read, and to itself. */
const links = defineResource('links', {
  fields: { name: text({ maxLength: 50 }), data: withDefault(textArray(), []), store_id: refers('stores'), vault_id: refers('vaults', true), link_id: refers('links') },
  relations: {
    store: { one: 'store_id' }, vault: { one: 'vault_id' }, next: { one: 'link_id' }, previous: { many: 'links' as never, by: 'link_id' }
  },
  access: { read: anyone, create: role('admin'), fields: { store_id: { read: role('admin') } } }
}) as unknown as AnyResource // prettier-ignore
const vaults = defineResource('vaults', {
  fields: { combination: text({ maxLength: 50 }) },
  access: { create: role('admin') }
}) as unknown as AnyResource

describe('include', () => {
  let retail: Retail
  let people: Retail['people']
  let chain: Json[]
  const ask = (path: string, person: Person = people.stranger) => retail.rest(person, 'GET', path)
  const rows = async (path: string, person?: Person): Promise<Json[]> => (await ask(path, person)).body.data

  before(async () => {
    retail = await openRetail({ resources: [vaults, links] })
    people = retail.people
    const { item, stores, tea, kettle, hidden, make } = retail
    await item(stores.a, tea)
    await item(stores.a, kettle)
    await item(stores.b, hidden)
    const vault = await make('/vaults', { combination: '1234' })
    chain = []
    for (const name of ['a', 'b', 'c', 'd', 'e'])
      chain.push(await make('/links', { name, store_id: stores.a.id, vault_id: vault.id, link_id: chain.at(-1)?.id ?? null }))
  }) // prettier-ignore
  after(() => retail.world.close())

  it('answers related records along, nested, in either spelling', async () => {
    const { tea, stores, categories } = retail
    const { cost: _, ...shown } = tea
    const expected = { ...shown, category: categories.drinks }
    const [first] = await rows('/inventory?include=product.category,store&sort=id')
    assert.deepEqual([first!.product, first!.store], [expected, stores.a])
    const [same] = await rows('/inventory?$include[]=product.category&$include[]=store&$sort[id]=1')
    assert.deepEqual(same, first)
    const one = await ask(`/inventory/${first!.id}?include=store,product,product.category`)
    assert.deepEqual(one.body, first)
    const socket = await retail.world.socket(people.stranger)
    assert.deepEqual(
      await socket.call('get', 'inventory', first!.id, { $include: ['store', 'product.category'] }),
      first
    )
  })

  it('shows each related record under its own rule, and with the columns of its reader', async () => {
    const { hidden } = retail
    const [, , last] = await rows('/inventory?include=product&sort=id')
    assert.deepEqual([last!.product_id, last!.product], [hidden.id, null])
    const [first, , seen] = await rows('/inventory?include=product&sort=id', people.manager)
    assert.deepEqual([seen!.product.id, seen!.product.cost, first!.product.cost], [hidden.id, 1, 1])
    for (const { product } of await rows('/inventory?include=product'))
      assert.ok(!product || !('cost' in product))
    const [store] = await rows('/stores?include=manager&sort=id')
    assert.deepEqual(
      [store!.manager_id, store!.manager],
      [people.north.id, null],
      'a user sees themselves only'
    )
    const [own] = await rows('/stores?include=manager&sort=id', people.north)
    assert.equal(own!.manager.email, 'north@example.com')
    assert.ok(!('password' in own!.manager))
  })

  it('answers the many, each once, and an empty list where there are none', async () => {
    const { tea, kettle } = retail
    const [a, b] = await rows('/stores?include=inventory.product,replenishments&sort=id')
    assert.deepEqual(a!.inventory.map(({ product }: Json) => product.id), [tea.id, kettle.id])
    assert.deepEqual([b!.inventory.length, b!.inventory[0].product, b!.replenishments], [1, null, []])
    const [first, last] = [await ask(`/links/${chain[0]!.id}?include=previous`, anonymous), await ask(`/links/${chain[4]!.id}?include=previous,next`, anonymous)]
    assert.deepEqual([first.body.previous[0].name, last.body.previous, last.body.next.name], ['b', [], 'd'])
  }) // prettier-ignore

  it('refuses what is not a relation, and says what it is not', async () => {
    for (const name of ['shop', 'store_id', 'product.shop', '', 'constructor', '__proto__', 'store,,product', 'product..category', '.store']) {
      const { status, body } = await ask(`/inventory?include=${encodeURIComponent(name)}`)
      assert.deepEqual([status, body.error.code], [400, 'BAD_QUERY'], name)
    }
    assert.equal((await ask('/inventory?include[a]=store')).status, 400)
    assert.equal((await ask(`/inventory?include=${Array(30).fill('store').join()}`)).status, 400)
  }) // prettier-ignore

  it('refuses what the reader may not follow, rather than leaving it out', async () => {
    const expected: [path: string, person: Person, status: number][] = [
      ['/links?include=vault', anonymous, 403], ['/links?include=vault', people.admin, 403], ['/links?include=next.vault', people.admin, 403],
      ['/links?include=store', anonymous, 403], ['/links?include=store', people.stranger, 403], ['/links?include=store', people.admin, 200],
      ['/products?include=inventory', anonymous, 403], ['/products?include=inventory', people.stranger, 200],
      [`/links/${chain[1]!.id}?include=vault`, people.admin, 403], ['/links?vault.combination=1234', people.admin, 403]
    ]
    for (const [path, person, status] of expected) assert.equal((await ask(path, person)).status, status, `${person.name} ${path}`)
  }) // prettier-ignore

  it('follows three relations, and no fourth', async () => {
    const { body } = await ask(`/links/${chain[4]!.id}?include=next.next.next`, anonymous)
    assert.equal(body.next.next.next.name, 'b')
    const { status } = await ask(`/links/${chain[4]!.id}?include=next.next.next.next`, anonymous)
    assert.equal(status, 400)
  })

  it('makes no answer of a size that nobody asked for', async () => {
    const { world } = retail
    await world.sql(`insert into products (name, sku, price, brand) select 'Thing ' || n, 'MANY-' || n, 1, 'Many' from generate_series(1, 100) n`)
    await world.sql(`with many as (insert into stores (name, region) select 'Many ' || n, 'Many' from generate_series(1, 3) n returning id)
      insert into inventory (store_id, product_id, current_stock, reorder_level, max_stock) select many.id, products.id, 1, 1, 5 from many, products where brand = 'Many'`)
    const path = '/products?brand=Many&include=inventory.store.inventory'
    const { status, body } = await ask(`${path}&limit=100`)
    assert.deepEqual([status, body.error.code, body.error.field], [400, 'BAD_QUERY', 'include'])
    const few = await rows(`${path}&limit=50`)
    assert.deepEqual([few.length, few[49]!.inventory.length, few[49]!.inventory[2].store.inventory.length], [50, 3, 100])
  }) // prettier-ignore

  it('goes together with a choice of fields, which need not name the keys', async () => {
    const { tea, stores } = retail
    const { id, name } = stores.a
    const [first] = await rows('/inventory?include=product.category,store&fields=current_stock&sort=id')
    assert.deepEqual(Object.keys(first!), ['id', 'current_stock', 'product', 'store'])
    assert.deepEqual([first!.product.category.id, first!.store], [tea.category_id, stores.a])
    const [keyed] = await rows('/inventory?include=store&fields=store_id&sort=id')
    assert.deepEqual(keyed, { id: first!.id, store_id: id, store: stores.a })
    const { body } = await ask(`/stores/${id}?$select[]=name&$include[]=inventory`)
    assert.deepEqual([body.name, body.inventory[0].id, Object.keys(body)], [name, first!.id, ['id', 'name', 'inventory']])
    const socket = await retail.world.socket(people.stranger)
    const query = { $select: ['current_stock'], $include: ['product.category', 'store'] }
    assert.deepEqual(await socket.call('get', 'inventory', first!.id, query), first)
  }) // prettier-ignore

  it('belongs to the answer of a write as well, and an event carries no relations', async () => {
    const [{ id }] = (await rows('/inventory?sort=id')) as [Json]
    await retail.world.settled()
    const socket = await retail.world.socket(people.stranger)
    const patch = (query: string) =>
      retail.rest(people.north, 'PATCH', `/inventory/${id}${query}`, { body: { reorder_level: 3 } })
    for (const query of ['?include=store', '?$include[]=store']) {
      const { status, body } = await patch(query)
      assert.deepEqual([status, body.store.id, body.reorder_level], [200, body.store_id, 3], query)
    }
    assert.ok(!('store' in (await socket.event('inventory patched')).data))
  })

  it('costs as many statements for fifty records as for one', async () => {
    const { item, product, stores, categories } = retail
    for (let i = 0; i < 50; i++) {
      const thing = await product({ category_id: i % 2 ? categories.drinks.id : categories.kitchen.id })
      await item(i % 2 ? stores.a : stores.b, thing)
    }
    const counted = async (path: string) => {
      let found: Json[] = []
      const statements = await statementsOf(async () => void (found = await rows(path)))
      // Whose token it is may have to be asked anew.
      const asked = statements.filter((text) => /from "(inventory|products|categories|stores)"/.test(text))
      return [found.length, asked.length]
    }
    await rows('/inventory?limit=1')
    assert.deepEqual(await counted('/inventory?include=product.category,store&limit=1'), [1, 5])
    assert.deepEqual(await counted('/inventory?include=product.category,store&limit=50'), [50, 5])
    // PostgreSQL writes a list that no code needs as JSON, with its total, where it is known whose token it is.
    await rows('/inventory?limit=1')
    assert.deepEqual(await counted('/inventory?limit=50'), [50, 1])
  })
})
