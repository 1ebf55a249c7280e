import assert from 'node:assert/strict'
import { statementsOf } from '../helpers/statements'
import type { Answer, Json, Person } from '../helpers/world'
import { Shop } from './shop'

describe('categories', () => {
  let shop: Shop
  let count = 0
  before(async () => {
    shop = await Shop.open()
  })
  after(() => shop.world.close())
  const clear = () => shop.world.sql('delete from categories')
  const category = async (name: string, fields: Json = {}): Promise<Json> => {
    const body = { name, slug: `slug-${++count}`, ...fields }
    const answer = await shop.world.rest(shop.cast.admin, 'POST', '/categories', { body })
    assert.equal(answer.status, 201, JSON.stringify(answer.body))

    return answer.body
  }
  const patch = (id: number, body: Json, person: Person = shop.cast.admin): Promise<Answer> =>
    shop.world.rest(person, 'PATCH', `/categories/${id}`, { body })
  const names = (branches: Json[]): unknown[] =>
    branches.map(({ name, children }) => (children.length > 0 ? [name, names(children)] : name))
  const tree = async (person: Person = shop.cast.anonymous) => {
    const { status, body } = await shop.world.rest(person, 'GET', '/categories/tree')
    assert.equal(status, 200)

    return body as Json[]
  }

  it('are seen by everybody where active, and written by the admin', async () => {
    const { world, cast } = shop
    const [open, closed] = [await category('Open'), await category('Closed', { is_active: false })]
    for (const person of [cast.anonymous, cast.owner, cast.manager]) {
      assert.equal((await world.rest(person, 'GET', `/categories/${open.id}`)).status, 200)
      assert.equal((await world.rest(person, 'GET', `/categories/${closed.id}`)).status, 404)
      assert.equal((await world.rest(person, 'GET', '/categories?slug=slug-2')).body.total, 0)
    }
    assert.equal((await world.rest(cast.admin, 'GET', `/categories/${closed.id}`)).status, 200)
    for (const person of [cast.owner, cast.manager]) assert.equal((await patch(open.id, { name: 'x' }, person)).status, 403) // prettier-ignore
    assert.equal((await patch(open.id, { name: 'x' }, cast.anonymous)).status, 401)
    const duplicate = await world.rest(cast.admin, 'POST', '/categories', {
      body: { name: 'Two', slug: 'Slug-1' }
    })
    assert.deepEqual([duplicate.status, duplicate.body.error.field], [409, 'slug'])
  })

  const depth = (branches: Json[]): number => branches.length && 1 + Math.max(...branches.map(({ children }) => depth(children))) // prettier-ignore

  it('hang together as a tree, in their order, without what is switched off', async () => {
    const { world, cast } = shop
    await clear()
    const drinks = await category('Drinks', { sort_order: 2 })
    await category('Books', { sort_order: 1 })
    const tea = await category('Tea', { parent_id: drinks.id })
    await category('Coffee', { parent_id: drinks.id })
    await category('Green', { parent_id: tea.id, sort_order: 5 })
    await category('Black', { parent_id: tea.id, sort_order: 5 })
    const old = await category('Old', { parent_id: drinks.id, is_active: false })
    await category('Below old', { parent_id: old.id })
    const expected = ['Books', ['Drinks', ['Coffee', ['Tea', ['Black', 'Green']]]]]
    for (const person of [cast.anonymous, cast.owner, cast.admin]) {
      assert.deepEqual(names(await tree(person)), expected)
      assert.deepEqual(await (await world.socket(person)).call('tree', 'categories', {}), await tree(person))
    }
    assert.deepEqual(Object.keys((await tree())[0]!), ['id', 'name', 'slug', 'children'])
    assert.equal((await statementsOf(() => tree())).length, 1)
    await clear()
    assert.deepEqual(await tree(), [])
  })

  it('never hang below themselves, by whatever change', async () => {
    const { world, cast } = shop
    await clear()
    const a = await category('A')
    const b = await category('B', { parent_id: a.id })
    const c = await category('C', { parent_id: b.id })
    const refusals = [
      await patch(a.id, { parent_id: a.id }),
      await patch(a.id, { parent_id: b.id }),
      await patch(a.id, { parent_id: c.id }),
      await world.rest(cast.admin, 'PUT', `/categories/${a.id}`, {
        body: { name: 'A', slug: 'a', parent_id: c.id }
      })
    ]
    for (const { status, body } of refusals) assert.deepEqual([status, body.error.field], [422, 'parent_id'])
    const socket = await world.socket(cast.admin)
    assert.equal((await socket.refusal('patch', 'categories', a.id, { parent_id: c.id })).code, 422)
    assert.equal((await patch(a.id, { parent_id: 999_999 })).status, 409)
    assert.deepEqual(names(await tree()), [['A', [['B', ['C']]]]])
    assert.equal((await patch(c.id, { parent_id: a.id })).status, 200, 'another branch is fine')
    assert.equal((await patch(b.id, { parent_id: null })).status, 200)
    assert.deepEqual(names(await tree()), [['A', ['C']], 'B'])
    assert.equal(
      (await world.rest(cast.admin, 'DELETE', `/categories/${a.id}`)).status,
      409,
      'others hang below'
    )
  })

  it('make no circle together, when several are moved at the same time', async () => {
    await clear()
    const ring: number[] = []
    for (const name of 'ABCDEFGH') ring.push((await category(name)).id)
    const answers = await Promise.all(
      ring.map((id, index) => patch(id, { parent_id: ring[(index + 1) % ring.length] }))
    )
    assert.deepEqual(answers.map(({ status }) => status).sort(), [...Array(7).fill(200), 422])
    assert.equal(depth(await tree()), 8)
  })

  it('are shown a hundred levels deep, however deep somebody hangs them', async () => {
    await clear()
    await shop.world.sql(`insert into categories (id, name, slug, parent_id) overriding system value
      select 100000 + i, 'C' || i, 'c-' || i, case when i > 0 then 99999 + i end from generate_series(0, 6000) as i`)
    assert.equal(depth(await tree()), 100)
    await clear()
  })

  it('that SQL ties into a circle hang nowhere, and hold nothing up', async () => {
    await clear()
    const [a, b] = [await category('A'), await category('B')]
    await category('C')
    await shop.world.sql('update categories set parent_id = $1 + $2 - id where id in ($1, $2)', [a.id, b.id])
    assert.deepEqual(names(await tree()), ['C'])
    assert.equal((await patch(a.id, { parent_id: b.id })).status, 422)
    assert.equal((await patch(a.id, { parent_id: null })).status, 200)
    assert.deepEqual(names(await tree()), [['A', ['B']], 'C'])
  })
})
