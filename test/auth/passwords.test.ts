import assert from 'node:assert/strict'
import bcryptjs from 'bcryptjs'
import { hashQueue, Passwords } from '../../packages/rachis/src/accounts/passwords'
import type { ApiError } from '../../packages/rachis/src/errors/errors'
import type { Answer, Json, Person, World } from '../helpers/world'
import { anonymous, PASSWORD, startWorld } from '../helpers/world'
import { assertError, assertRefused, unchanged } from '../input/contract'

const DEFAULTS = { hash: 'bcrypt', min_length: 8, argon2_memory: 1024, argon2_passes: 1, threads: 2, queue: 50, bcrypt_cost: 4 } as const // prettier-ignore
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

  describe('kept as hashes', () => {
    it('that are weaker, or of another kind, are replaced at log-in, and end nothing', async () => {
      const person = await somebody()
      const argon = await startWorld({
        database: world.database,
        settings: { auth: { passwords: { hash: 'argon2id', argon2_memory: 1024, argon2_passes: 1 } } }
      })
      const before = await argon.login(person)
      assert.match(await hashOf(person), /^\$argon2id\$v=19\$m=1024,t=1,/)
      const kept = await hashOf(person)
      await argon.login(person)
      assert.equal(await hashOf(person), kept)
      assert.equal((await me(before)).status, 200)
      assert.equal((await world.rest(anonymous, 'POST', '/auth/login', { body: { email: person.email, password: 'another password' } })).status, 401) // prettier-ignore
      assert.equal(await hashOf(person), kept)
      await world.login(person)
      assert.match(await hashOf(person), /^\$2b\$04\$/)
      await argon.close(true)
    })

    it('may come from elsewhere', async () => {
      const person = await somebody()
      for (const hash of [
        await bcryptjs.hash('brought along', 5),
        (await bcryptjs.hash('brought along', 4)).replace('$2b$', '$2a$'),
        (await bcryptjs.hash('brought along', 4)).replace('$2b$', '$2y$'),
        // Written by the library that this product used before.
        '$2b$04$maiDJYX7vsxRVOajE6a1WupR81ZVp7VnMPXr97osxsiXU8lIDMwz2'
      ]) {
        // prettier-ignore
        await world.sql('update users set password = $2 where id = $1', [person.id, hash])
        assert.equal((await login(person.email, 'brought along')).status, 200)
        assert.equal((await login(person.email, PASSWORD)).status, 401)
      }
      for (const hash of ['!', '', 'plain text', '$argon2id$nonsense']) {
        await world.sql('update users set password = $2 where id = $1', [person.id, hash])
        for (const password of [hash, PASSWORD, ''])
          assertRefused(await login(person.email, password), { code: 'INVALID_LOGIN' })
      }
    })

    it('know two spellings of one character, and tell beginnings apart', async () => {
      for (const hash of ['bcrypt', 'argon2id'] as const) {
        const passwords = new Passwords({ ...DEFAULTS, hash })
        const kept = await passwords.hash('Zo\u00eb ist hier')
        assert.ok(await passwords.verify('Zoe\u0308 ist hier', kept))
        const long = 'x'.repeat(72)
        assert.equal(await passwords.verify(`${long}y`, await passwords.hash(long)), false)
        assert.deepEqual([passwords.isWeak(kept), new Passwords({ ...DEFAULTS, hash, bcrypt_cost: 5, argon2_passes: 2 }).isWeak(kept)], [false, true]) // prettier-ignore
        for (const none of [null, undefined, '']) assert.equal(await passwords.verify('', none), false)
      }
      const argon = new Passwords({ ...DEFAULTS, hash: 'argon2id' })
      assert.deepEqual(await argon.problems('password', '€'.repeat(72), []), [])
      const strict = new Passwords({ ...DEFAULTS, min_length: 15 })
      assert.equal((await strict.problems('password', 'fourteen chars', []))[0]?.expected, 15)
    })
  })

  describe('in turns', () => {
    it('are refused at once where too many wait, with when to come back', async () => {
      // More at once than the shares of a small pool let through.
      const database = { pool_max: 50, table_share: 1, caller_share: 1 }
      const busy = await startWorld({ settings: { database, auth: { bcrypt_cost: 10, passwords: { threads: 1, queue: 3 }, limits: { login_address: 1000, login_email: 1000 } } } }) // prettier-ignore
      const person = await busy.register('busy')
      const start = performance.now()
      const attempt = async () => {
        const answer = await busy.rest(anonymous, 'POST', '/auth/login', { body: { email: person.email, password: PASSWORD } }) // prettier-ignore
        return { answer, after: performance.now() - start }
      }
      const answers = await Promise.all(Array.from({ length: 30 }, attempt))
      const refused = answers.filter(({ answer }) => answer.status === 503)
      const served = answers.filter(({ answer }) => answer.status === 200)
      assert.ok(
        refused.length >= 20 && served.length >= 4,
        `${refused.length} refused, ${served.length} served`
      )
      for (const { answer } of refused) {
        assertRefused(answer, { code: 'UNAVAILABLE' })
        assert.equal(answer.headers.get('retry-after'), '5')
        assert.match(answer.body.error.hint, /after 5 seconds$/)
      }
      assert.ok(
        Math.min(...refused.map(({ after }) => after)) < Math.max(...served.map(({ after }) => after))
      )
      assert.equal((await busy.login(person)).id, person.id)
      const boss = await busy.register('boss', { role: 'admin' })
      const body = Array.from({ length: 8 }, (_, n) => ({ email: `list${n}@example.com`, username: `list${n}`, password: PASSWORD })) // prettier-ignore
      assert.equal((await busy.rest(boss, 'POST', '/users', { body })).status, 201)
      await busy.close()
    })

    it('work in their order, go on after a failure, and never more at once', async () => {
      const queue = hashQueue({ threads: 2, queue: 8 })
      const order: number[] = []
      let [working, most] = [0, 0]
      const work = (n: number) => async () => {
        most = Math.max(most, ++working)
        await new Promise((resolve) => setImmediate(resolve))
        order.push(n)
        working--
        if (n === 3) throw new Error('three')
      }
      const results = await Promise.allSettled(Array.from({ length: 11 }, (_, n) => queue.run(work(n))))
      const failures = results.flatMap((one) => (one.status === 'rejected' ? [one.reason as ApiError] : []))
      assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
      assert.deepEqual(failures.map(({ message }) => message).sort(), ['Too many passwords are being checked at once', 'three']) // prettier-ignore
      assert.equal(most, 2)
      await queue.run(work(11))
    })
  })
})
