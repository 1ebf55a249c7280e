import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Json, Person, World } from '../../helpers/world'
import { anonymous, startWorld } from '../../helpers/world'
import { dataProvider } from './data-provider'

const PAGE = path.join(__dirname, '../../../docs/react-admin.md')

describe('a data provider of react-admin', () => {
  let world: World
  let people: Record<string, Person>
  before(async () => {
    world = await startWorld({ settings: { rate_limit: { requests: 0 } } })
    people = await world.cast()
  })
  after(() => world?.close())

  const as = (person: Person) => dataProvider(`${world.url}/api/v1`, () => person.token)
  const sort = { field: 'id', order: 'ASC' } as const
  const names = (rows: readonly Json[]) => rows.map(({ name, title }) => (name ?? title) as string)

  it('lists by pages with filters, an order, a search and the number of all', async () => {
    await world.sql(`insert into products (name, sku, price, brand) select 'P' || n, 'S-' || n, n, 'B' || n % 2 from generate_series(1, 250) n`) // prettier-ignore
    await world.sql(`update products set name = 'Zebra' where sku = 'S-250'`)
    const { data, total } = await as(anonymous).getList('products', {
      pagination: { page: 3, perPage: 25 },
      sort: { field: 'price', order: 'DESC' },
      filter: { brand: 'B1' }
    })
    assert.deepEqual([total, names(data).slice(0, 2), data.length], [125, ['P149', 'P147'], 25])
    const beyond = await as(anonymous).getList('products', { pagination: { page: 99, perPage: 25 }, sort })
    assert.deepEqual([beyond.total, beyond.data], [250, []])
    const found = await as(anonymous).getList('products', { filter: { q: 'zebra' }, sort })
    assert.deepEqual(names(found.data), ['Zebra'])
    assert.ok(data.every((row) => !('cost' in row)))
  })

  it('lists by a field of the record that a reference leads to, as a column with a reference sorts', async () => {
    const order = { field: 'category.name', order: 'DESC' } as const
    const { data: category } = await as(people.admin!).create('categories', { data: { name: 'Boots', slug: 'boots' } }) // prettier-ignore
    await world.sql(`update products set category_id = $1 where sku in ('S-7', 'S-9')`, [category.id])
    const { data, total } = await as(anonymous).getList('products', {
      pagination: { page: 1, perPage: 250 },
      sort: { ...order, order: 'ASC' }
    })
    assert.deepEqual([total, data.slice(0, 2).map(({ sku }) => sku as string)], [250, ['S-7', 'S-9']])
    const last = await as(anonymous).getList('products', { pagination: { page: 25, perPage: 10 }, sort: order }) // prettier-ignore
    assert.deepEqual(last.data.slice(-2).map(({ sku }) => sku as string), ['S-9', 'S-7']) // prettier-ignore
    await world.sql('update products set category_id = null')
  })

  it('reads many by their ids, more than one address names, and none that its caller may not see', async () => {
    const rows = await world.sql('select id::int from products order by id')
    const ids = rows.map(({ id }) => id as number)
    await world.sql('update products set is_active = false where id = $1', [ids[0]])
    const { data } = await as(anonymous).getMany('products', { ids })
    assert.deepEqual(data.map(({ id }) => id).sort((a, b) => Number(a) - Number(b)), ids.slice(1)) // prettier-ignore
  })

  it('reads what refers to a record, with an order and the number of all', async () => {
    const { data: category } = await as(people.admin!).create('categories', { data: { name: 'Shoes', slug: 'shoes' } }) // prettier-ignore
    await world.sql('update products set category_id = $1 where price <= 30', [category.id])
    const { data, total } = await as(people.admin!).getManyReference('products', {
      target: 'category_id',
      id: category.id,
      pagination: { page: 2, perPage: 10 },
      sort: { field: 'price', order: 'DESC' },
      filter: { brand: 'B0' }
    })
    assert.deepEqual([total, names(data)], [15, ['P10', 'P8', 'P6', 'P4', 'P2']])
  })

  it('creates, changes and removes one and many, all of them or none', async () => {
    const [owner, stranger] = [as(people.owner!), as(people.stranger!)]
    const ids: (number | string)[] = []
    for (const title of ['a', 'b', 'c']) ids.push((await owner.create('tasks', { data: { title } })).data.id)
    const { data: foreign } = await stranger.create('tasks', { data: { title: 'of another' } })
    assert.equal((await owner.update('tasks', { id: ids[0]!, data: { title: 'A' } })).data.title, 'A')
    const change = { data: { status: 'completed' } }
    assert.deepEqual(await owner.updateMany('tasks', { ids, ...change }), { data: ids })
    await assert.rejects(owner.updateMany('tasks', { ids: [ids[0]!, foreign.id], data: { title: 'stolen' } }), { status: 404 }) // prettier-ignore
    const listed = await owner.getList('tasks', { sort })
    assert.deepEqual(
      listed.data.map(({ title, status }) => [title, status]),
      ['A', 'b', 'c'].map((title) => [title, 'completed'])
    )
    await assert.rejects(owner.deleteMany('tasks', { ids: [ids[0]!, foreign.id] }), { status: 404 })
    assert.deepEqual(await owner.deleteMany('tasks', { ids: ids.slice(1) }), { data: ids.slice(1) })
    assert.deepEqual(names((await owner.getList('tasks', { sort })).data), ['A'])
    assert.equal((await stranger.getOne('tasks', { id: foreign.id })).data.title, 'of another')
    await owner.delete('tasks', { id: ids[0]! })
    await assert.rejects(owner.getOne('tasks', { id: ids[0]! }), { status: 404 })
  })

  it('tells a form which of its fields is wrong', async () => {
    await assert.rejects(as(people.owner!).create('tasks', { data: { title: '' } }), (error: Json) => {
      assert.equal(error.status, 422)
      assert.match(error.body.errors.title as string, /./)
      return true
    })
    await assert.rejects(as(anonymous).create('tasks', { data: { title: 'x' } }), { status: 401 })
  })

  it('is the one of the documentation', () => {
    const [, recipe] = /```ts\n([^]*?)```/.exec(readFileSync(PAGE, 'utf8'))!
    assert.equal(recipe, readFileSync(path.join(__dirname, 'data-provider.ts'), 'utf8'))
  })
})
