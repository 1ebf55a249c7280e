import assert from 'node:assert/strict'
import type { Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'

describe('tasks', () => {
  let world: World
  let cast: Record<'anonymous' | 'owner' | 'stranger' | 'manager' | 'admin', Person>
  before(async () => {
    world = await startWorld()
    cast = await world.cast()
  })
  after(() => world.close())

  it('belongs to its owner: others do not see it, on any transport', async () => {
    const { owner, stranger, anonymous, admin } = cast
    const created = await world.rest(owner, 'POST', '/tasks', { body: { title: 'Buy tea' } })
    assert.equal(created.status, 201)
    assert.equal(created.headers.get('location'), `/api/v1/tasks/${created.body.id}`)
    assert.equal(created.body.user_id, owner.id)
    for (const other of [stranger, admin]) {
      assert.equal((await world.rest(other, 'GET', `/tasks/${created.body.id}`)).status, 404)
      const socket = await world.socket(other)
      assert.equal((await socket.refusal('get', 'tasks', created.body.id)).code, 404)
      assert.equal((await world.rest(other, 'GET', '/tasks')).body.total, 0)
    }
    assert.equal((await world.rest(anonymous, 'GET', '/tasks')).status, 401)
  })

  it('tells its owner, and nobody else, of a change made by whatever way', async () => {
    const { owner, stranger, admin, anonymous } = cast
    const [mine, theirs, admins, nobodys] = await Promise.all(
      [owner, stranger, admin, anonymous].map((person) => world.socket(person))
    )
    const { body } = await world.rest(owner, 'POST', '/tasks', { body: { title: 'Live' } })
    assert.deepEqual((await mine!.event('tasks created')).data, body)
    await world.sql(`update tasks set title = 'By hand' where id = $1`, [body.id])
    assert.equal((await mine!.event('tasks patched')).data.title, 'By hand')
    await world.rest(owner, 'DELETE', `/tasks/${body.id}`)
    await mine!.event('tasks removed')
    assert.deepEqual(await mine!.drained(), ['tasks created', 'tasks patched', 'tasks removed'])
    for (const other of [theirs, admins, nobodys]) assert.deepEqual(await other!.drained(), [])
  })

  it('sort by priority and status in the order in which those are declared', async () => {
    const person = await world.register('sorter')
    const priorities = ['high', 'low', 'urgent', 'medium', 'low']
    for (const priority of priorities) await world.rest(person, 'POST', '/tasks', { body: { title: priority, priority } })
    const sorted = async (sort: string) => ((await world.rest(person, 'GET', `/tasks?sort=${sort}`)).body.data as { title: string }[]).map(({ title }) => title)
    assert.deepEqual(await sorted('priority'), ['low', 'low', 'medium', 'high', 'urgent'])
    assert.deepEqual(await sorted('-priority&limit=2&skip=1'), ['high', 'medium'])
    const socket = await world.socket(person)
    const [first] = (await socket.call('find', 'tasks', { $sort: { status: 1, priority: -1 }, $limit: 1 })).data
    assert.equal(first.priority, 'urgent')
    await world.rest(person, 'POST', `/tasks/${first.id}/complete`, { body: {} })
    assert.equal((await sorted('-status'))[0], 'urgent', 'completed comes after pending')
  }) // prettier-ignore
})
