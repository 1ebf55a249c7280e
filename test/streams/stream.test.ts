import assert from 'node:assert/strict'
import type { Json, Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'
import { OpenStreams, openStream } from './reader'

describe('the event stream', () => {
  let world: World
  let cast: Record<'anonymous' | 'owner' | 'stranger' | 'manager' | 'admin', Person>
  const streams = new OpenStreams()
  before(async () => {
    world = await startWorld()
    cast = await world.cast()
    await world.settled()
  })
  beforeEach(() => world.settled())
  afterEach(() => streams.close())
  after(() => world?.close())

  const stream = (person: Person, query = '', headers = {}) => streams.open(world, person, query, headers)
  const refused = (person: Person, query: string, headers = {}) =>
    openStream(world, person, query, headers).then(
      () => assert.fail('it was opened'),
      (error: { status: number; body: Json }) => ({ status: error.status, ...(error.body.error as { code: string; field?: string; hint: string }) })
    ) // prettier-ignore
  const write = async (method: string, path: string, body?: object, person = cast.owner): Promise<Json> => {
    const answer = await world.rest(person, method, path, { body })
    assert.ok(answer.status < 300, JSON.stringify(answer.body))

    return answer.body as Json
  }

  it('tells everybody what they may see and nobody more, as sockets do', async () => {
    const [mine, others, nobody] = [await stream(cast.owner), await stream(cast.stranger), await stream(anonymous)] // prettier-ignore
    const socket = await world.socket(cast.owner)
    const { id } = await write('POST', '/tasks', { title: 'New\nline' })
    await write('POST', `/tasks/${id}/start`, {})
    await write('DELETE', `/tasks/${id}`)
    await mine.event('tasks removed')
    await world.settled()
    await socket.drained()
    assert.deepEqual(
      mine.events.filter(({ event }) => event.startsWith('tasks ')).map(({ event, data }) => ({ name: event, data })),
      socket.events.map(({ name, data }) => ({ name, data }))
    ) // prettier-ignore
    assert.deepEqual([...others.told(), ...nobody.told()], [])
  })

  it('gives the id with the last event of a change only', async () => {
    const mine = await stream(cast.owner)
    const { id } = await write('POST', '/tasks', { title: 'Step' })
    await write('POST', `/tasks/${id}/start`, {})
    await mine.event('tasks start')
    const [patched, start] = ['tasks patched', 'tasks start'].map((name) => mine.events.find(({ event }) => event === name)!) // prettier-ignore
    assert.equal(patched!.id, undefined)
    assert.match(start!.id!, /^[\w.-]{1,200}$/)
  })

  it('is never cached nor packed, and begins with where it is', async () => {
    const mine = await stream(cast.owner)
    const { headers } = mine.response
    assert.deepEqual(
      [headers['content-type'], headers['cache-control'], headers['x-accel-buffering'], headers['content-encoding']],
      ['text/event-stream; charset=utf-8', 'no-store, no-transform', 'no', undefined]
    ) // prettier-ignore
    const [hello] = mine.events
    assert.equal(hello!.event, 'hello')
    assert.equal(hello!.data.position, hello!.id)
  })

  it('sends what was missed to a client that comes back, once and in order', async () => {
    const first = await stream(cast.owner)
    const { id } = await write('POST', '/tasks', { title: 'Before' })
    await first.event('tasks created', (data) => data.id === id)
    first.close()
    await write('PATCH', `/tasks/${id}`, { title: 'Missed' })
    const other = await write('POST', '/tasks', { title: 'Missed too' })
    await write('POST', '/tasks', { title: 'Not mine' }, cast.stranger)
    await write('DELETE', `/tasks/${id}`)
    await world.settled()
    const again = await stream(cast.owner, '', { 'Last-Event-ID': first.lastId! })
    await again.event('synced')
    assert.deepEqual(
      again.events.filter(({ event }) => event.startsWith('tasks ')).map(({ event, data }) => [event, data.id, data.title]),
      [['tasks patched', id, 'Missed'], ['tasks created', other.id, 'Missed too'], ['tasks removed', id, 'Missed']]
    ) // prettier-ignore
    await write('PATCH', `/tasks/${other.id}`, { title: 'Live again' })
    await again.event('tasks patched', (data) => data.title === 'Live again')
  })

  it('goes on from the position of a list, so that nothing is lost between the two', async () => {
    const listed = await world.rest(cast.owner, 'GET', '/tasks')
    const position = listed.headers.get('x-rachis-position')!
    const { id } = await write('POST', '/tasks', { title: 'After the list' })
    await world.settled()
    const mine = await stream(cast.owner, `?resources=tasks&last_event_id=${position}`)
    await mine.event('tasks created', (data) => data.id === id)
    await mine.event('synced')
    assert.deepEqual(mine.told(), ['tasks created'])
    const record = await world.rest(cast.owner, 'GET', `/tasks/${id}`)
    assert.ok(record.headers.get('x-rachis-position'))
    assert.equal((await world.rest(cast.owner, 'POST', '/tasks', { body: { title: 'x' } })).headers.get('x-rachis-position'), null) // prettier-ignore
  })

  it('is narrowed down to resources and by filters, with what comes to match and what matches no more', async () => {
    const mine = await stream(cast.owner, '?resources=tasks&filter[tasks][status]=pending')
    const { id } = await write('POST', '/tasks', { title: 'To do' })
    await write('POST', `/tasks/${id}/start`, {})
    await write('PATCH', `/tasks/${id}`, { title: 'On its way' })
    await write('PATCH', `/users/${cast.owner.id}`, { first_name: 'New' })
    const last = await write('POST', '/tasks', { title: 'Last' })
    await mine.event('tasks created', (data) => data.id === last.id)
    assert.deepEqual(mine.told(), ['tasks created', 'tasks removed', 'tasks created'])
  })

  it('refuses what it does not know, what one may not read, and what cannot be asked of a change', async () => {
    const cases: [Person, string, object][] = [
      [cast.owner, '?resources=taks', { status: 400, code: 'BAD_QUERY', hint: 'Did you mean tasks?' }],
      [cast.owner, '?limit=3', { status: 400, code: 'BAD_QUERY', field: 'limit' }],
      [cast.owner, '?filter=x', { status: 400, code: 'BAD_QUERY', field: 'filter' }],
      [cast.owner, '?resources=orders&filter[tasks][status]=pending', { status: 400, code: 'BAD_QUERY' }],
      [cast.owner, '?filter[tasks][color]=red', { status: 400, code: 'BAD_QUERY' }],
      [cast.owner, '?filter[tasks][title][$lt]=m', { status: 422, code: 'NOT_SUBSCRIBABLE', field: 'filter.tasks' }],
      [cast.owner, '?filter[orders][items.quantity]=2', { status: 422, code: 'NOT_SUBSCRIBABLE' }],
      [cast.owner, `?filter[tasks][title]=${'x'.repeat(5000)}`, { status: 422, code: 'NOT_SUBSCRIBABLE' }],
      [cast.owner, `?filter[tasks][id][$in]=${Array.from({ length: 51 }, (_, index) => index + 1).join()}`, { status: 422, code: 'NOT_SUBSCRIBABLE' }],
      [cast.owner, '?filter[products][cost]=1', { status: 403, code: 'FORBIDDEN' }],
      [cast.owner, '?resources=tasks,audit,products,dead-letters', { status: 403, code: 'FORBIDDEN', field: 'resources', message: 'You may not read audit, dead-letters' }],
      [cast.owner, '?resources=tasks,audit,nothing', { status: 400, code: 'BAD_QUERY', message: 'There is no resource nothing' }],
      [cast.owner, '?filter[tasks][id]=1&filter[audit][id]=1', { status: 403, code: 'FORBIDDEN', field: 'filter', message: 'You may not read audit' }],
      [anonymous, '?resources=products,tasks,orders', { status: 401, code: 'NOT_AUTHENTICATED', message: 'Sign in to read tasks, orders' }],
      [{ name: 'forged', token: 'x.y.z' }, '', { status: 401, code: 'INVALID_TOKEN' }]
    ] // prettier-ignore
    for (const [person, query, expected] of cases) {
      const error = await refused(person, query)
      assert.deepEqual({ ...error, ...expected }, error, query)
    }
    assert.equal((await refused(cast.owner, '', { Accept: 'application/json' })).status, 406)
    assert.equal((await world.rest(cast.owner, 'POST', '/events', { body: {} })).status, 405)
  })
})
