import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { RedisLine, URL_OF_REDIS } from '../helpers/redis-line'
import type { Answer, Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'
import { Gate, library } from './library'

const HIT = /^rachis; hit/
const STORED = /^rachis; fwd=uri-miss; stored$/
const status = ({ headers }: Answer) => headers.get('cache-status') ?? ''
const read = (world: World, path = '/shelves') => world.rest(anonymous, 'GET', path)
const patch = (world: World, owner: Person, path: string, name: string) =>
  world.rest(owner, 'PATCH', path, { body: { name } })

describe('answers that several processes keep', () => {
  const settings = { rate_limit: { requests: 0 }, secret_key: `answers-${randomUUID()}` }
  const start = (more: object, database?: string) =>
    startWorld({
      resources: library(new Gate()),
      settings: { ...settings, redis_url: '', ...more },
      database
    })
  let here: World
  let there: World
  let owner: Person
  let shelf = ''
  before(async () => {
    here = await start({})
    there = await start({}, here.database)
    owner = await here.register('owner')
    const { body } = await here.rest(owner, 'POST', '/shelves', { body: { name: 'Poems' } })
    shelf = `/shelves/${body.id as number}`
    await settled()
  })
  after(async () => {
    await there?.close(true)
    await here?.close()
  })
  const settled = async (...worlds: World[]) => {
    for (const world of [here, there, ...worlds]) await world.settled()
  }

  it('end with what another process writes', async () => {
    for (const world of [here, there]) {
      await read(world)
      assert.match(status(await read(world)), HIT)
    }
    await patch(here, owner, shelf, 'Odes')
    await settled()
    for (const world of [here, there]) {
      const answer = await read(world)
      assert.match(status(answer), STORED)
      assert.equal(answer.body.data[0].name, 'Odes')
    }
  })

  it('take no more memory than they may: those that were asked for longest ago give way', async () => {
    const small = await start({ cache: { max_bytes: 16_384 } }, here.database)
    const path = (limit: number) => `/shelves?limit=${limit}&fields=name`
    try {
      await settled(small)
      for (let limit = 1; limit <= 60; limit++) assert.match(status(await read(small, path(limit))), STORED)
      assert.match(status(await read(small, path(60))), HIT)
      assert.match(status(await read(small, path(1))), STORED)
    } finally {
      await small.close(true)
    }
  })

  it('are none where the setting says so', async () => {
    const none = await start({ cache: { max_bytes: 0 } }, here.database)
    try {
      for (let index = 0; index < 2; index++) assert.equal(status(await read(none)), '')
      assert.equal((await read(none)).headers.get('cache-control'), 'public, max-age=60')
    } finally {
      await none.close(true)
    }
  })

  const withRedis = URL_OF_REDIS ? describe : describe.skip
  withRedis('in Redis', () => {
    const line = new RedisLine()
    const apps: World[] = []
    before(async () => {
      await line.start()
      for (let index = 0; index < 2; index++) apps.push(await start({ redis_url: line.url }, here.database))
      await settled(...apps)
    })
    after(async () => {
      line.isSilent = false
      for (const app of apps) await app.close(true)
      await line.cut()
    })

    it('are found by the other process, and end in both with a change', async () => {
      const [one, other] = apps as [World, World]
      for (const name of ['Sagas', 'Tales']) {
        await patch(there, owner, shelf, name)
        await settled(...apps)
        const first = await read(one)
        assert.match(status(first), STORED)
        const again = await read(other)
        assert.match(status(again), HIT)
        assert.deepEqual(again.body, first.body)
        assert.equal(again.body.data[0].name, name)
      }
    })

    it('are kept by each process for itself while Redis is silent', async () => {
      const [one, other] = apps as [World, World]
      line.isSilent = true
      await patch(there, owner, shelf, 'Songs')
      await settled(...apps)
      for (const world of [one, other]) {
        assert.match(status(await read(world)), STORED)
        const again = await read(world)
        assert.match(status(again), HIT)
        assert.equal(again.body.data[0].name, 'Songs')
      }
    })
  })
})
