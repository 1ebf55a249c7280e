import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { World } from '../helpers/world'
import { anonymous, PASSWORD, startWorld } from '../helpers/world'
import { RedisLine, URL_OF_REDIS } from '../helpers/redis-line'
import { assertRefused } from '../input/contract'

const describeWithRedis = URL_OF_REDIS ? describe : describe.skip
describeWithRedis('limits in Redis', () => {
  const line = new RedisLine()
  let here: World
  let there: World
  before(async () => {
    await line.start()
    const settings = { redis_url: line.url, secret_key: `redis-${randomUUID()}`, auth: { limits: { login_email: 10, mail_email: 10 } } } // prettier-ignore
    here = await startWorld({ settings })
    there = await startWorld({ settings, database: here.database })
  })
  after(async () => {
    await there?.close(true)
    await here?.close()
    await line.cut()
  })

  const login = (email: string, password: string, world = here) =>
    world.rest(anonymous, 'POST', '/auth/login', { body: { email, password } })

  const whenBack = async (email: string, password: string, world: World) => {
    const deadline = Date.now() + 8000
    let answer = await login(email, password, world)
    while (answer.status === 503 && Date.now() < deadline) answer = await login(email, password, world)

    return answer
  }

  it('let ten of fifty attempts at once reach the password, over two processes', async () => {
    const { email } = await here.register('raced')
    const attempts = Array.from({ length: 50 }, (_, index) =>
      login(email!, 'wrong', index % 2 ? here : there)
    )
    const statuses = (await Promise.all(attempts)).map(({ status }) => status).sort()
    assert.deepEqual(statuses, [...Array<number>(10).fill(401), ...Array<number>(40).fill(429)])
    const refused = await login(email!, PASSWORD, there)
    assertRefused(refused, { code: 'TOO_MANY_REQUESTS' })
    assert.ok(Number(refused.headers.get('Retry-After')) > 3500)
    assert.deepEqual(await here.sql('select * from rate_limits'), [])
  })

  it('start without Redis all the same, whether it is gone or silent, and sign in once it is there', async () => {
    for (const fail of [() => line.cut(), () => void (line.isSilent = true)]) {
      await fail()
      const start = performance.now()
      const late = await startWorld({
        database: here.database,
        settings: { redis_url: line.url, secret_key: `redis-${randomUUID()}` }
      })
      assert.ok(performance.now() - start < 15_000)
      assertRefused(await login('nobody@example.com', 'wrong', late), { code: 'UNAVAILABLE' })
      assert.equal((await late.rest(anonymous, 'GET', '/products')).status, 200)
      if (line.isSilent) await line.cut()
      line.isSilent = false
      await line.start()
      for (const world of [late, here, there])
        assert.equal((await whenBack('nobody@example.com', 'wrong', world)).status, 401)
      await late.close(true)
    }
  })

  const failures: [what: string, fail: () => Promise<void> | void, mend: () => Promise<void> | void][] = [
    ['is gone', () => line.cut(), () => line.start()],
    ['does not answer', () => void (line.isSilent = true), async () => {
      line.isSilent = false
      await line.cut()
      await line.start()
    }]
  ] // prettier-ignore
  for (const [what, fail, mend] of failures) {
    it(`refuse log-ins within seconds while Redis ${what}, go on with the rest, and recover`, async () => {
      const person = await here.register(`person${what.length}`)
      await fail()
      const start = performance.now()
      const refused = await login(person.email!, PASSWORD)
      const milliseconds = performance.now() - start
      assertRefused(refused, { code: 'UNAVAILABLE' })
      assert.ok(refused.headers.get('Retry-After'))
      assert.ok(milliseconds < 5000, `${milliseconds} ms`)
      assert.equal((await here.rest(person, 'GET', '/auth/me')).status, 200)
      const { refresh_token } = person
      assert.equal(
        (await here.rest(anonymous, 'POST', '/auth/refresh', { body: { refresh_token } })).status,
        200
      )
      await mend()
      for (const world of [here, there])
        assert.equal((await whenBack(person.email!, PASSWORD, world)).status, 200)
    })
  }
})
