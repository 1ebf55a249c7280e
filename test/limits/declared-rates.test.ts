import assert from 'node:assert/strict'
import { authenticated, defineResource, text } from '../../packages/rachis/src/declare'
import { verify } from '../../packages/rachis/src/model/verify'
import type { Person } from '../helpers/world'
import { anonymous } from '../helpers/world'
import type { World } from './stage'
import { assertLimited, assertRefunded, from, left, limitedWorld } from './stage'

describe('declared rates', () => {
  let world: World
  let owner: Person
  let stranger: Person
  before(async () => {
    world = await limitedWorld(1000)
    ;[owner, stranger] = [await world.register('owner'), await world.register('stranger')]
  })
  after(() => world?.close())

  const create = (person: Person) => world.rest(person, 'POST', '/rated_notes', { body: { title: 'x' } })

  it('hold for each caller, over both transports, and say which limit it was', async () => {
    const created = await create(owner)
    assert.equal(created.status, 201)
    assert.equal(left(created, 'rated_notes.create'), 2)
    assert.equal(left(created, 'rated_notes'), 9)
    assert.equal(created.headers.get('x-ratelimit-limit'), '3', 'the one with the least left')
    const socket = await world.socket(owner)
    await socket.call('create', 'rated_notes', { title: 'y' })
    assert.equal((await create(owner)).status, 201)
    const refused = await create(owner)
    assertLimited(refused)
    assert.match(refused.body.error.message, /rated_notes\.create allows 3 in 60 seconds/)
    const told = await socket.refusal('create', 'rated_notes', { title: 'z' })
    assert.equal(told.error.code, 'TOO_MANY_REQUESTS')
    assert.equal((await world.sql('select count(*)::int as n from rated_notes'))[0]!.n, 3)
  })

  it('leave other callers and other operations alone', async () => {
    assert.equal((await create(stranger)).status, 201)
    assert.equal((await world.rest(owner, 'GET', '/rated_notes')).status, 200)
    assert.equal((await world.rest(owner, 'GET', '/tasks')).status, 200)
  })

  it('count an operation for its declared cost', async () => {
    const first = await world.rest(anonymous, 'GET', '/rated_notes/1')
    assert.equal(left(first, 'rated_notes'), 6)
    assert.equal(left(await world.rest(anonymous, 'GET', '/rated_notes'), 'rated_notes'), 5)
    assert.equal((await world.rest(anonymous, 'GET', '/rated_notes/1')).status, 200)
    assertLimited(await world.rest(anonymous, 'GET', '/rated_notes/1'))
    assert.equal(
      (await world.rest(anonymous, 'GET', '/rated_notes')).status,
      200,
      'one is left for what costs one'
    )
  })

  it('are not passed by a batch, whose calls are counted one by one', async () => {
    const first = await world.rest(owner, 'GET', '/tasks')
    const call = (method: string, path: string, body?: object) => ({
      method,
      path,
      ...(body ? { body } : {})
    })
    const operations = [call('GET', '/products'), call('GET', '/tasks'), call('GET', '/tasks')]
    const batch = await world.rest(owner, 'POST', '/batch', { body: { operations } })
    assert.equal(batch.status, 200)
    assert.equal(left(first) - left(batch), 4)
    const notes = [1, 2, 3, 4].map(() => call('POST', '/rated_notes', { title: 'x' }))
    const other = await world.register('batching')
    const refused = await world.rest(other, 'POST', '/batch', { body: { operations: notes } })
    assertLimited(refused)
    assert.equal(
      (await world.sql(`select count(*)::int as n from rated_notes where user_id = ${other.id}`))[0]!.n,
      0
    )
  })

  it('are verified', () => {
    const declared = (rate: object) =>
      defineResource('wrong', {
        fields: { title: text() },
        access: { read: authenticated },
        limits: { rate }
      })
    const problem = (rate: object) => {
      try {
        verify([declared(rate)])
      } catch (error) {
        return (error as Error).message
      }
      throw new Error('it was accepted')
    }
    assert.match(problem({ requests: 0 }), /limits\.rate\.requests is 0/)
    assert.match(problem({ requests: 5, window: 100_000 }), /limits\.rate\.window is 100000/)
    assert.match(problem({ window: 5 }), /limits\.rate\.requests/)
    assert.match(
      problem({ requests: 5, operations: { fnd: { requests: 1 } } }),
      /names "fnd"[^]*did you mean find/
    )
    assert.match(
      problem({ operations: { find: { cost: -1 } } }),
      /limits\.rate\.operations\.find\.cost is -1/
    )
    assert.match(problem({ request: 5 }), /request/)
  })
})

describe('the budgets of users and of API keys', () => {
  let world: World
  let owner: Person
  before(async () => {
    world = await limitedWorld(1000, { rate_limit: { requests: 1000, window: 3600, user: 6, key: 3 } })
    owner = await world.register('owner')
  })
  after(() => world?.close())

  it('hold whatever the user calls', async () => {
    const body = { name: 'robot', permissions: ['tasks:read'] }
    const { body: key } = await world.rest(owner, 'POST', '/api-keys', { body })
    const withKey = () =>
      world.rest(anonymous, 'GET', '/tasks', { headers: { 'X-API-Key': key.key as string } })
    const first = await withKey()
    assert.equal(first.status, 200)
    assert.equal(left(first, 'key'), 2)
    assert.equal(left(first, 'user'), 4)
    await withKey()
    await withKey()
    assertLimited(await withKey())
    assert.equal(left(await world.rest(owner, 'GET', '/tasks'), 'user'), 1)
    const socket = await world.socket(owner)
    await socket.call('find', 'tasks', {})
    assert.equal((await socket.refusal('find', 'tasks', {})).error.code, 'TOO_MANY_REQUESTS')
    assertLimited(await world.rest(owner, 'GET', '/tasks'))
    assert.equal((await world.rest(anonymous, 'GET', '/products')).status, 200)
  })
})

describe('a batch of as many operations as the limit allows', () => {
  const operations = (count: number) =>
    Array.from({ length: count }, () => ({ method: 'GET', path: '/products', query: { limit: 1 } }))

  it('is counted before the first of them, never costs more than the limit, and costs one request where it is refused', async () => {
    const rate_limit = { requests: 20, window: 3600, user: 20 }
    const world = await limitedWorld(20, { rate_limit, trust_proxy: 1 })
    try {
      const owner = await world.register('batching')
      const send = (address: string, list: readonly object[]) =>
        world.rest(owner, 'POST', '/batch', { body: { operations: list }, ...from(address) })
      const whole = await send('192.0.2.1', operations(20))
      assert.equal(whole.status, 200, JSON.stringify(whole.body))
      assert.deepEqual([left(whole), left(whole, 'user')], [0, 0])
      assertLimited(await world.rest(anonymous, 'GET', '/products', from('192.0.2.1')))

      const other = await world.register('refused')
      const first = await world.rest(anonymous, 'GET', '/products', from('192.0.2.2'))
      assert.equal(left(first), 19)
      const refused = await world.rest(other, 'POST', '/batch', { body: { operations: operations(20) }, ...from('192.0.2.2') }) // prettier-ignore
      assertLimited(refused)
      assert.doesNotMatch(refused.body.error.message, /operation/)
      assert.equal(left(await world.rest(anonymous, 'GET', '/products', from('192.0.2.2'))), 17)
    } finally {
      await world.close()
    }
  })

  it('costs nothing of a limit that was asked before the one that refuses it', async () => {
    await assertRefunded({})
  })

  it('costs no more than the limit where its operations cost more than one', async () => {
    const world = await limitedWorld(20, { trust_proxy: 1 })
    try {
      const owner = await world.register('searching')
      const searches = operations(10).map((one) => ({ ...one, query: { search: 'lamp' } }))
      const address = from('192.0.2.3')
      const answer = await world.rest(owner, 'POST', '/batch', { body: { operations: searches }, ...address })
      assert.deepEqual([answer.status, left(answer)], [200, 0])
    } finally {
      await world.close()
    }
  })
})
