import assert from 'node:assert/strict'
import type { Json, Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'
import type { StreamReader } from './reader'
import { OpenStreams, openStream } from './reader'

describe('an event stream that cannot go on where it was', () => {
  let world: World
  let owner: Person
  let admin: Person
  const streams = new OpenStreams()
  before(async () => {
    world = await startWorld()
    ;({ owner, admin } = await world.cast())
  })
  beforeEach(() => world.settled())
  afterEach(() => streams.close())
  after(() => world?.close())

  const stream = (person: Person, id?: string, query = '') =>
    streams.open(world, person, query, id === undefined ? {} : { 'Last-Event-ID': id })
  /** An id of now, of a stream that has ended. */
  const idOf = async (person: Person): Promise<string> => {
    const reader = await stream(person)
    reader.close()

    return reader.lastId!
  }
  const resets = async (reader: StreamReader): Promise<Json> => {
    await reader.event('synced')

    return Object.fromEntries(
      reader.events.filter(({ event }) => event.endsWith(' reset')).map(({ event, data }) => [event, data.reason])
    ) as Json
  } // prettier-ignore

  it('is told to fetch anew what is not of this history, and goes on from now', async () => {
    const id = await idOf(owner)
    for (const other of [`1.9-9-9.5${id.slice(id.lastIndexOf('.'))}`, 'nonsense', `1.${'9'.repeat(300)}`]) {
      const reader = await stream(owner, other)
      const told = await resets(reader)
      assert.equal(told['tasks reset'], 'epoch')
      assert.ok(!('api-keys reset' in told) || told['api-keys reset'] === 'epoch')
      assert.ok(new Set(Object.values(told)).size === 1)
    }
    const reader = await stream(owner, 'nonsense', '?resources=tasks')
    assert.deepEqual(await resets(reader), { 'tasks reset': 'epoch' })
    await world.rest(owner, 'POST', '/tasks', { body: { title: 'Live' } })
    await reader.event('tasks created')
  })

  it('waits a second for a place that this process has not read, then fetches anew', async () => {
    const id = await idOf(owner)
    const ahead = id.replace(/^(1\.[\w-]+\.)(\d+)/, (_, head: string, at: string) => `${head}${Number(at) + 1000}`)
    assert.equal((await resets(await stream(owner, ahead)))['tasks reset'], 'ahead')
  }) // prettier-ignore

  it('fetches anew what its rights are other for, and is sent the rest', async () => {
    const person = await world.register('promoted')
    const id = await idOf(person)
    const task = await world.rest(person, 'POST', '/tasks', { body: { title: 'Missed' } })
    await world.sql(`update users set role = 'manager' where id = ${person.id}`)
    await world.settled()
    const reader = await stream(person, id)
    const told = await resets(reader)
    assert.equal(told['products reset'], 'rights')
    assert.ok(!reader.events.some(({ event, data }) => event === 'tasks created' && data.id !== task.body.id))
  })

  it('that is cut while its session ends reads anew with the next one: what was taken from it comes back', async () => {
    const person = await world.register('signed-out-meanwhile')
    const titles = ['first', 'second']
    for (const title of titles) await world.rest(person, 'POST', '/tasks', { body: { title } })
    await world.settled()
    const first = await stream(person, undefined, '?resources=tasks')
    await world.rest(person, 'POST', '/auth/logout', { body: {} })
    await first.event('tasks removed')
    const taken = first.events.findIndex(({ event }) => event === 'tasks removed')
    const id = first.events.slice(0, taken + 1).findLast((event) => event.id)!.id
    const told = await resets(await stream(await world.login(person), id))
    assert.equal(told['tasks reset'], 'rights')
  })

  it('that has all of what other rights took goes on from there, and reads nothing anew', async () => {
    const person = await world.register('signed-out-before')
    await world.rest(person, 'POST', '/tasks', { body: { title: 'taken' } })
    await world.settled()
    const first = await stream(person, undefined, '?resources=tasks')
    await world.rest(person, 'POST', '/auth/logout', { body: {} })
    await first.event('tasks removed')
    const taken = first.events.findIndex(({ event }) => event === 'tasks removed')
    await first.first((event) => event.event === 'synced' && first.events.indexOf(event) > taken)
    assert.deepEqual(await resets(await stream(anonymous, first.lastId)), {})
  })

  it('is not sent what happened while it had lost rights that it has again', async () => {
    const person = await world.register('demoted', { role: 'admin' })
    const id = await idOf(person)
    await world.sql(`update users set role = 'user' where id = ${person.id}`)
    await world.rest(owner, 'PATCH', `/users/${owner.id}`, { body: { first_name: 'Meanwhile' } })
    await world.sql(`update users set role = 'admin' where id = ${person.id}`)
    await world.settled()
    const reader = await stream(person, id)
    const told = await resets(reader)
    assert.equal(told['users reset'], 'rights')
    const resetsTold = reader.told().filter((name) => name.endsWith(' reset'))
    assert.equal(new Set(resetsTold).size, resetsTold.length, 'each resource once')
    assert.ok(!reader.events.some(({ event, data }) => event === 'users patched' && data.first_name === 'Meanwhile')) // prettier-ignore
  })

  it('is sent what was missed after a log-in, which changes nothing but times', async () => {
    const person = await world.register('returning')
    const id = await idOf(person)
    await world.rest(person, 'POST', '/tasks', { body: { title: 'By another device' } })
    const back = await world.login(person)
    await world.settled()
    const reader = await stream(back, id)
    await reader.event('tasks created')
    assert.deepEqual(await resets(reader), {})
  })

  it('fetches anew where what it missed was removed as too old', async () => {
    const id = await idOf(owner)
    await world.rest(owner, 'POST', '/tasks', { body: { title: 'Pruned' } })
    await world.settled()
    await world.sql(`
      with old as (delete from changes where resource = 'tasks' returning id)
      insert into feed_horizon (epoch, id, created_at)
      select '${world.app.get('engine').feed.epoch}', max(id), now() from old`)
    // This process still has it in memory.
    const other = await startWorld({ database: world.database })
    try {
      const reader = await openStream(other, owner, '', { 'Last-Event-ID': id })
      assert.equal((await resets(reader))['tasks reset'], 'horizon')
      reader.close()
    } finally {
      await other.close(true)
    }
  })

  it('drops what it may not read at all any more', async () => {
    const person = await world.register('dismissed', { role: 'admin' })
    const id = await idOf(person)
    await world.sql(`update users set role = 'user' where id = ${person.id}`)
    await world.settled()
    assert.equal((await resets(await stream(person, id)))['security-events reset'], 'rights')
  })

  it('names no place where its id is none', async () => {
    const reader = await stream(owner, 'yesterday')
    assert.deepEqual(reader.events[0], { event: 'hello', data: {} })
    assert.equal((await resets(reader))['tasks reset'], 'epoch')
    assert.match(reader.lastId!, /^1\./)
  })

  it('of one user is of no use to another', async () => {
    await world.rest(admin, 'PATCH', `/users/${admin.id}`, { body: { first_name: 'Secret' } })
    const id = await idOf(admin)
    await world.rest(admin, 'PATCH', `/users/${admin.id}`, { body: { first_name: 'Hidden' } })
    await world.settled()
    const reader = await stream(owner, id)
    assert.equal((await resets(reader))['users reset'], 'rights')
    assert.ok(!reader.events.some(({ data }) => JSON.stringify(data).includes('Hidden')))
  })
})
