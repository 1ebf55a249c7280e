import assert from 'node:assert/strict'
import type { Answer, Json, World } from '../helpers/world'
import { PASSWORD, startWorld } from '../helpers/world'
import { workOf } from '../helpers/work'
import { assertError, assertRefused } from '../input/contract'

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
        login({ email: known.data.email, password: 'x'.repeat(5000) }),
        login({ email: `${'x'.repeat(5000)}@example.com`, password: PASSWORD })
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
      const huge = await login({ email: 'a@example.com', password: 'x'.repeat(10_000) })
      assertRefused(huge, { code: 'PAYLOAD_TOO_LARGE' })
    })

    it('takes as long for an unknown email as for a wrong password, since it takes the same work', async () => {
      const person = await world.register('slow')
      await world.app.get('mailer').idle()
      const attempt = (email: string) => workOf(() => login({ email, password: 'another password' }))
      const wrong = await attempt(person.email!)
      assert.equal(wrong[0], 'compare at 4')
      assert.deepEqual(await attempt('unknown@example.com'), wrong)
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
      await world.sql(`update sessions set rotated_at = rotated_at - interval '11 s'`)
      assertRefused(await refresh(first.refresh_token), { code: 'INVALID_TOKEN' })
      for (const token of [first.access_token, second.access_token])
        assertRefused(await me(token), { code: 'INVALID_TOKEN' })
      assertRefused(await refresh(second.refresh_token), { code: 'INVALID_TOKEN' })
      assert.equal((await me(other.access_token)).status, 200)
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
