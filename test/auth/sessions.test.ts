import assert from 'node:assert/strict'
import type { Json, Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'
import { assertError, assertRefused } from '../input/contract'

const VISIBLE = ['address', 'created_at', 'expires_at', 'id', 'impersonator_id', 'last_used_at', 'mfa_at', 'revoked_at', 'updated_at', 'user_agent', 'user_id'] // prettier-ignore

describe('sessions', () => {
  let here: World
  let there: World
  let admin: Person
  let count = 0
  before(async () => {
    here = await startWorld()
    there = await startWorld({ database: here.database })
    admin = await here.register('admin', { role: 'admin' })
  })
  after(async () => {
    await there?.close(true)
    await here?.close()
  })

  const somebody = () => here.register(`person${++count}`)
  const refresh = (world: World, refresh_token: unknown) =>
    world.rest(anonymous, 'POST', '/auth/refresh', { body: { refresh_token } })
  const list = async (person: Person, world = here): Promise<Json[]> =>
    (await world.rest(person, 'GET', '/sessions?sort=created_at')).body.data
  const me = (person: Person, world = here) => world.rest(person, 'GET', '/auth/me')
  const settled = () => Promise.all([here.settled(), there.settled()])
  const age = (seconds: number) =>
    here.sql(`update sessions set rotated_at = rotated_at - make_interval(secs => $1)`, [seconds])

  describe('refreshed by several tabs at once', () => {
    it('give all of them the same pair, on two processes', async () => {
      const person = await somebody()
      const calls = Array.from({ length: 50 }, (_, index) => refresh(index % 2 ? here : there, person.refresh_token)) // prettier-ignore
      const answers = await Promise.all(calls)
      assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
      const pairs = new Set(answers.map(({ body }) => `${body.access_token} ${body.refresh_token}`))
      assert.equal(pairs.size, 1)
      const [row] = await here.sql('select generation from sessions where user_id = $1', [person.id])
      assert.equal(row!.generation, 1)
      const told = await here.sql(`select event from security_events where user_id = $1 and event = 'token_refreshed'`, [String(person.id)]) // prettier-ignore
      assert.equal(told.length, 1)
      assert.equal((await refresh(there, answers[0]!.body.refresh_token)).status, 200)
    })

    it('end where the spent one comes after the grace, everywhere and for all that came of it', async () => {
      const person = await somebody()
      const { body: first } = await refresh(here, person.refresh_token)
      await age(11)
      const late = await Promise.all([here, there, here, there].map((world) => refresh(world, person.refresh_token))) // prettier-ignore
      for (const answer of late) assertRefused(answer, { code: 'INVALID_TOKEN' })
      assertRefused(await refresh(there, first.refresh_token), { code: 'INVALID_TOKEN' })
      await settled()
      for (const world of [here, there])
        assertRefused(await me({ name: 'thief', token: first.access_token }, world), { code: 'INVALID_TOKEN' }) // prettier-ignore
      const told = await here.sql(`select event from security_events where user_id = $1 and event = 'refresh_token_reused'`, [String(person.id)]) // prettier-ignore
      assert.equal(told.length, 1)
    })

    it('end where one comes that was spent before the last', async () => {
      const person = await somebody()
      const { body: first } = await refresh(here, person.refresh_token)
      const { body: second } = await refresh(here, first.refresh_token)
      assert.equal((await refresh(here, person.refresh_token)).status, 401)
      assert.equal((await refresh(here, second.refresh_token)).status, 401)
    })

    it('either go on or have ended, where a log-out comes between', async () => {
      for (let round = 0; round < 5; round++) {
        const person = await somebody()
        const [, ...answers] = await Promise.all([
          here.rest(person, 'POST', '/auth/logout', { body: {} }),
          ...[1, 2, 3, 4].map(() => refresh(there, person.refresh_token))
        ])
        for (const { status, body } of answers) {
          assert.ok([200, 401].includes(status))
          if (status === 200) assert.equal((await refresh(here, body.refresh_token)).status, 401)
        }
      }
    })
  })

  it('end at last, however often they were refreshed', async () => {
    const person = await somebody()
    await here.sql(`update sessions set created_at = created_at - interval '89 days' where user_id = $1`, [person.id]) // prettier-ignore
    const { body } = await refresh(here, person.refresh_token)
    const [row] = await list(person)
    const days = (Date.parse(row!.expires_at) - Date.parse(row!.created_at)) / 86_400_000
    assert.equal(days, 90)
    await here.sql(`update sessions set expires_at = now() where user_id = $1`, [person.id])
    await settled()
    assertRefused(await refresh(here, body.refresh_token), { code: 'INVALID_TOKEN' })
    assertRefused(await me(person), { code: 'INVALID_TOKEN' })
  })

  describe('as their owner sees them', () => {
    it('are their own that go on, with where they are from and without what tokens are made of', async () => {
      const person = await somebody()
      const headers = { 'User-Agent': 'Phone/1.0 \u00e9' }
      const body = { email: person.email, password: 'correct-horse' }
      await there.rest(anonymous, 'POST', '/auth/login', { body, headers })
      const [first, second, ...more] = await list(person)
      assert.deepEqual(more, [])
      assert.deepEqual(Object.keys(first!).sort(), VISIBLE)
      assert.deepEqual([second!.address, second!.user_agent, second!.last_used_at], ['127.0.0.1', 'Phone/1.0 \u00e9', null]) // prettier-ignore
      await refresh(here, person.refresh_token)
      assert.ok((await list(person))[0]!.last_used_at)
      for (const [field, query] of [
        ['generation', 'generation=0'],
        ['generation', 'sort=generation'],
        ['rotated_at', 'fields=rotated_at']
      ] as const)
        // prettier-ignore
        assertRefused(await here.rest(person, 'GET', `/sessions?${query}`), { code: 'BAD_QUERY', field })
    })

    it('are nobody else’s: not to read, not to end, not by an administrator or an event', async () => {
      const person = await somebody()
      const [stranger, witness] = [await somebody(), await here.socket(admin)]
      const [{ id }] = (await list(person)) as [Json]
      for (const other of [stranger, admin]) {
        assertRefused(await here.rest(other, 'GET', `/sessions/${id}`), { code: 'NOT_FOUND' })
        assertRefused(await here.rest(other, 'POST', `/sessions/${id}/revoke`, { body: {} }), { code: 'NOT_FOUND' }) // prettier-ignore
        assertError(await witness.refusal('revoke', 'sessions', { id }), { code: 'NOT_FOUND' })
      }
      assertRefused(await here.rest(anonymous, 'GET', '/sessions'), { code: 'NOT_AUTHENTICATED' })
      for (const [method, path] of [['POST', ''], ['PATCH', `/${id}`], ['PUT', `/${id}`], ['DELETE', `/${id}`]] as const) // prettier-ignore
        assertRefused(await here.rest(person, method, `/sessions${path}`, { body: { revoked_at: null } }), { code: 'METHOD_NOT_ALLOWED' }) // prettier-ignore
      await refresh(here, person.refresh_token)
      await here.settled()
      const events = await witness.drained()
      assert.deepEqual(events.filter((name) => name.startsWith('sessions')), []) // prettier-ignore
      assert.equal((await me(person)).status, 200)
    })

    it('end one by one, on both transports, and they are told', async () => {
      const person = await somebody()
      const [phone, tablet] = [await there.login(person), await there.login(person)]
      const socket = await here.socket(person)
      const lost = await there.socket(phone)
      const [, second, third] = (await list(person)) as [Json, Json, Json]
      const answer = await here.rest(person, 'POST', `/sessions/${second.id}/revoke`, { body: {} })
      assert.deepEqual([answer.status, answer.body], [200, { success: true }])
      assert.deepEqual(await socket.call('revoke', 'sessions', { id: third.id }), { success: true })
      for (const { id } of [second, third]) await socket.event('sessions removed', (data) => data.id === id)
      await settled()
      for (const gone of [phone, tablet])
        for (const world of [here, there]) assertRefused(await me(gone, world), { code: 'INVALID_TOKEN' })
      await lost.event('sessions removed')
      assertError(await lost.refusal('find', 'sessions'), { code: 'NOT_AUTHENTICATED' })
      assert.equal((await list(person)).length, 1)
      assertRefused(await here.rest(person, 'POST', `/sessions/${second.id}/revoke`, { body: {} }), { code: 'NOT_FOUND' }) // prettier-ignore
    })
  })

  for (const transport of ['REST', 'a socket']) {
    it(`end all at once by ${transport}, on all processes, and others’ do not`, async () => {
      const [person, other] = [await somebody(), await somebody()]
      const elsewhere = await there.login(person)
      const sockets = await Promise.all([here.socket(person), there.socket(person), there.socket(elsewhere)])
      const answer =
        transport === 'REST'
          ? (await here.rest(person, 'POST', '/auth/logout-all', { body: {} })).body
          : await sockets[0]!.call('logout_all', 'auth', {})
      assert.deepEqual(answer, { success: true, ended: 2 })
      for (const one of [person, elsewhere]) assertRefused(await me(one), { code: 'INVALID_TOKEN' })
      await settled()
      for (const one of [person, elsewhere]) {
        assertRefused(await me(one, there), { code: 'INVALID_TOKEN' })
        assertRefused(await refresh(there, one.refresh_token), { code: 'INVALID_TOKEN' })
      }
      for (const socket of sockets) {
        await socket.drained()
        assertError(await socket.refusal('find', 'tasks'), { code: 'NOT_AUTHENTICATED' })
        socket.forget()
      }
      const again = await here.login(person)
      await here.rest(again, 'POST', '/tasks', { body: { title: 'Private' } })
      await settled()
      for (const socket of sockets) assert.deepEqual(await socket.drained(), [])
      assert.equal((await me(other)).status, 200)
      assertRefused(await here.rest(anonymous, 'POST', '/auth/logout-all', { body: {} }), { code: 'NOT_AUTHENTICATED' }) // prettier-ignore
    })
  }
})
