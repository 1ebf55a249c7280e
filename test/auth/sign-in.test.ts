import assert from 'node:assert/strict'
import type { ErrorCode } from '../../src/errors'
import type { Answer, Json, World } from '../helpers/world'
import { anonymous, PASSWORD, startWorld } from '../helpers/world'
import { assertError, assertRefused, unchanged } from '../input/contract'

let count = 0
const account = (fields: Json = {}) => {
  const name = `person${++count}`
  return { email: `${name}@example.com`, username: name, password: PASSWORD, ...fields }
}

describe('signing in', () => {
  let world: World
  before(async () => {
    world = await startWorld()
  })
  after(() => world?.close())

  const post = (path: string, body: unknown, token?: string) =>
    world.rest({ name: 'somebody', token }, 'POST', path, { body })
  const register = async (fields: Json = {}): Promise<Json> => {
    const data = account(fields)
    const { status, body } = await post('/auth/register', data)
    assert.equal(status, 201, JSON.stringify(body))

    return { ...body, data }
  }
  const me = (token: string) => world.rest({ name: 'somebody', token }, 'GET', '/auth/me')

  describe('register', () => {
    it('makes an account of the role user and signs in', async () => {
      const data = account({ email: 'Ada@Example.COM', username: 'AdaLovelace', first_name: 'Ada' })
      const { status, body } = await post('/auth/register', data)
      assert.equal(status, 201)
      assert.deepEqual(Object.keys(body).sort(), [
        'access_token',
        'expires_in',
        'refresh_token',
        'token_type',
        'user'
      ])
      assert.deepEqual([body.token_type, body.expires_in], ['bearer', 900])
      const { email, username, role, is_active, first_name, is_verified } = body.user
      assert.deepEqual(
        { email, username, role, is_active, first_name, is_verified },
        { email: 'ada@example.com', username: 'adalovelace', role: 'user', is_active: true, first_name: 'Ada', is_verified: false }
      ) // prettier-ignore
      assert.deepEqual((await me(body.access_token)).body, body.user)
    })

    const rows: [what: string, fields: Json, code: ErrorCode, field: string][] = [
      ['a role', { role: 'admin' }, 'VALIDATION_ERROR', 'role'],
      ['a verified mark', { is_verified: true }, 'VALIDATION_ERROR', 'is_verified'],
      ['an id', { id: 1 }, 'VALIDATION_ERROR', 'id'],
      ['no email', { email: undefined }, 'VALIDATION_ERROR', 'email'],
      ['an email that is none', { email: 'nobody' }, 'VALIDATION_ERROR', 'email'],
      ['an email as a list', { email: ['a@example.com'] }, 'VALIDATION_ERROR', 'email'],
      ['a long email', { email: `${'a'.repeat(250)}@example.com` }, 'VALIDATION_ERROR', 'email'],
      ['a short name', { username: 'ab' }, 'VALIDATION_ERROR', 'username'],
      ['a name with a space', { username: 'a b c' }, 'VALIDATION_ERROR', 'username'],
      ['a short password', { password: 'sesam7!' }, 'VALIDATION_ERROR', 'password'],
      [
        'a password as an object',
        { password: { length: 20, secret: 'sesam7!' } },
        'VALIDATION_ERROR',
        'password'
      ],
      ['a password as a list', { password: ['sesam7!', 'sesam7!'] }, 'VALIDATION_ERROR', 'password'],
      ['a password as a number', { password: 77777777 }, 'VALIDATION_ERROR', 'password'],
      ['73 characters of password', { password: 'sesam7!'.padEnd(73, 'x') }, 'VALIDATION_ERROR', 'password'],
      [
        'more than the 72 bytes that bcrypt reads',
        { password: 'ü'.repeat(37) },
        'VALIDATION_ERROR',
        'password'
      ],
      ['U+0000 in a password', { password: 'sesam7!\0xxxxxxx' }, 'VALIDATION_ERROR', 'password'],
      ['a taken email', { email: 'taken@example.com' }, 'DUPLICATE', 'email'],
      ['a taken email in capitals', { email: 'TAKEN@example.COM' }, 'DUPLICATE', 'email'],
      ['a taken name in capitals', { username: 'Taken' }, 'DUPLICATE', 'username']
    ]
    before(() => register({ email: 'taken@example.com', username: 'taken' }))
    for (const [what, fields, code, field] of rows) {
      it(`refuses ${what}`, () =>
        unchanged(world, async () => {
          const answer = await post('/auth/register', account(fields))
          assertRefused(answer, { code, field })
          assert.doesNotMatch(JSON.stringify(answer.body), /sesam7|77777777|üü/)
        }))
    }

    it('lets nobody make an administrator of himself by other ways', async () => {
      const { access_token: token, user } = await register()
      const tries: [string, string, Json][] = [
        ['POST', '/users', account({ role: 'admin' })],
        ['POST', '/users', account({ is_active: true })],
        ['PATCH', `/users/${user.id}`, { role: 'admin' }],
        ['PUT', `/users/${user.id}`, { ...account(), role: 'admin' }]
      ]
      for (const [method, path, body] of tries) {
        const field = 'role' in body ? 'role' : 'is_active'
        assertRefused(await world.rest({ name: 'x', token }, method, path, { body }), {
          code: 'FORBIDDEN',
          field
        })
      }
      const [row] = await world.sql('select role from users where id = $1', [user.id])
      assert.equal(row!.role, 'user')
    })

    it('gives one of two the same email', async () => {
      const data = account()
      const answers = await Promise.all(
        [1, 2, 3, 4].map((n) => post('/auth/register', { ...data, username: `racer${n}` }))
      )
      assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409, 409])
    })
  })

  describe('login', () => {
    const login = (body: unknown) => post('/auth/login', body)
    const withoutTrace = ({ status, body }: Answer) => {
      const { trace_id, ...error } = body.error
      assert.ok(trace_id)
      return { status, body: { ...body, error } }
    }

    it('takes the email in any case', async () => {
      const { data, user } = await register()
      const { status, body } = await login({ email: data.email.toUpperCase(), password: PASSWORD })
      assert.deepEqual([status, body.user.id], [200, user.id])
    })

    it('says the same of an unknown email, a wrong password and an account that is switched off', async () => {
      const [known, off] = [await register(), await register()]
      await world.sql('update users set is_active = false where id = $1', [off.user.id])
      const answers = await Promise.all([
        login({ email: 'unknown@example.com', password: PASSWORD }),
        login({ email: known.data.email, password: 'another password' }),
        login({ email: off.data.email, password: PASSWORD }),
        login({ email: known.data.email, password: '' }),
        login({ email: 'not an email', password: PASSWORD }),
        login({ email: known.data.email, password: 'x'.repeat(900_000) }),
        login({ email: `${'x'.repeat(900_000)}@example.com`, password: PASSWORD })
      ])
      assertRefused(answers[0]!, { code: 'INVALID_LOGIN' })
      for (const answer of answers) assert.deepEqual(withoutTrace(answer), withoutTrace(answers[0]!))
    })

    it('refuses what is no text without repeating it', async () => {
      for (const wrong of [{ $ne: '' }, ['sesam7!'], null, 7, true]) {
        const refused = await login({ email: 'a@example.com', password: wrong })
        assertRefused(refused, { code: 'VALIDATION_ERROR', field: 'password' })
        assert.doesNotMatch(JSON.stringify(refused.body), /sesam7|"provided"/)
        assertRefused(await login({ email: wrong, password: PASSWORD }), {
          code: 'VALIDATION_ERROR',
          field: 'email'
        })
        const feathers = await post('/authentication', { strategy: 'local', email: wrong, password: wrong })
        assertRefused(feathers, { code: 'INVALID_LOGIN' })
      }
      const huge = await login({ email: 'a@example.com', password: 'x'.repeat(10_000_000) })
      assertRefused(huge, { code: 'PAYLOAD_TOO_LARGE' })
    })

    it('takes as long for an unknown email as for a wrong password', async () => {
      const slow = await startWorld({ settings: { auth: { bcrypt_cost: 10 } } })
      const person = await slow.register('slow')
      const time = async (email: string) => {
        const start = performance.now()
        await slow.rest(anonymous, 'POST', '/auth/login', { body: { email, password: 'another password' } })
        return performance.now() - start
      }
      const [wrong, unknown]: number[][] = [[], []]
      await time('unknown@example.com')
      for (let n = 0; n < 5; n++) {
        wrong!.push(await time(person.email!))
        unknown!.push(await time('unknown@example.com'))
      }
      const [a, b] = [Math.min(...wrong!), Math.min(...unknown!)]
      await slow.close()
      assert.ok(a / b < 2 && b / a < 2, `${a} ms and ${b} ms`)
    })

    it('goes on after the password was changed, with the new one only', async () => {
      const { access_token: token, user, data } = await register()
      const changed = await world.rest({ name: 'x', token }, 'PATCH', `/users/${user.id}`, {
        body: { password: 'a better one' }
      })
      assert.equal(changed.status, 200)
      assert.equal('password' in changed.body, false)
      assertRefused(await login({ email: data.email, password: PASSWORD }), { code: 'INVALID_LOGIN' })
      assert.equal((await login({ email: data.email, password: 'a better one' })).status, 200)
    })
  })

  describe('refresh and logout', () => {
    const refresh = (refresh_token: unknown) => post('/auth/refresh', { refresh_token })

    it('rotates: a new pair works, and the access token of before too until it expires', async () => {
      const first = await register()
      const { status, body } = await refresh(first.refresh_token)
      assert.equal(status, 200)
      assert.notEqual(body.refresh_token, first.refresh_token)
      assert.deepEqual(Object.keys(body.user).sort(), Object.keys(first.user).sort())
      for (const { access_token } of [body, first]) assert.equal((await me(access_token)).status, 200)
      assert.equal((await refresh(body.refresh_token)).status, 200)
    })

    it('takes a token that was spent for stolen, and ends its session, access tokens too', async () => {
      const [first, other] = [await register(), await register()]
      const { body: second } = await refresh(first.refresh_token)
      assertRefused(await refresh(first.refresh_token), { code: 'INVALID_TOKEN' })
      for (const token of [first.access_token, second.access_token])
        assertRefused(await me(token), { code: 'INVALID_TOKEN' })
      assertRefused(await refresh(second.refresh_token), { code: 'INVALID_TOKEN' })
      assert.equal((await me(other.access_token)).status, 200)
    })

    it('one of several at once gets through', async () => {
      const { refresh_token } = await register()
      const answers = await Promise.all([1, 2, 3, 4].map(() => refresh(refresh_token)))
      assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 401, 401, 401])
    })

    it('ends only the session that logs out', async () => {
      const first = await register()
      const { body: second } = await post('/auth/login', { email: first.data.email, password: PASSWORD })
      assert.deepEqual((await post('/auth/logout', {}, first.access_token)).body, { success: true })
      assertRefused(await me(first.access_token), { code: 'INVALID_TOKEN' })
      assertRefused(await refresh(first.refresh_token), { code: 'INVALID_TOKEN' })
      assertRefused(await post('/auth/logout', {}, first.access_token), { code: 'INVALID_TOKEN' })
      assert.equal((await me(second.access_token)).status, 200)
      assertRefused(await post('/auth/logout', {}), { code: 'NOT_AUTHENTICATED' })
    })
  })

  it('never tells the hash: not in an answer, an event or the feed', async () => {
    const admin = await world.register('keeper', { role: 'admin' })
    const socket = await world.socket(admin)
    const { user, data } = await register()
    await world.rest(admin, 'PATCH', `/users/${user.id}`, { body: { password: 'a better one' } })
    await world.rest(admin, 'PATCH', `/users/${user.id}`, { body: { first_name: 'Eve' } })
    await socket.event('users patched', ({ first_name }) => first_name === 'Eve')
    const answers = [
      (await world.rest(admin, 'GET', '/users')).body,
      (await world.rest(admin, 'GET', `/users/${user.id}`)).body,
      await socket.call('get', 'users', user.id),
      await socket.call('create', 'authentication', { strategy: 'local', email: data.email, password: 'a better one' }),
      socket.events,
      await world.sql('select * from changes'),
      (await post('/users', account())).body,
      (await world.rest(admin, 'DELETE', `/users/${user.id}`)).body
    ]
    assert.doesNotMatch(JSON.stringify(answers), /\$2[aby]\$|"password"/)
    assertError((await post('/users', account({ email: data.email, password: 'x' }))).body, { code: 'VALIDATION_ERROR', field: 'password' })
  }) // prettier-ignore
})
