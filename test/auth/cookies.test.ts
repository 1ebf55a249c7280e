import assert from 'node:assert/strict'
import { io } from 'socket.io-client'
import type { KnownCode } from '../input/contract'
import type { Answer, Json, Person, World } from '../helpers/world'
import { anonymous, Listener, PASSWORD, startWorld } from '../helpers/world'
import { assertRefused } from '../input/contract'

const APP = 'https://app.example.com'
const EVIL = 'https://evil.example.com'
const NAMES = ['__Host-access_token', '__Host-refresh_token', '__Host-csrf_token']

/** A browser's tab with its cookies: what it sends of itself, its script cannot change. */
class Tab {
  readonly cookies = new Map<string, string>()
  csrf?: string

  constructor(
    readonly world: World,
    readonly origin: string | null = APP
  ) {}

  get header(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {}
  ): Promise<Answer> {
    const answer = await this.world.rest(anonymous, method, path, {
      body,
      headers: {
        ...(this.cookies.size > 0 ? { Cookie: this.header } : {}),
        ...(this.origin && method !== 'GET' ? { Origin: this.origin } : {}),
        ...(this.csrf ? { 'X-CSRF-Token': this.csrf } : {}),
        ...headers
      }
    })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value) this.cookies.set(name, value)
      else this.cookies.delete(name)
    }

    return answer
  }

  async login(email: string): Promise<Json> {
    const { status, body } = await this.call('POST', '/auth/login', { email, password: PASSWORD })
    assert.equal(status, 200, JSON.stringify(body))
    this.csrf = body.csrf_token

    return body
  }
}

describe('cookies', () => {
  let world: World
  let owner: Person
  before(async () => {
    const settings = {
      auth: { cookies: { enabled: true, same_site: 'strict' as const } },
      allowed_origins: [APP]
    }
    world = await startWorld({ settings })
    owner = (await world.app
      .service('users')
      .create({ email: 'owner@example.com', username: 'owner', password: PASSWORD } as never)) as never
  })
  after(() => world?.close())

  const signedIn = async (email = owner.email!): Promise<Tab> => {
    const tab = new Tab(world)
    await tab.login(email)

    return tab
  }
  const account = async (name: string) => {
    const email = `${name}@example.com`
    await world.app.service('users').create({ email, username: name, password: PASSWORD } as never)

    return email
  }
  const tasks = async () => (await world.sql('select count(*)::int as n from tasks'))[0]!.n as number
  const lastEvent = async () =>
    (await world.sql('select * from security_events order by id desc limit 1'))[0]!

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

describe('without cookies', () => {
  let world: World
  before(async () => {
    world = await startWorld({ settings: { allowed_origins: [APP] } })
  })
  after(() => world?.close())

  it('none is set, and none counts', async () => {
    const owner = await world.register('owner')
    const { headers, body } = await world.rest(anonymous, 'POST', '/auth/login', {
      body: { email: owner.email, password: PASSWORD }
    })
    assert.deepEqual(headers.getSetCookie(), [])
    assert.ok(body.refresh_token)
    assert.equal('csrf_token' in body, false)
    const Cookie = `__Host-access_token=${owner.token}; __Host-refresh_token=${owner.refresh_token}`
    assertRefused(await world.rest(anonymous, 'GET', '/auth/me', { headers: { Cookie } }), {
      code: 'NOT_AUTHENTICATED'
    })
    assertRefused(await world.rest(anonymous, 'POST', '/auth/refresh', { body: {}, headers: { Cookie } }), {
      code: 'VALIDATION_ERROR',
      field: 'refresh_token'
    })
    assertRefused(await world.rest(anonymous, 'GET', '/auth/csrf', { headers: { Cookie } }), {
      code: 'NO_SUCH_PATH'
    })
    const { status } = await world.rest(owner, 'POST', '/tasks', {
      body: { title: 'x' },
      headers: { Cookie, Origin: EVIL }
    })
    assert.equal(status, 201)
  })

  it('a browser is told of no credentials for an origin that is not listed', async () => {
    const { headers } = await world.rest(anonymous, 'GET', '/products', { headers: { Origin: EVIL } })
    assert.equal(headers.get('access-control-allow-origin'), null)
  })

  it('they do not go with every origin', async () => {
    const settings = { auth: { cookies: { enabled: true } }, allowed_origins: ['*'] }
    await assert.rejects(startWorld({ settings }), /allowed_origins to list/)
    for (const origin of ['null', 'app.example.com', `${APP}/`, 'https://App.example.com', `${APP}/x`])
      await assert.rejects(startWorld({ settings: { allowed_origins: [origin] } }), /allowed_origins holds/)
  })
})
