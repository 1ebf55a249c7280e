import assert from 'node:assert/strict'
import { FALSE } from '../../packages/rachis/src/declare/predicate'
import { keepPrincipal, planned } from '../../packages/rachis/src/rules/plans'
import type { Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'

describe('plans', () => {
  const counted = () => {
    let made = 0
    const plan = planned(
      (of: { readonly name: string }, user) => `${++made} ${of.name} ${JSON.stringify(user)}`
    )
    return { plan, made: () => made }
  }
  const [first, second] = [{ name: 'first' }, { name: 'second' }]

  it('are made once for a principal that is kept, and once for nobody', () => {
    const { plan, made } = counted()
    const [one, other] = [keepPrincipal({ id: 1 }), keepPrincipal({ id: 2 })]
    for (let times = 0; times < 2; times++) {
      assert.equal(plan(first, one), '1 first {"id":1}')
      assert.equal(plan(second, one), '2 second {"id":1}')
      assert.equal(plan(first, other), '3 first {"id":2}')
      assert.match(plan(first, null), /^4 first/)
      assert.match(plan(first, undefined), /^4 first/)
    }
    assert.equal(made(), 4)
  })

  it('are made anew for a user who may be another one at the next call', () => {
    const { plan } = counted()
    const user = { id: 1, role: 'user' }
    assert.equal(plan(first, user), '1 first {"id":1,"role":"user"}')
    user.role = 'admin'
    assert.equal(plan(first, user), '2 first {"id":1,"role":"admin"}')
  })

  it('keep a principal from being changed behind them', () => {
    assert.ok(Object.isFrozen(keepPrincipal({ id: 1, role: 'user' })))
  })
})

describe('a call whose rights are known', () => {
  let world: World
  let cast: Awaited<ReturnType<World['cast']>>
  let task: Json
  before(async () => {
    world = await startWorld()
    cast = await world.cast()
    task = (await world.rest(cast.owner, 'POST', '/tasks', { body: { title: 'Water' } })).body
  })
  after(() => world?.close())

  const read = (person: Person) => world.rest(person, 'GET', `/tasks/${task.id}`)
  const statuses = async (person: Person) => [(await read(person)).status, (await read(person)).status]

  it('is asked by new rights once they have changed', async () => {
    const { admin, owner, stranger } = cast
    const become = (role: string) => world.rest(admin, 'PATCH', `/users/${stranger.id}`, { body: { role } })
    const readsOwner = async () => {
      const answers = [1, 2].map(() => world.rest(stranger, 'GET', `/users/${owner.id}`))
      return (await Promise.all(answers)).map(({ status }) => status)
    }
    const socket = await world.socket(stranger)
    assert.deepEqual(await readsOwner(), [404, 404])
    assert.equal((await become('admin')).status, 200)
    assert.deepEqual(await readsOwner(), [200, 200])
    assert.equal((await socket.call('get', 'users', owner.id)).id, owner.id)
    assert.equal((await become('user')).status, 200)
    assert.deepEqual(await readsOwner(), [404, 404])
    assert.equal((await socket.refusal('get', 'users', owner.id)).code, 404)
  })

  it('finds each record by its own id', async () => {
    const { owner, stranger } = cast
    const { body: other } = await world.rest(stranger, 'POST', '/tasks', { body: { title: 'Feed' } })
    const { body: own } = await world.rest(owner, 'POST', '/tasks', { body: { title: 'Cut' } })
    for (const [person, { id }, status] of [
      [owner, task, 200],
      [owner, own, 200],
      [owner, other, 404],
      [stranger, other, 200],
      [stranger, own, 404]
    ] as [Person, Json, number][]) {
      const answer = await world.rest(person, 'GET', `/tasks/${id}`)
      assert.equal(answer.status, status)
      assert.equal(answer.body.id, status === 200 ? id : undefined)
    }
  })

  it('is asked by what a hook makes of its rights and of its query', async () => {
    const { owner } = cast
    const change: { of?: (params: Json) => Json } = {}
    world.app.service('tasks').hooks({
      before: {
        get: [
          async (context: Json) => {
            context.params = change.of?.(context.params as Json) ?? context.params
          }
        ]
      }
    })
    assert.deepEqual(await statuses(owner), [200, 200])
    change.of = (params) => ({ ...params, access: { ...params.access, restrict: FALSE } })
    assert.deepEqual(await statuses(owner), [404, 404])
    change.of = (params) => ({ ...params, access: { ...params.access, columns: ['id', 'title'] } })
    assert.deepEqual(Object.keys((await read(owner)).body).sort(), ['id', 'title'])
    change.of = (params) => ({ ...params, query: { ...params.query, title: 'Something else' } })
    assert.deepEqual(await statuses(owner), [404, 404])
    change.of = undefined
    assert.deepEqual(await statuses(owner), [200, 200])
  })
})
