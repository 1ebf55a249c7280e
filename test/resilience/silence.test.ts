import assert from 'node:assert/strict'
import { createDatabase, dropDatabase } from '../helpers/database'
import type { Answer, Person, World } from '../helpers/world'
import { anonymous, PASSWORD, startWorld } from '../helpers/world'
import { assertRefused, send } from '../input/contract'
import { Proxy } from './proxy'
import { onlyInDepth } from '../helpers/depth'

/** Seconds. The program gives the server two more to say that a statement took too long. */
const LIMITS = { read_timeout: 1, statement_timeout: 1 }

describe('a database that says nothing any more, behind connections that stay open (TEST_DEPTH=2)', function () {
  this.timeout(60_000)
  let url: string
  let proxy: Proxy
  let world: World
  let owner: Person
  let id: number
  before(async function () {
    onlyInDepth(this)
    url = await createDatabase()
    proxy = await Proxy.to(url)
    // No token is kept: each call has to ask.
    const settings = { auth: { cache_ttl: 0 }, database: LIMITS, feed: { stall_timeout: 1 } }
    world = await startWorld({ database: proxy.url(url), settings })
    owner = await world.register('owner')
    id = (await create('Kept')).body.id as number
  })
  after(async () => {
    proxy?.close()
    await world?.close(true)
    if (url) await dropDatabase(url)
  })

  const list = () => world.rest(owner, 'GET', '/tasks')
  const create = (title: string) => world.rest(owner, 'POST', '/tasks', { body: { title } })
  const ready = async () => {
    const began = Date.now()
    const { status } = await send(world, 'GET', '/health/ready')

    return { status, milliseconds: Date.now() - began }
  }
  const calls = (): Promise<Answer>[] => {
    const login = { email: owner.email, password: PASSWORD }
    return [
      list(),
      create('Lost'),
      world.rest(owner, 'GET', `/tasks/${id}`),
      world.rest(anonymous, 'GET', '/products'),
      world.rest(anonymous, 'POST', '/auth/login', { body: login })
    ]
  }
  const eventually = async (call: () => Promise<{ status: number }>, status: number) => {
    for (let answer = await call(); answer.status !== status; answer = await call())
      assert.equal(answer.status, 503)
  }

  it('is answered by 503 within seconds, and the connections are opened anew', async () => {
    await Promise.all(calls())
    proxy.swallow()
    const began = Date.now()
    const probes = Promise.all([ready(), ready()])
    const answers = await Promise.all(calls())
    const refused = answers.filter(({ status }) => status >= 300)
    assert.ok(refused.length > 0)
    for (const answer of refused) {
      assertRefused(answer, { code: 'UNAVAILABLE' })
      assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/)
    }
    assert.ok(Date.now() - began < 20_000)
    for (const { status, milliseconds } of await probes) {
      assert.ok(status === 503 || status === 200)
      assert.ok(milliseconds < 10_000)
    }
    await eventually(list, 200)
    await eventually(() => create('Afterwards'), 201)
    await eventually(ready, 200)
    const titles = (await list()).body.data.map(({ title }: { title: string }) => title)
    assert.equal(titles.filter((title: string) => title === 'Afterwards').length, 1)
  })

  it('says that it is not ready within seconds, also where new connections carry nothing either', async () => {
    proxy.deafen(true)
    proxy.swallow()
    const began = Date.now()
    const answers = Promise.all(calls())
    for (let probe = 0; probe < 3; probe++) {
      const { status, milliseconds } = await ready()
      assert.equal(status, 503)
      assert.ok(milliseconds < 10_000, `${milliseconds} ms`)
    }
    for (const answer of await answers) assertRefused(answer, { code: 'UNAVAILABLE' })
    assert.ok(Date.now() - began < 20_000)
    proxy.deafen(false)
    await eventually(ready, 200)
    await eventually(list, 200)
  })
})

describe('a database that says nothing any more, where statements have no time limit (TEST_DEPTH=2)', function () {
  this.timeout(60_000)
  it('is found out by reads of one record, whose connection has a limit of its own', async function () {
    onlyInDepth(this)
    const url = await createDatabase()
    const proxy = await Proxy.to(url)
    const limits = { read_timeout: 0, statement_timeout: 0 }
    const world = await startWorld({ database: proxy.url(url), settings: { database: limits } })
    const owner = await world.register('owner')
    const { body } = await world.rest(owner, 'POST', '/tasks', { body: { title: 'Kept' } })
    const get = () => world.rest(owner, 'GET', `/tasks/${body.id}`)
    while (!world.app.get('connection').pipeline!.isOpen) await get()
    proxy.swallow()
    assertRefused(await get(), { code: 'UNAVAILABLE' })
    // The connections of the pool are opened anew as well.
    assert.equal((await get()).status, 200)
    proxy.close()
    await world.close(true)
    await dropDatabase(url)
  })
})
