import assert from 'node:assert/strict'
import type { AnyResource } from '../../packages/rachis/src/declare'
import { authenticated, defineResource, integer, json, nullable, owner, text, Type, upper, withDefault, textArray } from '../../packages/rachis/src/declare' // prettier-ignore
import type { Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'

const accounts = defineResource('accounts', {
  fields: {
    user_id: owner('users'),
    currency: upper(text({ pattern: '^[A-Z]{3}$' })),
    points: nullable(Type.Integer()),
    visits: nullable(Type.Integer({ column: 'bigint' }))
  },
  access: { read: authenticated, create: authenticated, update: authenticated }
}) as unknown as AnyResource

const pages = defineResource('pages', {
  fields: {
    user_id: owner('users'),
    data: nullable(json()),
    total: withDefault(integer(), 0),
    results: withDefault(textArray(), [])
  },
  relations: { user: { one: 'user_id' } },
  access: { read: authenticated, create: authenticated, update: authenticated, remove: authenticated }
}) as unknown as AnyResource

describe("a declaration of one's own", () => {
  let world: World
  let owner: Person
  before(async () => {
    world = await startWorld({ resources: [accounts, pages], settings: { auth: { bcrypt_cost: 4 } } })
    owner = await world.register('owner')
  })
  after(() => world.close())
  const create = (body: Json) => world.rest(owner, 'POST', '/accounts', { body })

  it('asks a pattern of the text as it is kept, so that what was read can be sent back', async () => {
    const made = await create({ currency: 'eur' })
    assert.deepEqual([made.status, made.body.currency], [201, 'EUR'])
    const body = { currency: made.body.currency }
    assert.equal((await world.rest(owner, 'PUT', `/accounts/${made.body.id}`, { body })).status, 200)
    assert.equal((await create({ currency: 'e1' })).body.error.field, 'currency')
    const [first, second] = (await world.rest(owner, 'POST', '/accounts', { body: [{ currency: 'usd' }, { currency: '?' }] })).body.error.details // prettier-ignore
    assert.deepEqual([first.field, second], ['1.currency', undefined])
  })

  it('names the field of a number that is too large for its column', async () => {
    const cases: [Json, string][] = [
      [{ points: 3_000_000_000 }, 'points'], [{ points: -3e9 }, 'points'], [{ visits: 1e20 }, 'visits']
    ] // prettier-ignore
    for (const [numbers, field] of cases) {
      const { status, body } = await create({ currency: 'EUR', ...numbers })
      assert.deepEqual([status, body.error.field], [422, field])
    }
    assert.equal((await create({ currency: 'EUR', points: 2 ** 31 - 1, visits: 2 ** 53 - 1 })).status, 201)
  })

  it('may have fields that are called as the parts of a page are', async () => {
    const socket = await world.socket(owner)
    for (const data of [{ a: 1 }, null]) {
      const body = { data, total: 7, results: ['x'] }
      const { body: made } = await world.rest(owner, 'POST', '/pages', { body })
      for (const { body } of [
        await world.rest(owner, 'GET', `/pages/${made.id}`),
        await world.rest(owner, 'GET', `/pages?id=${made.id}`).then((list) => ({ body: list.body.data[0] })),
        await world
          .rest(owner, 'PATCH', `/pages/${made.id}`, { body: { total: 7 } })
          .then((answer) => ({ body: { ...answer.body, updated_at: made.updated_at } })),
        {
          body: await socket
            .call('get', 'pages', made.id)
            .then((row: Json) => ({ ...row, updated_at: made.updated_at }))
        }
      ])
        // prettier-ignore
        assert.deepEqual(body, made)
      const included = await world.rest(owner, 'GET', `/pages/${made.id}?include=user`)
      assert.deepEqual([included.body.user.id, included.body.data], [owner.id, data])
      assert.equal((await world.rest(owner, 'DELETE', `/pages/${made.id}`)).body.total, 7)
    }
    const list = await world.rest(owner, 'POST', '/pages', { body: [{ data: {} }, { data: null }] })
    assert.deepEqual(list.body.map((row: Json) => row.data), [{}, null]) // prettier-ignore
  })
})
