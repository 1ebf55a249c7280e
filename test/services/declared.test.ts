import assert from 'node:assert/strict'
import type { AnyResource } from '../../src/resource'
import { authenticated, defineResource, nullable, owner, text, Type, upper } from '../../src/resource'
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

describe("a declaration of one's own", () => {
  let world: World
  let owner: Person
  before(async () => {
    world = await startWorld({ resources: [accounts], settings: { auth: { bcrypt_cost: 4 } } })
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
})
