import assert from 'node:assert/strict'
import { HAS_REDIS, OwnRedis } from '../helpers/own-redis'
import type { Person, World } from '../helpers/world'
import { anonymous, PASSWORD, startWorld } from '../helpers/world'
import { assertRefused } from '../input/contract'

const describeWithRedis = HAS_REDIS ? describe : describe.skip

describeWithRedis('a Redis that is stopped, paused and started', () => {
  let redis: OwnRedis
  let world: World
  let owner: Person
  before(async () => {
    redis = await OwnRedis.start()
    world = await startWorld({
      settings: {
        redis_url: redis.url,
        rate_limit: { requests: 100_000 },
        auth: { limits: { login_email: 10 } }
      }
    })
    owner = await world.person('owner')
  })
  after(async () => {
    await world?.close()
    await redis?.stop()
  })

  const login = () =>
    world.rest(anonymous, 'POST', '/auth/login', { body: { email: owner.email, password: PASSWORD } })
  const serves = async () => {
    assert.equal((await world.rest(owner, 'POST', '/tasks', { body: { title: 'x' } })).status, 201)
    assert.equal((await world.rest(anonymous, 'GET', '/products')).status, 200)
    assert.equal((await fetch(`${world.url}/health/ready`)).status, 200)
  }
  const assertLoginLost = async () => {
    const start = Date.now()
    const answer = await login()
    assertRefused(answer, { code: 'UNAVAILABLE' })
    assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/)
    assert.ok(Date.now() - start < 4000)
  }
  const untilLogin = async () => {
    while ((await login()).status !== 200);
  }

  it('stopped: what counts attempts is 503, everything else goes on, and comes back without a restart', async () => {
    await serves()
    await redis.stop()
    await serves()
    await assertLoginLost()
    await redis.start()
    await untilLogin()
    await serves()
  })

  it('paused: the same', async () => {
    redis.pause()
    await serves()
    await assertLoginLost()
    redis.goOn()
    await untilLogin()
    await serves()
  })
})
