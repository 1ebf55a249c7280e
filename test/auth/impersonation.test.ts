import assert from 'node:assert/strict'
import jwt from 'jsonwebtoken'
import type { Json, Person, World } from '../helpers/world'
import { anonymous, PASSWORD, startWorld } from '../helpers/world'
import { assertError, assertRefused } from '../input/contract'

describe('acting as somebody else', () => {
  let here: World
  let there: World
  let admin: Person
  let colleague: Person
  let count = 0
  before(async () => {
    here = await startWorld()
    there = await startWorld({ database: here.database })
    admin = await here.register('admin', { role: 'admin' })
    colleague = await here.register('colleague', { role: 'admin' })
  })
  after(async () => {
    await there?.close(true)
    await here?.close()
  })

  const somebody = () => here.register(`person${++count}`)
  const ask = (by: Person, { id }: Person) => here.rest(by, 'POST', `/users/${id}/impersonate`, { body: {} })
  const actAs = async (person: Person, by = admin): Promise<Person> => {
    const { status, body } = await ask(by, person)
    assert.deepEqual([status, Object.keys(body), body.expires_in], [200, ['access_token', 'token_type', 'expires_in'], 900]) // prettier-ignore
    return { name: 'acting', id: person.id, token: body.access_token }
  }
  const me = (person: Person, world = here) => world.rest(person, 'GET', '/auth/me')
  const settled = () => Promise.all([here.settled(), there.settled()])

  it('is seen as them, and recorded as theirs with who acted beside it', async () => {
    const person = await somebody()
    const acting = await actAs(person)
    assert.deepEqual((jwt.decode(acting.token!) as Json).act, { sub: String(admin.id) })
    for (const world of [here, there]) assert.equal((await me(acting, world)).body.id, person.id)
    const { body: task } = await there.rest(acting, 'POST', '/tasks', { body: { title: 'Done for him' } })
    const socket = await here.socket(acting)
    await socket.call('patch', 'tasks', task.id, { title: 'Done again' })
    await here.rest(person, 'PATCH', `/tasks/${task.id}`, { body: { title: 'Himself' } })
    const { body } = await here.rest(admin, 'GET', `/audit?resource=tasks&record_id=${task.id}&sort=id`)
    const who = body.data.map((entry: Json) => [entry.user_id, entry.impersonator_id])
    const [he, she] = [person.id, admin.id]
    assert.deepEqual(who, [[he, she], [he, she], [he, null]]) // prettier-ignore
    const told = await here.rest(admin, 'GET', `/security-events?event=impersonation_started&user_id=${person.id}`) // prettier-ignore
    assert.deepEqual(told.body.data.map(({ details }: Json) => details), [{ by: admin.id }]) // prettier-ignore
    const { body: sessions } = await here.rest(person, 'GET', '/sessions?sort=created_at')
    assert.deepEqual(sessions.data.map((one: Json) => one.impersonator_id), [null, admin.id]) // prettier-ignore
  })

  it('is for administrators, and never as one, nor as who is switched off', async () => {
    const [person, other, manager] = [await somebody(), await somebody(), await here.register('manager', { role: 'manager' })] // prettier-ignore
    assertRefused(await ask(person, person), { code: 'FORBIDDEN' })
    for (const by of [other, manager]) assert.ok([403, 404].includes((await ask(by, person)).status))
    assertRefused(await ask(anonymous, person), { code: 'NOT_AUTHENTICATED' })
    for (const target of [admin, colleague]) assertRefused(await ask(admin, target), { code: 'FORBIDDEN' })
    const acting = await actAs(person)
    assert.ok([403, 404].includes((await ask(acting, other)).status))
    await here.rest(admin, 'PATCH', `/users/${other.id}`, { body: { is_active: false } })
    assertRefused(await ask(admin, other), { code: 'CONFLICT' })
    const socket = await here.socket(person)
    assertError(await socket.refusal('impersonate', 'users', { id: person.id }), { code: 'FORBIDDEN' })
  })

  it('cannot take what is the user’s own: their password, address, sessions and keys', async () => {
    const person = await somebody()
    const acting = await actAs(person)
    const tries: [string, string, Json][] = [
      ['PATCH', `/users/${person.id}`, { email: 'mine@example.com' }],
      ['PUT', `/users/${person.id}`, { email: 'mine@example.com', username: 'mine' }],
      ['POST', '/auth/password', { current_password: PASSWORD, new_password: 'a better one' }],
      ['POST', '/auth/logout-all', {}],
      ['POST', '/api-keys', { name: 'mine', scopes: ['*:*'] }]
    ]
    const [own] = (await here.rest(acting, 'GET', '/sessions?impersonator_id[$null]=true')).body.data
    tries.push(['POST', `/sessions/${own.id}/revoke`, {}])
    for (const [method, path, body] of tries)
      assertRefused(await here.rest(acting, method, path, { body }), { code: 'FORBIDDEN' })
    assert.equal((await me(person)).status, 200)
    const forged = { body: { refresh_token: acting.token } }
    assertRefused(await here.rest(anonymous, 'POST', '/auth/refresh', forged), { code: 'INVALID_TOKEN' })
  })

  const ENDS: [string, (person: Person, acting: Person, by: Person) => Promise<unknown>][] = [
    ['with its log-out', (_person, acting) => here.rest(acting, 'POST', '/auth/logout', { body: {} })],
    ['where the user logs out everywhere', (person) => here.rest(person, 'POST', '/auth/logout-all', { body: {} })], // prettier-ignore
    ['where the administrator does', (_person, _acting, by) => here.rest(by, 'POST', '/auth/logout-all', { body: {} })], // prettier-ignore
    ['where the administrator is one no more', (_person, _acting, by) => here.rest(admin, 'PATCH', `/users/${by.id}`, { body: { role: 'user' } })], // prettier-ignore
    ['where the administrator is switched off', (_person, _acting, by) => here.sql('update users set is_active = false where id = $1', [by.id])] // prettier-ignore
  ]
  for (const [what, end] of ENDS) {
    it(`ends ${what}, everywhere, also on open sockets`, async () => {
      const person = await somebody()
      const by = await here.register(`deputy${++count}`, { role: 'admin' })
      const acting = await actAs(person, by)
      const sockets = [await here.socket(acting), await there.socket(acting)]
      await Promise.all([me(acting), me(acting, there)])
      await end(person, acting, by)
      await settled()
      for (const world of [here, there]) assertRefused(await me(acting, world), { code: 'INVALID_TOKEN' })
      for (const socket of sockets) {
        await socket.drained()
        assertError(await socket.refusal('find', 'tasks'), { code: 'NOT_AUTHENTICATED' })
      }
    })
  }
})
