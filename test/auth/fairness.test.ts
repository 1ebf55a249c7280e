import assert from 'node:assert/strict'
import type { Person, World } from '../helpers/world'
import { anonymous, PASSWORD, startWorld } from '../helpers/world'

describe('signing in under a flood from one address', () => {
  let world: World
  let owner: Person
  before(async () => {
    world = await startWorld({ settings: { trust_proxy: 1, auth: { bcrypt_cost: 12, passwords: { threads: 1, queue: 4 } } } }) // prettier-ignore
    owner = await world.register('owner')
  })
  after(() => world?.close())

  const login = (address: string, password: string) =>
    world.rest(anonymous, 'POST', '/auth/login', {
      body: { email: owner.email, password },
      headers: { 'X-Forwarded-For': address }
    })

  it('serves the others, and refuses those of the flood', async () => {
    const flood = Array.from({ length: 60 }, () => login('203.0.113.9', 'wrong-horse'))
    const others = await Promise.all(['198.51.100.1', '198.51.100.2', '2001:db8::1'].map((address) => login(address, PASSWORD))) // prettier-ignore
    assert.deepEqual(others.map(({ status }) => status), [200, 200, 200]) // prettier-ignore
    const refused = (await Promise.all(flood)).filter(({ status }) => status === 503)
    assert.ok(refused.length > 0)
    assert.ok(refused.every(({ headers }) => Number(headers.get('retry-after')) > 0))
  })

  it('keeps the first refusals of a minute, and counts the rest', async () => {
    await world.sql(`delete from security_events`)
    for (let round = 0; round < 5; round++)
      await Promise.all(Array.from({ length: 5 }, () => login('203.0.113.77', 'wrong-horse')))
    const [rows] = await world.sql(`select count(*)::int as count from security_events where event = 'login_failed' and address = '203.0.113.77'`) // prettier-ignore
    assert.equal(rows!.count, 20)
  })
})
