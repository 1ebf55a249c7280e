import assert from 'node:assert/strict'
import { once } from 'node:events'
import { io } from 'socket.io-client'
import { onServer } from '../helpers/database'
import type { Answer, Person, World } from '../helpers/world'
import { anonymous, Listener, PASSWORD, startWorld } from '../helpers/world'
import { assertError, assertRefused } from '../input/contract'

/** Seconds that who somebody is would be remembered for, if the feed did not tell that it changed. */
const CACHE_TTL = 3600

describe('what one process revokes, all do', () => {
  let here: World
  let there: World
  let admin: Person
  let count = 0
  before(async () => {
    const settings = { auth: { cache_ttl: CACHE_TTL } }
    here = await startWorld({ settings })
    there = await startWorld({ settings, database: here.database })
    admin = await here.register('admin', { role: 'admin' })
  })
  after(async () => {
    await there?.close(true)
    await here?.close()
  })

  const tasks = (world: World, person: Person) => world.rest(person, 'GET', '/tasks?limit=0')
  const refresh = (world: World, { refresh_token }: Person) =>
    world.rest(anonymous, 'POST', '/auth/refresh', { body: { refresh_token } })

  /** Asks until the answer is a refusal, and answers that one. */
  const untilRefused = async (ask: () => Promise<Answer>): Promise<Answer> => {
    for (;;) {
      const answer = await ask()
      if (answer.status >= 400) return answer
    }
  }

  interface Scene {
    readonly person: Person
    /** The same person, signed in elsewhere. */
    readonly elsewhere: Person
    readonly sockets: readonly Listener[]
    readonly witness: Listener
  }
  /** Somebody with two sessions: the first has a socket in each process, the second has one as well. */
  const scene = async (): Promise<Scene> => {
    const person = await here.register(`person${++count}`)
    const elsewhere = await there.login(person)
    const sockets = await Promise.all([here.socket(person), there.socket(person)])
    // Each process knows the token by now.
    assert.deepEqual([(await tasks(here, person)).status, (await tasks(there, person)).status], [200, 200])

    return { person, elsewhere, sockets, witness: await there.socket(elsewhere) }
  }

  /** The sockets are no longer signed in, and hear nothing of what the witness still hears. */
  const assertDeaf = async ({ elsewhere, sockets, witness }: Scene, world: World = here) => {
    await Promise.all([here.settled(), there.settled()])
    for (const socket of sockets) {
      await socket.drained()
      socket.forget()
    }
    const { body } = await world.rest(elsewhere, 'POST', '/tasks', { body: { title: 'Private' } })
    await witness.event('tasks created', ({ id }) => id === body.id)
    await Promise.all([here.settled(), there.settled()])
    for (const socket of sockets) {
      assert.deepEqual(await socket.drained(), [])
      assertError(await socket.refusal('find', 'tasks'), { code: 'NOT_AUTHENTICATED' })
    }
  }

  it('a logout, at once', async () => {
    const story = await scene()
    const { person, elsewhere } = story
    assert.equal((await here.rest(person, 'POST', '/auth/logout', { body: {} })).status, 200)
    assertRefused(await tasks(here, person), { code: 'INVALID_TOKEN' })
    assertRefused(await untilRefused(() => tasks(there, person)), { code: 'INVALID_TOKEN' })
    assertRefused(await refresh(there, person), { code: 'INVALID_TOKEN' })
    assert.equal((await tasks(there, elsewhere)).status, 200)
    await assertDeaf(story)
  })

  it('a logout, also while somebody’s transaction is open that the feed waits for', async () => {
    const { person, elsewhere } = await scene()
    const insert = `insert into tasks (title, user_id) values ('Waits', ${elsewhere.id})`
    await onServer(async (client) => {
      await client.query(`begin; ${insert}`)
      await here.sql(insert)
      assert.equal((await here.rest(person, 'POST', '/auth/logout', { body: {} })).status, 200)
      assertRefused(await untilRefused(() => tasks(there, person)), { code: 'INVALID_TOKEN' })
      await client.query('commit')
    }, { connectionString: here.database }) // prettier-ignore
  })

  it('a logout on a socket', async () => {
    const story = await scene()
    await story.sockets[1]!.call('remove', 'authentication', null)
    assertRefused(await tasks(there, story.person), { code: 'INVALID_TOKEN' })
    assertRefused(await untilRefused(() => tasks(here, story.person)), { code: 'INVALID_TOKEN' })
    await assertDeaf(story)
  })

  it('a refresh token that was used twice', async () => {
    const story = await scene()
    const { body } = await refresh(here, story.person)
    await here.sql(`update sessions set rotated_at = rotated_at - interval '11 s'`)
    assert.equal((await refresh(there, story.person)).status, 401)
    for (const token of [story.person.token, body.access_token])
      assertRefused(await untilRefused(() => tasks(here, { name: 'thief', token })), {
        code: 'INVALID_TOKEN'
      })
    await assertDeaf(story)
  })

  const ENDS: [string, (person: Person) => Promise<Answer>][] = [
    ['switched off', ({ id }) => here.rest(admin, 'PATCH', `/users/${id}`, { body: { is_active: false } })],
    ['removed', ({ id }) => here.rest(admin, 'DELETE', `/users/${id}`)]
  ]
  for (const [what, end] of ENDS) {
    it(`somebody who is ${what}, as soon as the feed tells it`, async () => {
      const { person, elsewhere, sockets, witness } = await scene()
      assert.equal((await end(person)).status, 200)
      for (const world of [here, there])
        for (const one of [person, elsewhere])
          assertRefused(await untilRefused(() => tasks(world, one)), { code: 'INVALID_TOKEN' })
      for (const world of [here, there]) {
        const body = { email: person.email, password: PASSWORD }
        assertRefused(await world.rest(anonymous, 'POST', '/auth/login', { body }), { code: 'INVALID_LOGIN' })
        assertRefused(await refresh(world, elsewhere), { code: 'INVALID_TOKEN' })
      }
      await Promise.all([here.settled(), there.settled()])
      for (const socket of [...sockets, witness])
        assertError(await socket.refusal('find', 'tasks'), { code: 'NOT_AUTHENTICATED' })
    })
  }

  it('somebody switched off and on again, by SQL, signs in anew, and hears again what is theirs', async () => {
    const { person, elsewhere, sockets } = await scene()
    await here.sql('update users set is_active = false where id = $1', [person.id])
    await Promise.all([here.settled(), there.settled()])
    await here.sql('update users set is_active = true where id = $1', [person.id])
    await Promise.all([here.settled(), there.settled()])
    assertRefused(await tasks(there, person), { code: 'INVALID_TOKEN' })
    assertRefused(await refresh(here, elsewhere), { code: 'INVALID_TOKEN' })
    const { token } = await there.login(person)
    for (const socket of sockets) {
      await socket.call('create', 'authentication', { strategy: 'jwt', accessToken: token })
      await socket.call('create', 'tasks', { title: 'Again' })
      await socket.event('tasks created')
    }
  })

  it('a role, an account and a key that are taken away, before that is answered, where it is said', async () => {
    const person = await here.register('sudden')
    const { body: made } = await here.rest(person, 'POST', '/api-keys', { body: { name: 'k', permissions: ['tasks:find'] } }) // prettier-ignore
    const headers = { 'X-API-Key': made.key }
    const change = (body: object) => here.rest(admin, 'PATCH', `/users/${person.id}`, { body })
    const statuses: number[] = []
    const ask = async () => statuses.push((await here.rest(person, 'GET', '/users/role/user')).status)
    for (let n = 0; n < 10; n++) {
      await change({ role: 'admin' })
      await ask()
      await change({ role: 'user' })
      await ask()
    }
    assert.deepEqual(statuses, Array.from({ length: 10 }, () => [200, 403]).flat())
    assert.equal((await here.rest(anonymous, 'GET', '/tasks', { headers })).status, 200)
    await here.rest(person, 'POST', `/api-keys/${made.id}/revoke`, { body: {} })
    assertRefused(await here.rest(anonymous, 'GET', '/tasks', { headers }), { code: 'INVALID_API_KEY' })
    await change({ is_active: false })
    assertRefused(await tasks(here, person), { code: 'INVALID_TOKEN' })
  })

  it('a role that is taken away, as soon as the feed tells it', async () => {
    const manager = await here.register('fallen', { role: 'admin' })
    const socket = await there.socket(manager)
    assert.equal((await there.rest(manager, 'GET', '/users/role/user')).status, 200)
    await here.rest(admin, 'PATCH', `/users/${manager.id}`, { body: { role: 'user' } })
    const answer = await untilRefused(() => there.rest(manager, 'GET', '/users/role/user'))
    assertRefused(answer, { code: 'FORBIDDEN' })
    await there.settled()
    assertError(await socket.refusal('by_role', 'users', { role: 'user' }), { code: 'FORBIDDEN' })
    socket.forget()
    await here.register('nobody')
    await there.settled()
    assert.deepEqual(await socket.drained(), [])
  })

  it('a role that is taken away, before what is written since', async () => {
    const manager = await here.register('manager', { role: 'manager' })
    const { body } = await here.rest(admin, 'POST', '/products', { body: { name: 'Old', sku: 'HIDDEN', price: 1, is_active: false } }) // prettier-ignore
    const sockets = await Promise.all([here.socket(manager), there.socket(manager)])
    for (const socket of sockets) {
      await socket.told()
      socket.forget()
    }
    await here.sql(`do $$ begin
      update users set role = 'user' where id = ${manager.id};
      update products set name = 'Secret' where id = ${body.id};
      update products set name = 'Later' where id = ${body.id};
    end $$`)
    await Promise.all([here.settled(), there.settled()])
    for (const { events } of sockets) {
      const told = events.filter(({ name, data }) => name.startsWith('products') && data.id === body.id)
      assert.ok(told.length > 0 && told.every(({ name }) => name === 'products removed'))
      assert.deepEqual(new Set(told.map(({ data }) => JSON.stringify(data))), new Set([`{"id":${body.id}}`]))
    }
  })

  it('a role that is taken away while a handshake asks for it', async () => {
    const falling = await here.register('falling', { role: 'admin' })
    const headers = { Authorization: `Bearer ${falling.token}` }
    const socket = io(there.url, { transports: ['websocket'], forceNew: true, autoConnect: false, extraHeaders: headers }) // prettier-ignore
    const listener = new Listener(socket)
    const connected = once(socket as never, 'connect')
    // Their role is read by then, and what they belong to is not.
    const isHeld = `select from pg_locks where relation = 'stores'::regclass and not granted`
    await onServer(async (client) => {
      await client.query('begin; lock table stores in access exclusive mode')
      socket.connect()
      while ((await here.sql(isHeld)).length === 0);
      await here.sql(`update users set role = 'user' where id = $1`, [falling.id])
      await there.settled()
      await client.query('commit')
    }, { connectionString: here.database }) // prettier-ignore
    await connected
    await listener.event('users removed')
    await here.register('unheard')
    await there.settled()
    assert.ok(!(await listener.drained()).includes('users created'))
    socket.disconnect()
  })
})
