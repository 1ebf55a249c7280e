import assert from 'node:assert/strict'
import type { Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'

describe('parameters that a list refuses', () => {
  let world: World
  let owner: Person
  before(async () => {
    world = await startWorld({ settings: { rate_limit: { requests: 0 } } })
    owner = await world.register('owner')
  })
  after(() => world?.close())

  const get = (query: string) => world.rest(anonymous, 'GET', `/products?${query}`)

  it('are told with what is expected in their place', async () => {
    for (const [query, status, message, hint] of [
      ['sort=pictures.id', 400, /^pictures leads to many records/, /fields of its own/],
      ['sort=', 400, /^sort names no field/, /sort=-price/],
      ['sort=price,', 400, /^sort names no field/, /sort=-price/],
      ['sort=category.', 400, /^sort names no field in category\.$/, /sort=-price/],
      ['sort=category', 400, /^category is not a field of products/, /sort=category\.id/],
      ['fields=', 400, /^fields names no field/, /fields=name,price/],
      ['sort=price,-price', 400, /^sort names price twice/, /once/],
      ['sort=price&sort=-price', 400, /^sort names price twice/, /once/],
      ['skip=9007199254740991', 422, /whole number <= 999999999999999/, /./],
      ['skip=-1', 422, /whole number >= 0/, /./],
      ['after=&before=', 400, /not both/, /^Leave before out/],
      ['page=1&skip=1', 400, /not by both/, /^Leave page and page_size out/]
    ] as const) {
      const { status: given, body } = await get(query)
      assert.equal(given, status, query)
      assert.match(body.error.message, message)
      assert.match(body.error.hint, hint)
    }
    assert.equal((await get('category.name=x&sort=-category.name')).status, 200)
    assert.equal((await get('skip=999999999999999')).status, 200)
  })

  it('are told where a question takes one value, and where groups are asked for, by the parameters of those', async () => {
    const twice = await world.rest(owner, 'GET', '/tasks/search?q=a&q=b')
    assert.equal(twice.status, 422)
    assert.match(twice.body.error.details[0].message, /^must be one value, and not 2: send it once/)
    const { status, body } = await world.rest(anonymous, 'GET', '/products/aggregate?nonsense_xyz=1')
    assert.deepEqual([status, body.error.code], [400, 'BAD_QUERY'])
    assert.match(body.error.hint, /group, .*having/)
    assert.doesNotMatch(body.error.hint, /page|cursor|fields|include/)
    const near = await world.rest(anonymous, 'GET', '/products/aggregate?Group=1')
    assert.match(near.body.error.hint, /Did you mean group\?/)
  })

  it('may be a hundred alternatives, and no more', async () => {
    const alternatives = (count: number) =>
      get(Array.from({ length: count }, (_, index) => `$or[${index}][id]=${index + 1}`).join('&'))
    assert.equal((await alternatives(100)).status, 200)
    const { status, body } = await alternatives(101)
    assert.equal(status, 400)
    assert.match(body.error.message, /at most 100 comparisons/)
  })

  it('take no body that means something else than its fields', async () => {
    const { body: task } = await world.rest(owner, 'POST', '/tasks', { body: { title: 'before' } })
    const send = (type: string) =>
      world.rest(owner, 'PATCH', `/tasks/${task.id}`, {
        raw: JSON.stringify({ title: 'after' }),
        headers: { 'Content-Type': type }
      })
    for (const type of ['application/json-patch+json', 'application/problem+json; charset=utf-8'])
      assert.equal((await send(type)).status, 415, type)
    assert.equal((await world.rest(owner, 'GET', `/tasks/${task.id}`)).body.title, 'before')
    assert.equal((await send('application/merge-patch+json')).body.title, 'after')
  })
})
