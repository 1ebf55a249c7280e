import assert from 'node:assert/strict'
import { statementsOf } from '../helpers/statements'
import type { Json, Person, World } from '../helpers/world'
import { PASSWORD, startWorld } from '../helpers/world'
import type { Cast } from './shop'

describe('users', () => {
  let world: World
  let cast: Cast
  before(async () => {
    world = await startWorld()
    cast = await world.cast()
  })
  after(() => world.close())

  it('see themselves, and nobody else; the admin sees all', async () => {
    const { owner, stranger, manager, admin, anonymous } = cast
    for (const person of [owner, stranger, manager]) {
      const { body } = await world.rest(person, 'GET', '/users')
      assert.deepEqual(body.data.map(({ id }: Json) => id), [person.id]) // prettier-ignore
      assert.equal((await world.rest(person, 'GET', `/users/${admin.id}`)).status, 404)
      assert.equal((await world.rest(person, 'GET', `/users?username=admin`)).body.total, 0)
    }
    assert.equal((await world.rest(admin, 'GET', '/users')).body.total, 4)
    assert.equal((await world.rest(anonymous, 'GET', '/users')).status, 401)
  })

  it('register as plain users, and do not raise themselves', async () => {
    const { admin } = cast
    const body = { email: 'New@Example.com', username: 'Newbie', password: PASSWORD }
    const refused = await world.rest(cast.anonymous, 'POST', '/users', { body: { ...body, role: 'admin' } })
    assert.deepEqual([refused.status, refused.body.error.field], [403, 'role'])
    const { id } = (await world.rest(cast.anonymous, 'POST', '/users', { body })).body
    const person = await world.login({ name: 'newbie', email: 'new@example.com' })
    const me = (await world.rest(person, 'GET', `/users/${id}`)).body
    assert.deepEqual(
      [me.email, me.username, me.role, 'password' in me],
      ['new@example.com', 'newbie', 'user', false]
    )
    for (const fields of [{ role: 'admin' }, { is_active: false }])
      assert.equal((await world.rest(person, 'PATCH', `/users/${id}`, { body: fields })).status, 403)
    for (const fields of [{ is_verified: true }, { last_login: null }, { id: 1 }])
      assert.equal((await world.rest(person, 'PATCH', `/users/${id}`, { body: fields })).status, 422)
    assert.equal((await world.rest(person, 'PATCH', `/users/${id}`, { body: { first_name: 'Nina' } })).body.first_name, 'Nina') // prettier-ignore
    assert.equal(
      (await world.rest(person, 'PATCH', `/users/${admin.id}`, { body: { first_name: 'x' } })).status,
      404
    )
    assert.equal(
      (await world.rest(admin, 'PATCH', `/users/${id}`, { body: { role: 'manager' } })).body.role,
      'manager'
    )
  })

  describe('of a role', () => {
    const get = (person: Person, path: string) => world.rest(person, 'GET', `/users/role/${path}`)

    it('are listed for the admin, as a list is', async () => {
      const { owner, stranger, manager, admin } = cast
      await world.sql(`delete from users where username = 'newbie'`)
      const ids = async (path: string) => (await get(admin, path)).body.data.map(({ id }: Json) => id)
      assert.deepEqual(await ids('admin'), [admin.id])
      assert.deepEqual(await ids('manager?sort=-id'), [manager.id])
      assert.deepEqual((await ids('user?sort=username')).sort(), [owner.id, stranger.id].sort())
      const { body } = await get(admin, 'user?limit=1&skip=1&sort=username&fields=username')
      assert.deepEqual(body, {
        total: 2,
        limit: 1,
        skip: 1,
        data: [{ id: stranger.id, username: 'stranger' }]
      })
      const page = (await get(admin, 'user?page=2&page_size=1&sort=username')).body
      assert.deepEqual([page.count, page.results[0].username, page.next], [2, 'stranger', null])
      assert.ok(!('password' in page.results[0]))
      const socket = await world.socket(admin)
      assert.deepEqual(await socket.call('by_role', 'users', { role: 'user', sort: 'username', limit: 1, skip: 1, fields: 'username' }), body) // prettier-ignore
      assert.ok((await statementsOf(() => get(admin, 'user'))).length <= 2)
    })

    it('are nobody else’s business, and there are only three', async () => {
      const { owner, manager, admin, anonymous } = cast
      for (const person of [owner, manager]) {
        assert.equal((await get(person, 'user')).status, 403)
        assert.equal(
          (await (await world.socket(person)).refusal('by_role', 'users', { role: 'user' })).code,
          403
        )
      }
      assert.equal((await get(anonymous, 'user')).status, 401)
      for (const role of ['root', 'ADMIN', '%20', 'user,admin']) assert.equal((await get(admin, role)).status, 422, role) // prettier-ignore
      assert.equal((await get(admin, 'user?role=admin')).status, 400, 'the path says which')
      assert.equal((await get(admin, 'user?colour=x')).status, 400)
      assert.equal((await get(admin, 'user?sort=password')).status, 400)
      assert.equal((await world.rest(admin, 'GET', '/users/role')).status, 404)
    })
  })
})
