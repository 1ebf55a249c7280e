import assert from 'node:assert/strict'
import type { Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { ask, codesOf } from './ask'

describe('mutations of GraphQL', () => {
  let world: World
  let cast: Record<'anonymous' | 'owner' | 'stranger' | 'manager' | 'admin', Person>
  before(async () => {
    world = await startWorld()
    cast = await world.cast()
  })
  after(() => world.close())

  const create = async (person: Person, title: string): Promise<Json> => {
    const { data, errors } = await ask(world, person, 'mutation ($title: String!) { tasks_create(data: { title: $title }) { id title status } }', { variables: { title } }) // prettier-ignore
    assert.equal(errors, undefined, JSON.stringify(errors))

    return data.tasks_create
  }
  const rows = async (title: string) =>
    (await world.sql('select id from tasks where title = $1', [title])).length

  it('create, change, make a step and remove, under the same rules and with the same events', async () => {
    const [own, other] = [await world.socket(cast.owner), await world.socket(cast.stranger)]
    const task = await create(cast.owner, 'Water the plants')
    assert.equal(task.status, 'pending')
    const text = 'mutation ($id: SafeInt!) { tasks_patch(id: $id, data: { priority: high }) { id priority } tasks_start(id: $id) { id status } tasks_remove(id: $id) { id } }' // prettier-ignore
    const refused = await ask(world, cast.stranger, text, { variables: { id: task.id } })
    assert.deepEqual(codesOf(refused), ['NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND'])
    assert.deepEqual(codesOf(await ask(world, cast.anonymous, text, { variables: { id: task.id } })), ['NOT_AUTHENTICATED', 'NOT_AUTHENTICATED', 'NOT_AUTHENTICATED']) // prettier-ignore
    const { data } = await ask(world, cast.owner, text, { variables: { id: task.id } })
    assert.deepEqual(data, { tasks_patch: { id: task.id, priority: 'high' }, tasks_start: { id: task.id, status: 'in_progress' }, tasks_remove: { id: task.id } }) // prettier-ignore
    assert.deepEqual(await own.told(), ['tasks created', 'tasks patched', 'tasks patched', 'tasks start', 'tasks removed']) // prettier-ignore
    await other.silent()
  })

  it('refuse what REST refuses, with its object and its field', async () => {
    const long = 'x'.repeat(300)
    const answer = await ask(world, cast.owner, 'mutation ($title: String!) { tasks_create(data: { title: $title }) { id } }', { variables: { title: long }, headers: { 'X-Request-Id': 'same' } }) // prettier-ignore
    const rest = await world.rest(cast.owner, 'POST', '/tasks', {
      body: { title: long },
      headers: { 'X-Request-Id': 'same' }
    })
    assert.equal(rest.status, 422)
    assert.deepEqual(answer.errors![0]!.extensions, { ...rest.body.error, status: 422 })
    assert.equal(await rows(long), 0)
  })

  it('create several records at once, all or none', async () => {
    const text = 'mutation ($data: [TasksCreateInput!]!) { tasks_create_bulk(data: $data) { title } }'
    const good = await ask(world, cast.owner, text, {
      variables: { data: [{ title: 'one of two' }, { title: 'two of two' }] }
    })
    assert.deepEqual(good.data.tasks_create_bulk, [{ title: 'one of two' }, { title: 'two of two' }])
    const bad = await ask(world, cast.owner, text, {
      variables: { data: [{ title: 'alone' }, { title: '' }] }
    })
    assert.deepEqual(codesOf(bad), ['VALIDATION_ERROR'])
    assert.equal(await rows('alone'), 0)
  })

  it('are done once where they are sent again with their key, each of several by itself', async () => {
    const text = 'mutation { a: tasks_create(data: { title: "once" }) { id } b: tasks_create(data: { title: "once" }) { id } }' // prettier-ignore
    const headers = { 'Idempotency-Key': 'k-1' }
    const [first, again] = [
      await ask(world, cast.owner, text, { headers }),
      await ask(world, cast.owner, text, { headers })
    ]
    assert.deepEqual(again.data, first.data)
    assert.notEqual(first.data.a.id, first.data.b.id)
    assert.equal(await rows('once'), 2)
    const single = 'mutation { tasks_create(data: { title: "shared" }, idempotency_key: "k-2") { id } }'
    const { data } = await ask(world, cast.owner, single)
    const rest = await world.rest(cast.owner, 'POST', '/tasks', {
      body: { title: 'shared' },
      headers: { 'Idempotency-Key': 'k-2' }
    })
    assert.equal(rest.body.id, data.tasks_create.id)
    assert.equal(await rows('shared'), 1)
  })

  it('are bounded by the permissions of an API key, and can be called with one', async () => {
    const { body } = await world.rest(cast.owner, 'POST', '/api-keys', {
      body: { name: 'reader', permissions: ['tasks:read'] }
    })
    const headers = { 'X-API-Key': body.key as string }
    const read = await ask(world, cast.anonymous, '{ tasks_find { nodes { title } } }', { headers })
    assert.ok(read.data.tasks_find.nodes.length > 0)
    const write = await ask(
      world,
      cast.anonymous,
      'mutation { tasks_create(data: { title: "by key" }) { id } }',
      { headers }
    )
    assert.deepEqual(codesOf(write), ['FORBIDDEN'])
    assert.equal(await rows('by key'), 0)
  })

  it('sign somebody in, whose token then signs in others calls', async () => {
    const login = 'mutation ($email: String!, $password: String!) { auth_login(input: { email: $email, password: $password }) { access_token user { id } } }' // prettier-ignore
    const { data, errors } = await ask(world, cast.anonymous, login, { variables: { email: cast.owner.email, password: 'correct-horse' } }) // prettier-ignore
    assert.equal(errors, undefined, JSON.stringify(errors))
    assert.equal(data.auth_login.user.id, cast.owner.id)
    const me = await ask(
      world,
      { name: 'owner', token: data.auth_login.access_token },
      '{ auth_me { id username } }'
    )
    assert.deepEqual(me.data.auth_me, { id: cast.owner.id, username: 'owner' })
  })
})
