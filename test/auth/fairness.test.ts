import assert from 'node:assert/strict'
import { mock } from 'node:test'
import fc from 'fast-check'
import { hashQueue } from '../../packages/rachis/src/accounts/passwords'
import type { Person, World } from '../helpers/world'
import { anonymous, PASSWORD, startWorld } from '../helpers/world'

describe('signing in under a flood from one address', () => {
  let world: World
  let owner: Person
  before(async () => {
    world = await startWorld({ settings: { trust_proxy: 1, auth: { bcrypt_cost: 9, limits: { login_address: 100 }, passwords: { threads: 1, queue: 4 } } } }) // prettier-ignore
    owner = await world.register('owner')
  })
  after(() => world?.close())

  const login = (address: string, password: string, email = owner.email) =>
    world.rest(anonymous, 'POST', '/auth/login', {
      body: { email, password },
      headers: { 'X-Forwarded-For': address }
    })

  it('serves the others in their turn, before most of the flood', async () => {
    let answered = 0
    const flood = Array.from({ length: 30 }, async (_, n) => {
      const answer = await login('203.0.113.9', 'wrong-horse', `nobody${n}@example.com`)
      answered++
      return answer
    })
    const others = await Promise.all(['198.51.100.1', '198.51.100.2', '2001:db8::1'].map((address) => login(address, PASSWORD))) // prettier-ignore
    assert.deepEqual(others.map(({ status }) => status), [200, 200, 200]) // prettier-ignore
    assert.ok(answered < flood.length / 2, `${answered} of the flood were answered before`)
    for (const { status, headers } of await Promise.all(flood))
      assert.ok(status === 401 || (status === 503 && Number(headers.get('retry-after')) > 0))
  })
})

describe('refusals that one address causes', () => {
  let world: World
  let count = 0
  before(async () => void (world = await startWorld({ settings: { trust_proxy: 1 } })))
  after(() => world?.close())

  it('are recorded twenty times a minute, and the next record says how many it stands for', async () => {
    const admin = await world.register('admin', { role: 'admin' })
    const fail = (address: string) =>
      world.rest(anonymous, 'POST', '/auth/login', {
        body: { email: `nobody${++count}@example.com`, password: 'wrong-horse' },
        headers: { 'X-Forwarded-For': address }
      })
    const told = async (address: string) => {
      const path = `/security-events?event=login_failed&address=${address}&sort=-id&limit=1`
      const { body } = await world.rest(admin, 'GET', path)
      return { total: body.total, repeated: body.data[0].details.repeated }
    }
    for (let n = 0; n < 23; n++) await fail('203.0.113.78')
    await fail('203.0.113.79')
    assert.deepEqual(await told('203.0.113.78'), { total: 20, repeated: undefined })
    assert.deepEqual(await told('203.0.113.79'), { total: 1, repeated: undefined })
    mock.timers.enable({ apis: ['Date'], now: Date.now() + 61_000 })
    await fail('203.0.113.78').finally(() => mock.timers.reset())
    assert.deepEqual(await told('203.0.113.78'), { total: 21, repeated: 3 })
  })
})

describe('the queue of hashes', () => {
  const QUEUE = 6
  const isSame = (one: string) => (other: string) => other === one
  const countOf = (names: readonly string[], name: string) => names.filter(isSame(name)).length

  /** Has all of them come while the one thread is busy. Which are refused, and in which order the others are served. */
  const comeAtOnce = async (callers: readonly string[]) => {
    const queue = hashQueue({ threads: 1, queue: QUEUE })
    const served: string[] = []
    const nth: number[] = []
    let free = () => {}
    const busy = queue.run(() => new Promise<void>((resolve) => (free = resolve)))
    const work = (name: string, n: number) => async () => void (served.push(name), nth.push(n))
    const results = Promise.allSettled(callers.map((name, n) => queue.run(work(name, n), name)))
    free()
    await busy
    const refused = (await results).flatMap(({ status }, n) => (status === 'rejected' ? [callers[n]!] : []))

    return { served, nth, refused }
  }
  const some = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 30 })

  it('refuses only those who have as many waiting as anybody, and no more than it must', () =>
    fc.assert(
      fc.asyncProperty(some, async (callers) => {
        const { served, refused } = await comeAtOnce(callers)
        assert.equal(served.length, Math.min(QUEUE, callers.length))
        const most = Math.max(0, ...served.map((name) => countOf(served, name)))
        for (const name of refused) assert.ok(countOf(served, name) >= most - 1, `${name} of ${served}`)
      })
    ))

  it('serves callers in turns, and each caller’s in their order', () =>
    fc.assert(
      fc.asyncProperty(some, async (callers) => {
        const { served, nth } = await comeAtOnce(callers)
        for (const name of new Set(served)) {
          const own = nth.filter((_n, index) => served[index] === name)
          assert.deepEqual(own, [...own].sort((one, other) => one - other)) // prettier-ignore
        }
        for (let end = 1; end <= served.length; end++) {
          const [now, later] = [served.slice(0, end), served.slice(end)]
          const counts = [...new Set(later)].map((name) => countOf(now, name))
          assert.ok(Math.max(0, ...counts) - Math.min(...counts, Infinity) <= 1 || counts.length === 0, `${served}`)
        }
      })
    )) // prettier-ignore
})
