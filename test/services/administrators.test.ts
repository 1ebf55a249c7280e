import assert from 'node:assert/strict'
import { refuseDemoLogins } from '../../src/seed'
import { DEMO_LOGINS } from '../../src/services/demo'
import type { Json, Person, World } from '../helpers/world'
import { anonymous, PASSWORD, startWorld } from '../helpers/world'
import { assertError, assertRefused, unchanged } from '../input/contract'

const ADMIN = { email: 'Root@Example.com', password: 'four random words here' }

describe('the last administrator', () => {
  let world: World
  let admin: Person
  let count = 0
  before(async () => {
    world = await startWorld()
    admin = await world.register('admin', { role: 'admin' })
  })
  after(() => world?.close())
  const change = (by: Person, method: string, of: Person, body?: Json) =>
    world.rest(by, method, `/users/${of.id}`, { body })
  const administrators = () => world.sql(`select id from users where role = 'admin' and is_active`)

  it('cannot demote, switch off or remove themselves, whichever way', async () => {
    const whole = { email: admin.email, username: admin.name }
    const socket = await world.socket(admin)
    await unchanged(world, async () => {
      const answers = [
        await change(admin, 'PATCH', admin, { role: 'user' }),
        await change(admin, 'PATCH', admin, { is_active: false, first_name: 'Ada' }),
        await change(admin, 'PUT', admin, whole),
        await change(admin, 'PUT', admin, { ...whole, role: 'admin', is_active: false }),
        await change(admin, 'DELETE', admin)
      ]
      for (const answer of answers) assertRefused(answer, { code: 'CONFLICT' })
      assertError(await socket.refusal('patch', 'users', admin.id, { role: 'manager' }), { code: 'CONFLICT' })
      assertError(await socket.refusal('remove', 'users', admin.id), { code: 'CONFLICT' })
    })
    socket.socket.disconnect()
    assert.equal((await change(admin, 'PUT', admin, { ...whole, role: 'admin', first_name: 'Ada' })).status, 200)
  }) // prettier-ignore

  it('cannot be ended many at once, by a key, or by who acts as an administrator', async () => {
    const socket = await world.socket(admin)
    const key = await world.rest(admin, 'POST', '/api-keys', { body: { name: 'All', permissions: ['*:*'] } })
    const someone = await world.register('someone')
    const posing = await world.rest(admin, 'POST', `/users/${someone.id}/impersonate`, { body: {} })
    const ways: Record<string, string>[] = [{ 'X-API-Key': key.body.key as string }, { Authorization: `Bearer ${posing.body.access_token}` }]
    assert.equal((await world.rest(anonymous, 'GET', '/users', { headers: ways[0] })).status, 200)
    // The first use of a key is recorded after its answer.
    const recorded = `select from api_keys, security_events where last_used is not null and event = 'api_key_used'`
    while ((await world.sql(recorded)).length === 0);
    await unchanged(world, async () => {
      for (const path of ['/users', '/users?role=admin', '/users?id[in]=1,2'])
        for (const [method, body] of [['PATCH', { role: 'user' }], ['PUT', { role: 'user' }], ['DELETE', undefined]] as const)
          assertRefused(await world.rest(admin, method, path, { body }), { code: 'METHOD_NOT_ALLOWED' })
      for (const id of [null, undefined])
        for (const args of [['patch', id, { role: 'user' }, { role: 'admin' }], ['remove', id, { role: 'admin' }]] as const)
          assert.ok((await socket.refusal(args[0], 'users', ...args.slice(1))).error)
      for (const headers of ways) {
        const call = (method: string, body?: Json) => world.rest(anonymous, method, `/users/${admin.id}`, { body, headers })
        for (const answer of [await call('PATCH', { role: 'user' }), await call('PATCH', { is_active: false }), await call('DELETE')])
          assertRefused(answer, { code: 'FORBIDDEN' })
      }
    })
    socket.socket.disconnect()
  }) // prettier-ignore

  const ends: [what: string, method: string, body?: Json][] = [
    ['demote', 'PATCH', { role: 'user' }],
    ['switch off', 'PATCH', { is_active: false }],
    ['remove', 'DELETE']
  ]
  for (const [what, method, body] of ends) {
    it(`is left when two ${what} each other at the same time`, async () => {
      const pair = await Promise.all([1, 2].map(() => world.register(`boss${++count}`, { role: 'admin' })))
      await world.sql('update users set is_active = false where id = $1', [admin.id])
      const [one, two] = pair as [Person, Person]
      await Promise.all([change(one, method, two, body), change(two, method, one, body)])
      assert.equal((await administrators()).length, 1)
      await world.sql(`delete from users where id in ($1, $2)`, [one.id, two.id])
      await world.sql('update users set is_active = true where id = $1', [admin.id])
    })
  }
})

describe('the administrator of ADMIN_EMAIL', () => {
  const worlds: World[] = []
  after(async () => {
    for (const world of worlds.reverse()) await world.close(world !== worlds.at(-1))
  })
  const start = async (options: Parameters<typeof startWorld>[0] = {}) => {
    const world = await startWorld(options)
    worlds.push(world)
    return world
  }
  const signIn = (world: World, password: string) =>
    world.rest(anonymous, 'POST', '/auth/login', { body: { email: ADMIN.email, password } })

  it('is made whatever users have registered, demoted or named, and nobody else keeps a way in', async () => {
    const before = await start()
    const stranger = await before.register('stranger', { email: 'root@example.com' })
    for (const name of ['root', 'root2']) await before.register(name, { email: `${name}@example.org` })
    const key = await before.rest(stranger, 'POST', '/api-keys', { body: { name: 'Kept', permissions: ['users:read'] } })
    assert.equal(key.status, 201)
    await before.sql('update users set is_active = false where id = $1', [stranger.id])

    const world = await start({ database: before.database, settings: { admin: ADMIN } })
    const { status, body } = await signIn(world, ADMIN.password)
    assert.deepEqual([status, body.user?.role, body.user?.id], [200, 'admin', stranger.id])
    assertRefused(await signIn(world, PASSWORD), { code: 'INVALID_LOGIN' })
    assertRefused(await world.rest(stranger, 'GET', '/auth/me'), { code: 'INVALID_TOKEN' })
    const keyed = await world.rest(anonymous, 'GET', '/users', { headers: { 'X-API-Key': key.body.key } })
    assertRefused(keyed, { code: 'INVALID_API_KEY' })

    // A start that finds an administrator changes nothing.
    const own = 'chosen by themselves later'
    const again = await world.rest({ name: 'root', token: body.access_token }, 'POST', '/auth/password', { body: { current_password: ADMIN.password, new_password: own } })
    assert.equal(again.status, 200)
    const next = await start({ database: before.database, settings: { admin: ADMIN } })
    assert.equal((await signIn(next, own)).status, 200)
  }) // prettier-ignore

  it('has a name that is free', async () => {
    const before = await start()
    for (const name of ['root', 'root2']) await before.register(name, { email: `${name}@example.org` })
    const world = await start({ database: before.database, settings: { admin: ADMIN } })
    assert.match((await signIn(world, ADMIN.password)).body.user?.username, /^root\d+$/)
  })

  it('is not kept from starting production by somebody who registers a demonstration login', async () => {
    const world = await start()
    const { email, username, password } = DEMO_LOGINS[2]
    const { status } = await world.rest(anonymous, 'POST', '/auth/register', { body: { email, username, password } })
    assert.equal(status, 201)
    await refuseDemoLogins(world.app)
  }) // prettier-ignore
})
