import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { RedisLine, URL_OF_REDIS } from '../helpers/redis-line'
import { anonymous } from '../helpers/world'
import type { World } from './stage'
import { assertLimited, assertRefunded, from, left, limitedWorld } from './stage'

const describeWithRedis = URL_OF_REDIS ? describe : describe.skip
describeWithRedis('the budget of an address in Redis', () => {
  const line = new RedisLine()
  let here: World
  let there: World
  before(async () => {
    await line.start()
    const settings = { redis_url: line.url, secret_key: `rates-${randomUUID()}`, trust_proxy: 1 }
    here = await limitedWorld(10, settings)
    there = await limitedWorld(10, settings, here.database)
  })
  after(async () => {
    line.isSilent = false
    await there?.close(true)
    await here?.close()
    await line.cut()
  })

  const get = (world: World, address: string) =>
    world.rest(anonymous, 'GET', '/products?limit=1', from(address))

  it('is one for all processes', async () => {
    const me = '198.51.100.1'
    for (let index = 0; index < 5; index++) {
      assert.equal(left(await get(here, me)), 9 - 2 * index)
      assert.equal(left(await get(there, me)), 8 - 2 * index)
    }
    assertLimited(await get(here, me))
    assertLimited(await get(there, me))
    assert.equal((await get(there, '198.51.100.2')).status, 200)
  })

  it('refuses many requests at once that are too many together', async () => {
    const me = '198.51.100.3'
    const answers = await Promise.all([...Array(30).keys()].map((n) => get(n % 2 ? here : there, me)))
    assert.equal(answers.filter(({ status }) => status === 200).length, 10)
    for (const answer of answers) if (answer.status !== 200) assertLimited(answer)
  })

  it('is taken back where a batch is refused by another limit', () =>
    assertRefunded({ redis_url: line.url, secret_key: `refund-${randomUUID()}` }))

  it('is counted by each process while Redis is silent or away: nobody is let past, and nothing fails', async () => {
    const [silent, away] = ['198.51.100.4', '198.51.100.5']
    const spend = async (address: string) => {
      for (let index = 0; index < 10; index++) assert.equal((await get(here, address)).status, 200)
      assertLimited(await get(here, address))
    }
    line.isSilent = true
    await spend(silent)
    line.isSilent = false
    await line.cut()
    await spend(away)
    await line.start()
  })
})
