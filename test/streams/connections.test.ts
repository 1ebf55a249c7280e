import assert from 'node:assert/strict'
import { connect } from 'node:net'
import type { Json, Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'
import { OpenStreams } from './reader'

describe('the connection of an event stream', () => {
  let here: World
  let there: World
  let owner: Person
  const streams = new OpenStreams()
  before(async () => {
    here = await startWorld()
    there = await startWorld({ database: here.database })
    owner = await here.register('owner')
  })
  beforeEach(() => here.settled())
  afterEach(() => streams.close())
  after(async () => {
    await there?.close(true)
    await here?.close()
  })

  const stream = (world: World, person: Person, headers: Record<string, string> = {}) =>
    streams.open(world, person, '', headers)
  const task = async (title: string, person = owner): Promise<Json> =>
    (await here.rest(person, 'POST', '/tasks', { body: { title } })).body as Json

  it('that is cut goes on at another process', async () => {
    const first = await stream(here, owner)
    await task('seen')
    await first.event('tasks created')
    first.close()
    await task('missed')
    const second = await stream(there, owner, { 'Last-Event-ID': first.lastId! })
    await second.event('tasks created', ({ title }) => title === 'missed')
    assert.ok(!second.events.some(({ data }) => (data as Json).title === 'seen'))
  })

  it('ends when its server stops, and its client goes on elsewhere', async () => {
    const leaving = await startWorld({ database: here.database })
    const reader = await stream(leaving, owner)
    const begun = Date.now()
    await leaving.close(true)
    await reader.ended()
    assert.ok(Date.now() - begun < 9000, 'it did not wait for the end of the grace')
    await task('while it moved')
    const next = await stream(here, owner, { 'Last-Event-ID': reader.lastId! })
    await next.event('tasks created', ({ title }) => title === 'while it moved')
  })

  it('hears nothing by a session that was ended, in any process', async () => {
    const person = await here.register('leaving')
    const readers = [await stream(here, person), await stream(there, person)]
    const { id } = await task('before', person)
    for (const reader of readers) await reader.event('tasks created', (data) => data.id === id)
    await here.rest(person, 'POST', '/auth/logout', { body: {} })
    for (const reader of readers) await reader.event('tasks removed', (data) => data.id === id)
    await here.sql(`update tasks set title = 'after' where id = ${id}`)
    for (const world of [here, there]) await world.settled()
    for (const { events } of readers) assert.ok(!events.some(({ data }) => (data as Json).title === 'after'))
  })

  it('that is cut while its session ends reads anew with the next one: what was taken from it comes back', async () => {
    const person = await here.register('returning')
    const { id } = await task('kept', person)
    await here.settled()
    const reader = await stream(here, person)
    await here.rest(person, 'POST', '/auth/logout', { body: {} })
    await reader.event('tasks removed', (data) => data.id === id)
    const again = await stream(there, await here.login(person), { 'Last-Event-ID': reader.lastId! })
    const { data } = await again.event('tasks reset')
    assert.equal(data.reason, 'rights')
  })

  it('is opened by an API key, hears what the key may read, and nothing once that is revoked', async () => {
    const body = { name: 'Robot', permissions: ['tasks:read'] }
    const key = (await here.rest(owner, 'POST', '/api-keys', { body })).body as Json
    const robot = await stream(here, anonymous, { 'X-API-Key': key.key as string })
    await task('by the key')
    await robot.event('tasks created')
    await here.rest(owner, 'PATCH', `/users/${owner.id}`, { body: { first_name: 'Unheard' } })
    assert.equal((await here.rest(owner, 'POST', `/api-keys/${key.id}/revoke`, { body: {} })).status, 200)
    await robot.event('tasks removed')
    await task('after')
    await here.settled()
    assert.ok(!robot.told().includes('users patched'))
    assert.ok(!robot.events.some(({ data }) => (data as Json).title === 'after'))
  })

  it('says that its token expires, and ends with it', async () => {
    const short = await startWorld({
      database: here.database,
      settings: { auth: { access_ttl: 4, expiry_warning: 3 } }
    })
    try {
      const person = await short.login(owner)
      const reader = await stream(short, person)
      await reader.event('token_expiring')
      await reader.event('token_expired')
      await reader.ended()
      const again = await stream(short, await short.login(owner), { 'Last-Event-ID': reader.lastId! })
      await again.event('synced')
      assert.deepEqual(again.told().filter((name) => name.endsWith(' reset')), []) // prettier-ignore
    } finally {
      await short.close(true)
    }
  })

  it('of a client that does not read is cut off, and nobody else’s', async () => {
    const slow = await startWorld({
      database: here.database,
      settings: { sockets: { buffer_limit: 65_536, stall_timeout: 1 } }
    })
    try {
      const { hostname, port } = new URL(slow.url)
      const socket = connect(Number(port), hostname)
      socket.write(
        `GET /api/v1/events HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${owner.token}\r\n\r\n`
      )
      await new Promise((resolve) => socket.once('data', resolve))
      socket.pause()
      const reader = await stream(slow, owner)
      const { members } = slow.app.get('engine')
      // More than the system buffers for a connection, in batches that a client which reads takes meanwhile.
      for (let batch = 0; members.all().length > 1 && batch < 200; batch++) {
        await here.sql(`insert into tasks (title, description, user_id) select 'large', repeat('x ', 5000), ${owner.id} from generate_series(1, 40)`) // prettier-ignore
        await slow.settled()
      }
      assert.equal(members.all().length, 1)
      await task('last')
      await reader.event('tasks created', ({ title }) => title === 'last')
      socket.destroy()
    } finally {
      await slow.close(true)
    }
  })
})
