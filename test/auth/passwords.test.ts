import assert from 'node:assert/strict'
import type { Answer, Json, Person, World } from '../helpers/world'
import { anonymous, PASSWORD, startWorld } from '../helpers/world'
import { assertError, assertRefused, unchanged } from '../input/contract'

const NEW = 'a new and better one'

describe('passwords', () => {
  let world: World
  let there: World
  let admin: Person
  let count = 0
  before(async () => {
    world = await startWorld()
    there = await startWorld({ database: world.database })
    admin = await world.register('admin', { role: 'admin' })
  })
  after(async () => {
    await there?.close(true)
    await world?.close()
  })

  const somebody = () => world.register(`person${++count}`)
  const login = (email: unknown, password: unknown) =>
    world.rest(anonymous, 'POST', '/auth/login', { body: { email, password } })
  const change = (person: Person, body: Json): Promise<Answer> =>
    world.rest(person, 'POST', '/auth/password', { body })
  const hashOf = async ({ id }: Person) =>
    (await world.sql('select password from users where id = $1', [id]))[0]!.password as string
  const me = (person: Person, where = world) => where.rest(person, 'GET', '/auth/me')
  const settled = () => Promise.all([world.settled(), there.settled()])

  const BAD: [what: string, password: (person: Person) => unknown, rule: string][] = [
    ['short', () => 'sesam7!', 'minLength'],
    ['well known', () => 'password123', 'well_known'],
    ['well known, in capitals', () => 'PassWord123', 'well_known'],
    ['well known, in full-width letters', () => 'ｐａｓｓｗｏｒｄ１２３', 'well_known'],
    ['their email', ({ email }) => email!.toUpperCase(), 'own'],
    ['the name in their email', () => `longperson${count}`, 'own'],
    ['longer than what bcrypt reads', () => '€'.repeat(25), 'maxLength'],
    ['no text', () => ({ length: 20 }), 'type'],
    ['a list', () => [NEW, NEW], 'type']
  ]
  for (const [what, password, rule] of BAD) {
    it(`that are ${what} are refused wherever one is chosen, and not repeated`, async () => {
      const person = await world.register(`longperson${++count}`)
      const secret = password(person)
      const account = { email: person.email, username: `other${person.id}`, password: secret }
      await unchanged(world, async () => {
        const answers: [string, Answer][] = [
          ['password', await world.rest(anonymous, 'POST', '/auth/register', { body: account })],
          ['password', await world.rest(anonymous, 'POST', '/users', { body: account })],
          [
            'password',
            await world.rest(admin, 'PATCH', `/users/${person.id}`, { body: { password: secret } })
          ],
          ['new_password', await change(person, { current_password: PASSWORD, new_password: secret })]
        ]
        for (const [field, answer] of answers) {
          assertRefused(answer, { code: 'VALIDATION_ERROR', field })
          assert.equal(answer.body.error.details[0].rule, rule)
          assert.ok(!JSON.stringify(answer.body).includes(JSON.stringify(secret)))
        }
        const socket = await world.socket(person)
        const refusal = await socket.refusal('change_password', 'auth', { current_password: PASSWORD, new_password: secret }) // prettier-ignore
        assertError(refusal, { code: 'VALIDATION_ERROR', field: 'new_password' })
      })
    })
  }

  it('tell nothing of somebody else: whether it is their email', async () => {
    const [person, stranger] = [await somebody(), await somebody()]
    for (const password of [person.email, NEW])
      assertRefused(await world.rest(stranger, 'PATCH', `/users/${person.id}`, { body: { password } }), { code: 'NOT_FOUND' }) // prettier-ignore
  })

  it('of 10 MB, lists, objects and the rest sign nobody in, and stop nothing', async () => {
    const person = await somebody()
    const huge = await login(person.email, 'x'.repeat(10_000_000))
    assertRefused(huge, { code: 'PAYLOAD_TOO_LARGE' })
    for (const wrong of [[PASSWORD], { $ne: '' }, { toString: PASSWORD }, null, 7, true]) {
      assertRefused(await login(person.email, wrong), { code: 'VALIDATION_ERROR', field: 'password' })
      assertRefused(await login([person.email], wrong), { code: 'VALIDATION_ERROR', field: 'email' })
      assertRefused(await change(person, { current_password: wrong, new_password: NEW }), { code: 'VALIDATION_ERROR', field: 'current_password' }) // prettier-ignore
    }
    assert.equal((await login(person.email, PASSWORD)).status, 200)
  })

  describe('one’s own', () => {
    it('is changed by who knows it: other sessions end, everywhere and on open sockets', async () => {
      const person = await somebody()
      const [elsewhere, other] = [await there.login(person), await somebody()]
      const sockets = [await world.socket(person), await there.socket(elsewhere)] as const
      const { status, body } = await change(person, { current_password: PASSWORD, new_password: NEW })
      assert.deepEqual([status, body], [200, { success: true }])
      await settled()
      for (const where of [world, there]) {
        assert.equal((await me(person, where)).status, 200)
        assertRefused(await me(elsewhere, where), { code: 'INVALID_TOKEN' })
        assert.equal((await me(other, where)).status, 200)
      }
      await sockets[0].call('find', 'tasks')
      await sockets[1].drained()
      assertError(await sockets[1].refusal('find', 'tasks'), { code: 'NOT_AUTHENTICATED' })
      const refresh = { body: { refresh_token: elsewhere.refresh_token } }
      assertRefused(await there.rest(anonymous, 'POST', '/auth/refresh', refresh), { code: 'INVALID_TOKEN' })
      assertRefused(await login(person.email, PASSWORD), { code: 'INVALID_LOGIN' })
      assert.equal((await login(person.email, NEW)).status, 200)
      const told = await world.sql(`select details from security_events where event = 'password_changed' and user_id = $1`, [String(person.id)]) // prettier-ignore
      assert.deepEqual(told.map(({ details }) => details), [{ by: person.id }]) // prettier-ignore
    })

    it('is not changed by who does not, nor by a PATCH or a PUT', async () => {
      const person = await somebody()
      const hash = await hashOf(person)
      const socket = await world.socket(person)
      const wrong = { current_password: 'another password', new_password: NEW }
      assertRefused(await change(person, wrong), { code: 'VALIDATION_ERROR', field: 'current_password' })
      assertError(await socket.refusal('change_password', 'auth', wrong), { code: 'VALIDATION_ERROR', field: 'current_password' }) // prettier-ignore
      assertRefused(await change(anonymous, wrong), { code: 'NOT_AUTHENTICATED' })
      const { first_name: _none, ...rest } = { email: person.email, username: person.name, password: NEW, first_name: 'x' } // prettier-ignore
      const tries = [
        ['PATCH', { password: NEW }],
        ['PATCH', { password: PASSWORD }],
        ['PUT', rest]
      ] as const
      for (const [method, body] of tries)
        assertRefused(await world.rest(person, method, `/users/${person.id}`, { body }), { code: 'FORBIDDEN', field: 'password' }) // prettier-ignore
      assertError(await socket.refusal('patch', 'users', person.id, { password: NEW }), { code: 'FORBIDDEN', field: 'password' }) // prettier-ignore
      assert.equal(await hashOf(person), hash)
      assert.equal((await world.rest(person, 'PATCH', `/users/${person.id}`, { body: { first_name: 'Ida' } })).status, 200) // prettier-ignore
    })

    it('cannot be guessed here either', async () => {
      const person = await somebody()
      const strict = await startWorld({ database: world.database, settings: { auth: { limits: { login_email: 10 } } } }) // prettier-ignore
      const body = { current_password: 'another password', new_password: NEW }
      const guess = () => strict.rest(person, 'POST', '/auth/password', { body })
      const answers = await Promise.all(Array.from({ length: 14 }, guess))
      await strict.close(true)
      assert.equal(answers.filter(({ status }) => status === 422).length, 10)
      assert.equal(answers.filter(({ status }) => status === 429).length, 4)
    })
  })

  it('set by an administrator end all sessions of the account', async () => {
    const person = await somebody()
    const { status } = await world.rest(admin, 'PATCH', `/users/${person.id}`, { body: { password: NEW } })
    assert.equal(status, 200)
    await settled()
    for (const where of [world, there]) assertRefused(await me(person, where), { code: 'INVALID_TOKEN' })
    assert.equal((await me(admin)).status, 200)
    assert.equal((await login(person.email, NEW)).status, 200)
  })

  it('that could not be changed end no session', async () => {
    const person = await somebody()
    const body = { password: NEW, email: admin.email }
    assertRefused(await world.rest(admin, 'PATCH', `/users/${person.id}`, { body }), {
      code: 'DUPLICATE',
      field: 'email'
    })
    assert.equal((await me(person)).status, 200)
  })
})
