import assert from 'node:assert/strict'
import { io } from 'socket.io-client'
import type { Json } from '../helpers/world'
import { anonymous, Listener, PASSWORD } from '../helpers/world'
import { assertRefused } from '../input/contract'
import {
  APP,
  EVIL,
  NAMES,
  owner,
  Tab,
  withCookies,
  world,
  signedIn,
  account,
  lastEvent
} from './cookies-stage'

describe('cookies', () => {
  withCookies()

  describe('hold a session', () => {
    it('by attributes that keep it from scripts, other sites and plain HTTP', async () => {
      const tab = new Tab(world)
      const { headers, body } = await tab.call('POST', '/auth/login', {
        email: owner.email,
        password: PASSWORD
      })
      const lines = headers.getSetCookie()
      assert.deepEqual(
        lines.map((line) => line.split('=')[0]),
        NAMES
      )
      for (const line of lines) {
        const attributes = line
          .split('; ')
          .slice(1)
          .map((text) => text.replace(/^expires=.*/, 'expires'))
          .sort()
        const expected = ['expires', 'path=/', 'samesite=strict', 'secure']
        assert.deepEqual(
          attributes,
          line.startsWith('__Host-csrf')
            ? expected
            : ['expires', 'httponly', 'path=/', 'samesite=strict', 'secure']
        )
      }
      assert.equal('refresh_token' in body, false)
      assert.equal(body.csrf_token, tab.cookies.get('__Host-csrf_token'))
      assert.ok(body.access_token)
      assert.equal(headers.get('access-control-allow-origin'), APP)
      assert.equal(headers.get('access-control-allow-credentials'), 'true')
      assert.match(headers.get('access-control-expose-headers')!, /Retry-After/)
      assert.equal(headers.get('cache-control'), 'no-store')
      const { headers: read } = await tab.call('GET', '/auth/me')
      assert.deepEqual([read.get('cache-control'), /cookie/i.test(read.get('vary')!)], ['private', true])
    })

    it('for every way of signing in', async () => {
      const tab = new Tab(world)
      const registered = await tab.call('POST', '/auth/register', {
        email: 'new@example.com',
        username: 'newcomer',
        password: PASSWORD
      })
      assert.deepEqual(
        [registered.status, 'refresh_token' in registered.body, tab.cookies.size],
        [201, false, 3]
      )
      const feathers = new Tab(world)
      const { status, body } = await feathers.call('POST', '/authentication', {
        strategy: 'local',
        email: owner.email,
        password: PASSWORD
      })
      assert.deepEqual([status, 'refresh_token' in body, feathers.cookies.size], [201, false, 3])
      assert.equal((await feathers.call('GET', '/auth/me')).body.email, owner.email)
    })

    it('which goes on by the refresh cookie, and ends by the log-out', async () => {
      const tab = await signedIn()
      const before = tab.cookies.get('__Host-refresh_token')
      tab.cookies.delete('__Host-access_token')
      assertRefused(await tab.call('GET', '/auth/me'), { code: 'NOT_AUTHENTICATED' })
      const { status, body } = await tab.call('POST', '/auth/refresh', {})
      assert.deepEqual([status, 'refresh_token' in body], [200, false])
      assert.notEqual(tab.cookies.get('__Host-refresh_token'), before)
      tab.csrf = body.csrf_token
      const token = tab.cookies.get('__Host-access_token')!
      const { headers } = await tab.call('POST', '/auth/logout', {})
      assert.deepEqual(
        headers.getSetCookie().map((line) => line.replace(/; path.*/, '')),
        NAMES.map((name) => `${name}=`)
      )
      assert.equal(tab.cookies.size, 0)
      assertRefused(await world.rest({ name: 'x', token }, 'GET', '/auth/me'), { code: 'INVALID_TOKEN' })
      assertRefused(await tab.call('POST', '/auth/refresh', {}), {
        code: 'VALIDATION_ERROR',
        field: 'refresh_token'
      })
    })

    it('that an old cookie does not keep from beginning anew', async () => {
      const tab = await signedIn()
      await world.sql('update sessions set revoked_at = now()')
      await world.settled()
      assertRefused(await tab.call('GET', '/auth/me'), { code: 'INVALID_TOKEN' })
      tab.csrf = undefined
      await tab.login(owner.email!)
      assert.equal((await tab.call('GET', '/auth/me')).status, 200)
    })

    it('that a log-out ends also once the access token has expired', async () => {
      const tab = await signedIn()
      const token = tab.cookies.get('__Host-access_token')!
      tab.cookies.delete('__Host-access_token')
      const csrf = tab.csrf
      tab.csrf = undefined
      assertRefused(await tab.call('POST', '/auth/logout', {}), { code: 'CSRF_REFUSED' })
      tab.csrf = csrf
      assert.deepEqual((await tab.call('POST', '/auth/logout', {})).body, { success: true })
      assert.equal(tab.cookies.size, 0)
      assertRefused(await world.rest({ name: 'x', token }, 'GET', '/auth/me'), { code: 'INVALID_TOKEN' })
      assert.equal((await lastEvent()).event, 'logged_out')
    })

    it('and that is dropped once a refresh finds it over, so that the page is anonymous again', async () => {
      const tab = await signedIn()
      await world.sql('update sessions set revoked_at = now()')
      await world.settled()
      assertRefused(await tab.call('GET', '/products'), { code: 'INVALID_TOKEN' })
      assertRefused(await tab.call('POST', '/auth/refresh', {}), { code: 'INVALID_TOKEN' })
      assert.equal(tab.cookies.size, 0)
      assert.equal((await tab.call('GET', '/products')).status, 200)
    })

    it('and not by a cookie that somebody planted beside it', async () => {
      const [tab, other] = [await signedIn(), await signedIn(await account('planted'))]
      const two = `${tab.header}; ${other.header}`
      assertRefused(await world.rest(anonymous, 'GET', '/auth/me', { headers: { Cookie: two } }), {
        code: 'NOT_AUTHENTICATED'
      })
      for (const wrong of [
        '__Host-access_token=x',
        `__Host-access_token=${tab.cookies.get('__Host-refresh_token')}`
      ])
        assertRefused(await world.rest(anonymous, 'GET', '/auth/me', { headers: { Cookie: wrong } }), {
          code: 'INVALID_TOKEN'
        })
    })
  })

  describe('on a socket', () => {
    const connect = (headers: Record<string, string>, transport = 'websocket') =>
      new Promise<Listener>((resolve, reject) => {
        const socket = io(world.url, {
          transports: [transport],
          forceNew: true,
          extraHeaders: headers,
          reconnection: false
        })
        socket.once('connect', () => resolve(new Listener(socket)))
        socket.once('connect_error', (error) => (socket.disconnect(), reject(error)))
      })

    it('sign it in at the handshake, from a page that may', async () => {
      const tab = await signedIn()
      const [listener] = await Promise.all([connect({ Cookie: tab.header, Origin: APP })])
      assert.equal((await listener.call('me', 'auth', {})).email, owner.email)
      const { id } = await listener.call('create', 'tasks', { title: 'by socket' })
      await listener.event('tasks created', (data) => data.id === id)
      await tab.call('POST', '/auth/logout', {})
      await world.settled()
      const refused = await listener.refusal('create', 'tasks', { title: 'after' })
      assert.equal(refused.code, 401)
      listener.socket.disconnect()
    })

    const hasCode = (code: string) => (error: Error & { data?: Json }) => error.data?.error.code === code

    it('let no foreign page in, by either transport', async () => {
      const tab = await signedIn()
      for (const transport of ['websocket', 'polling'])
        for (const headers of [
          { Origin: EVIL },
          { Origin: 'null' },
          {},
          { 'Sec-Fetch-Site': 'cross-site' }
        ]) {
          const Cookie = tab.header
          await assert.rejects(
            connect({ ...(headers as Record<string, string>), Cookie }, transport),
            hasCode('CSRF_REFUSED'),
            JSON.stringify(headers)
          )
        }
      assert.deepEqual((await lastEvent()).details, { reason: 'foreign_origin', path: 'socket' })
      const nobody = await connect({ Origin: EVIL })
      assert.equal((await nobody.refusal('me', 'auth', {})).code, 401)
      nobody.socket.disconnect()
    })
  })
})
