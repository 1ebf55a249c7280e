import assert from 'node:assert/strict'
import bcryptjs from 'bcryptjs'
import { hashQueue, Passwords } from '../../packages/rachis/src/accounts/passwords'
import type { ApiError } from '../../packages/rachis/src/errors/errors'
import type { Person, World } from '../helpers/world'
import { anonymous, PASSWORD, startWorld } from '../helpers/world'
import { assertRefused } from '../input/contract'

const DEFAULTS = { hash: 'bcrypt', min_length: 8, argon2_memory: 1024, argon2_passes: 1, threads: 2, queue: 50, bcrypt_cost: 4 } as const // prettier-ignore

describe('passwords', () => {
  let world: World
  let count = 0
  before(async () => {
    world = await startWorld()
  })
  after(async () => {
    await world?.close()
  })
  const somebody = () => world.register(`person${++count}`)
  const login = (email: unknown, password: unknown) =>
    world.rest(anonymous, 'POST', '/auth/login', { body: { email, password } })
  const hashOf = async ({ id }: Person) =>
    (await world.sql('select password from users where id = $1', [id]))[0]!.password as string
  const me = (person: Person, where = world) => where.rest(person, 'GET', '/auth/me')

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
    it('are refused at once where too many wait, with when to come back', async function () {
      this.timeout(60_000)
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
