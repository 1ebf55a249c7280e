import assert from 'node:assert/strict'
import type { Caller } from '../../packages/rachis/src/service/call'
import type { Json, Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'

/** As a batch, a job or GraphQL calls: with nothing of HTTP in hand. */
describe('call()', () => {
  let world: World
  let owner: Person
  let stranger: Person
  before(async () => {
    world = await startWorld()
    owner = await world.register('owner')
    stranger = await world.register('stranger')
  })
  after(() => world?.close())

  const call = (name: string, given: Json, caller: Caller) => {
    const [resource, method] = name.split('.')
    const { models } = world.app.get('engine')
    const { operations } = models.find((model) => model.name === resource)!
    return world.app.get('call')(
      operations.find((one) => one.name === method)!,
      given,
      caller
    )
  }
  const by = ({ token }: Person): Caller => ({
    provider: 'batch',
    ...(token ? { authentication: { strategy: 'jwt', accessToken: token } } : {})
  })

  it('answers status, headers and body of every kind of operation', async () => {
    const created = await call('tasks.create', { data: { title: 'Water' } }, by(owner))
    const { id } = created.body as Json
    assert.deepEqual(
      [created.status, created.headers],
      [201, { Location: `/api/v1/tasks/${id}`, 'X-Rachis-Tx': created.tx }]
    )
    const got = await call('tasks.get', { id, query: { fields: 'title' } }, by(owner))
    assert.deepEqual([got.status, Object.keys(got.headers), got.body], [200, ['X-Rachis-Position'], { id, title: 'Water' }]) // prettier-ignore
    const patched = await call('tasks.patch', { id, data: { title: 'Feed' } }, by(owner))
    assert.equal((patched.body as Json).title, 'Feed')
    const done = await call('tasks.complete', { id }, by(owner))
    assert.deepEqual([done.status, (done.body as Json).status], [200, 'completed'])
    const found = await call('tasks.find', { query: { status: 'completed' } }, by(owner))
    assert.deepEqual((found.body as Json).data.map((task: Json) => task.id), [id]) // prettier-ignore
    assert.equal((await call('tasks.remove', { id }, by(owner))).status, 200)
  })

  it('asks the rules of whoever calls, and tells each of their own call alone', async () => {
    const { body } = await world.rest(owner, 'POST', '/tasks', { body: { title: 'Secret' } })
    const watching = await world.socket(stranger)
    const refusal = (name: string, given: Json, caller: Caller): Promise<Json> =>
      call(name, given, caller).then(
        () => assert.fail('It was not refused'),
        (error: { toJSON(): Json }) => error.toJSON().error
      )
    assert.equal((await refusal('tasks.find', {}, by(anonymous))).code, 'NOT_AUTHENTICATED')
    assert.equal((await refusal('tasks.get', { id: body.id }, by(stranger))).code, 'NOT_FOUND')
    assert.equal((await refusal('tasks.complete', { id: body.id }, by(stranger))).code, 'NOT_FOUND')
    assert.equal(
      (await refusal('tasks.create', { data: { title: 'x', titel: 'y' } }, by(owner))).field,
      'titel'
    )
    const claimed: Caller = { provider: 'batch', user: { id: owner.id } as never }
    assert.equal(
      (await refusal('tasks.find', {}, claimed)).code,
      'NOT_AUTHENTICATED',
      'who is said is not known'
    )
    await world.settled()
    assert.deepEqual(await watching.drained(), [])
  })

  it('hands on the trace id of its caller', async () => {
    const error = await call('tasks.get', { id: 1 }, { ...by(anonymous), trace_id: 'of-the-batch' }).catch(
      (thrown: { trace_id: string }) => thrown
    )
    assert.equal((error as { trace_id: string }).trace_id, 'of-the-batch')
  })
})
