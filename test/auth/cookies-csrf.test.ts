import assert from 'node:assert/strict'
import type { KnownCode } from '../input/contract'
import type { Answer } from '../helpers/world'
import { anonymous, PASSWORD } from '../helpers/world'
import { assertRefused } from '../input/contract'
import {
  APP,
  EVIL,
  owner,
  Tab,
  withCookies,
  world,
  signedIn,
  account,
  tasks,
  lastEvent
} from './cookies-stage'

describe('cookies', () => {
  withCookies()

  describe('alone change nothing', () => {
    const task = { title: 'by cookie' }
    const refused = async (work: () => Promise<Answer>, code: KnownCode = 'CSRF_REFUSED') => {
      const before = await tasks()
      const answer = await work()
      assertRefused(answer, { code })
      assert.deepEqual(answer.headers.getSetCookie(), [])
      assert.equal(await tasks(), before)
    }

    it('but with the token of the session, from a listed origin or this one', async () => {
      const tab = await signedIn()
      assert.equal((await tab.call('POST', '/tasks', task)).status, 201)
      const own = Object.assign(new Tab(world, world.url), { csrf: tab.csrf })
      for (const [name, value] of tab.cookies) own.cookies.set(name, value)
      assert.equal((await own.call('POST', '/tasks', task)).status, 201)
      const same = Object.assign(new Tab(world, null), { csrf: tab.csrf, cookies: tab.cookies })
      assert.equal((await same.call('POST', '/tasks', task, { 'Sec-Fetch-Site': 'same-origin' })).status, 201)
      const { body } = await tab.call('GET', '/auth/csrf')
      assert.notEqual(body.csrf_token, tab.csrf)
      tab.csrf = body.csrf_token
      assert.equal((await tab.call('POST', '/tasks', task)).status, 201)
    })

    it('without a token, with another session’s, or with a wrong one', async () => {
      const [tab, other] = [await signedIn(), await signedIn(await account('another'))]
      const own = tab.csrf!
      for (const csrf of [
        undefined,
        other.csrf,
        '',
        'x',
        `${own}x`,
        own.slice(0, -3),
        own.split('.')[0],
        `.${own.split('.')[1]}`,
        'x'.repeat(5000)
      ]) {
        tab.csrf = csrf
        await refused(() => tab.call('POST', '/tasks', task))
      }
      const { event, details, address } = await lastEvent()
      assert.deepEqual(
        [event, details, address],
        ['csrf_refused', { reason: 'csrf_token', method: 'POST', path: '/tasks' }, '127.0.0.1']
      )
      tab.cookies.set('__Host-csrf_token', other.csrf!)
      tab.csrf = other.csrf
      await refused(() => tab.call('POST', '/tasks', task))
    })

    it('from a foreign origin, and from nobody knows where', async () => {
      const tab = await signedIn()
      const from = (headers: Record<string, string>) => {
        const stolen = Object.assign(new Tab(world, null), { csrf: tab.csrf, cookies: tab.cookies })
        return refused(() => stolen.call('POST', '/tasks', task, headers))
      }
      for (const Origin of [
        EVIL,
        'null',
        `${APP}.evil.com`,
        'http://app.example.com',
        'https://app.example.com:8443',
        '',
        'x'
      ])
        await from({ Origin })
      for (const site of ['cross-site', 'same-site', 'none', 'x']) await from({ 'Sec-Fetch-Site': site })
      await from({ Origin: EVIL, 'Sec-Fetch-Site': 'same-origin' })
      await from({})
      await from({ Referer: `${APP}/` })
    })

    it('by whatever method, body or disguise', async () => {
      const tab = await signedIn()
      const { id } = (await tab.call('POST', '/tasks', task)).body
      tab.csrf = undefined
      for (const method of ['PUT', 'PATCH', 'DELETE'])
        await refused(() =>
          tab.call(method, `/tasks/${id}`, method === 'DELETE' ? undefined : { title: 'x' })
        )
      const plain = (method: string, path: string) =>
        world.rest(anonymous, method, path, {
          raw: '{"title":"x"}',
          headers: { Cookie: tab.header, Origin: EVIL, 'Content-Type': 'text/plain' }
        })
      await refused(() => plain('DELETE', `/tasks/${id}`), 'UNSUPPORTED_MEDIA_TYPE')
      await refused(() => plain('POST', '/tasks'), 'UNSUPPORTED_MEDIA_TYPE')
      await refused(() => tab.call('DELETE', `/tasks/${id}`, undefined, { Origin: EVIL }))
      await refused(() => tab.call('POST', '/tasks', {}, { 'X-Service-Method': 'create' }))
      await refused(() => tab.call('POST', `/tasks/${id}`, undefined, { 'X-HTTP-Method-Override': 'DELETE' }))
      await refused(() => tab.call('POST', '/auth/logout', {}))
      await refused(() => tab.call('DELETE', '/authentication'))
      assert.equal((await tab.call('GET', '/auth/me')).status, 200)
      const refresh = await tab.call('POST', '/auth/refresh', {})
      assertRefused(refresh, { code: 'CSRF_REFUSED' })
    })

    it('sign nobody in to an account that is not theirs', async () => {
      const login = { email: owner.email, password: PASSWORD }
      const foreign: Record<string, string>[] = [
        { Origin: EVIL },
        { Origin: 'null' },
        { 'Sec-Fetch-Site': 'cross-site' }
      ]
      const withToken = foreign.map((own): Record<string, string> => ({ ...own, Authorization: 'Bearer x' }))
      for (const { Origin, ...rest } of [...foreign, ...withToken]) {
        const tab = new Tab(world, Origin ?? null)
        await refused(() => tab.call('POST', '/auth/login', login, rest))
        await refused(() => tab.call('POST', '/authentication', { strategy: 'local', ...login }, rest))
      }
      for (const path of ['/auth/login/', '//auth/login', '/auth//login'])
        for (const Origin of [EVIL, 'null']) {
          const { status, headers } = await new Tab(world, Origin).call('POST', path, login)
          assert.ok([403, 404].includes(status), `${path} ${status}`)
          assert.deepEqual(headers.getSetCookie(), [])
        }
      await refused(() => new Tab(world, EVIL).call('POST', '/auth', login, { 'X-Service-Method': 'login' }))
      const named = await new Tab(world).call('POST', '/auth', login, { 'X-Service-Method': 'login' })
      assert.deepEqual(['refresh_token' in named.body, named.headers.getSetCookie().length], [false, 3])
      const nobody = await world.rest(anonymous, 'POST', '/auth/login', { body: login })
      assert.equal(nobody.status, 200)
    })

    it('are nothing to whoever brings a token of their own', async () => {
      const tab = await signedIn()
      const { access_token } = await tab.login(owner.email!)
      const stranger = await signedIn(await account('stranger'))
      const Cookie = stranger.header
      const person = { name: 'x', token: access_token }
      const { status, body } = await world.rest(person, 'POST', '/tasks', {
        body: task,
        headers: { Cookie, Origin: EVIL }
      })
      assert.deepEqual([status, body.user_id], [201, owner.id])
      for (const Authorization of ['Basic eDp5', 'Bearer x', 'x'])
        assert.ok(
          [401].includes(
            (await world.rest(anonymous, 'GET', '/auth/me', { headers: { Cookie, Authorization } })).status
          )
        )
    })
  })
})
