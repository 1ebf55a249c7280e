import assert from 'node:assert/strict'
import { once } from 'node:events'
import { io } from 'socket.io-client'
import type { Answer, Json, Listener, Person, World } from '../helpers/world'
import { anonymous, PASSWORD, startWorld } from '../helpers/world'
import { assertError, assertRefused } from '../input/contract'

describe('API keys', () => {
  let here: World
  let there: World
  let cast: Awaited<ReturnType<World['cast']>>
  before(async () => {
    here = await startWorld()
    there = await startWorld({ database: here.database })
    cast = await here.cast()
  })
  after(async () => {
    await there?.close(true)
    await here?.close()
  })

  const make = async (person: Person, permissions: string[], more: Json = {}): Promise<Json> => {
    const body = { name: 'Robot', permissions, ...more }
    const answer = await here.rest(person, 'POST', '/api-keys', { body })
    assert.equal(answer.status, 201, JSON.stringify(answer.body))

    return answer.body
  }
  const withKey = (
    key: string,
    method: string,
    path: string,
    body?: unknown,
    world = here
  ): Promise<Answer> => world.rest(anonymous, method, path, { body, headers: { 'X-API-Key': key } })
  /** A socket that is signed in by the key. */
  const socketOf = async (key: string, world = here): Promise<Listener> => {
    const socket = await world.socket()
    await socket.call('create', 'authentication', { strategy: 'api_key', api_key: key })

    return socket
  }
  const settled = () => Promise.all([here.settled(), there.settled()])
  const events = (event: string) =>
    here.sql('select user_id, details, address from security_events where event = $1 order by id', [event])

  describe('making one', () => {
    it('shows it once, and keeps a hash that nobody is shown', async () => {
      const listener = await here.socket(cast.owner)
      const { key, ...record } = await make(cast.owner, ['tasks:find', 'tasks:find', 'tasks:get'])
      assert.match(key, /^rk_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/)
      assert.deepEqual(record.permissions, ['tasks:find', 'tasks:get'])
      assert.equal(record.user_id, cast.owner.id)
      const secret = key.split('_').slice(2).join('_')
      await listener.event('api-keys created', ({ id }) => id === record.id)
      const shown = await Promise.all([
        here.rest(cast.owner, 'GET', `/api-keys/${record.id}`),
        here.rest(cast.admin, 'GET', '/api-keys')
      ])
      const [stored] = await here.sql('select hash from api_keys where id = $1', [record.id])
      const feed = await here.sql(
        `select before, after from changes where resource in ('api_keys', 'security_events')`
      )
      const heard = JSON.stringify([shown.map(({ body }) => body), listener.events, feed])
      for (const hidden of [secret, stored!.hash]) assert.ok(!heard.includes(hidden))
      assert.notEqual(stored!.hash, secret)
      assert.deepEqual(shown[0]!.body, record)
      const [event] = (await events('api_key_created')).filter(({ details }) => details.key_id === record.id)
      assert.deepEqual([event!.user_id, event!.address], [String(cast.owner.id), '127.0.0.1'])
    })

    it('refuses permissions that name nothing, or what no key may do', async () => {
      const body = {
        name: 'x',
        permissions: ['tasks:find', 'taks:find', 'tasks:fnd', 'auth:login', 'users:patch', 'tasks']
      }
      const { status, body: answer } = await here.rest(cast.owner, 'POST', '/api-keys', { body })
      assert.equal(status, 422)
      const said = answer.error.details.map(({ field, message }: Json) => `${field} ${message}`)
      const expected = [
        /^permissions.1 .*did you mean tasks\?$/,
        /^permissions.2 .*did you mean find\?$/,
        /^permissions.3 .*no API key may be allowed$/,
        /^permissions.4 .*no API key may be allowed$/,
        /^permissions.5 must be /
      ]
      assert.equal(said.length, expected.length)
      for (const [index, pattern] of expected.entries()) assert.match(said[index], pattern)
    })

    it('refuses what is empty, in the past, or written for somebody else', async () => {
      const wrong = [{ permissions: [] }, { expires_at: '2020-01-01T00:00:00Z' }, { user_id: cast.admin!.id }, { hash: 'x' }, { prefix: 'x' }, { permissions: 'tasks:find' }] // prettier-ignore
      for (const fields of wrong) {
        const body = { name: 'x', permissions: ['tasks:find'], ...fields }
        assertRefused(await here.rest(cast.owner, 'POST', '/api-keys', { body }), { code: 'VALIDATION_ERROR', field: Object.keys(fields)[0] }) // prettier-ignore
      }
      assertRefused(await here.rest(anonymous, 'POST', '/api-keys', { body: { name: 'x', permissions: ['*:*'] } }), { code: 'NOT_AUTHENTICATED' }) // prettier-ignore
    })

    it('is its owner’s: others neither see nor rename nor revoke it', async () => {
      const { id } = await make(cast.owner, ['*:*'])
      for (const [method, path, body] of [['GET', '', undefined], ['PATCH', '', { name: 'mine' }], ['POST', '/revoke', {}]] as const) // prettier-ignore
        assertRefused(await here.rest(cast.stranger, method, `/api-keys/${id}${path}`, { body }), { code: 'NOT_FOUND' }) // prettier-ignore
      assertRefused(await here.rest(cast.admin, 'PATCH', `/api-keys/${id}`, { body: { name: 'x' } }), { code: 'FORBIDDEN' }) // prettier-ignore
      const renamed = await here.rest(cast.owner, 'PATCH', `/api-keys/${id}`, { body: { name: 'Nightly' } })
      assert.equal(renamed.body.name, 'Nightly')
      const later = '2100-01-01T00:00:00.000Z'
      for (const body of [{ permissions: ['tasks:*'] }, { revoked_at: later }, { expires_at: later }])
        assertRefused(await here.rest(cast.owner, 'PATCH', `/api-keys/${id}`, { body }), { code: 'VALIDATION_ERROR', field: Object.keys(body)[0] }) // prettier-ignore
    })
  })

  describe('a key narrows', () => {
    it('what its owner may do, on REST and on sockets', async () => {
      const { key } = await make(cast.owner, ['tasks:find', 'tasks:create'])
      const socket = await socketOf(key)
      assert.equal((await withKey(key, 'POST', '/tasks', { title: 'By key' })).status, 201)
      assert.equal((await withKey(key, 'GET', '/tasks')).status, 200)
      assert.ok((await socket.call('find', 'tasks', {})).total > 0)
      const task = (await here.rest(cast.owner, 'POST', '/tasks', { body: { title: 'x' } })).body
      const refused: [string, string, unknown, unknown[]][] = [
        ['GET', `/tasks/${task.id}`, undefined, ['get', 'tasks', task.id]],
        ['PATCH', `/tasks/${task.id}`, { title: 'y' }, ['patch', 'tasks', task.id, { title: 'y' }]],
        ['POST', `/tasks/${task.id}/complete`, {}, ['complete', 'tasks', { id: task.id }]],
        ['GET', '/products', undefined, ['find', 'products', {}]],
        ['GET', '/auth/me', undefined, ['me', 'auth', {}]]
      ]
      for (const [method, path, body, [name, ...args]] of refused) {
        assertRefused(await withKey(key, method, path, body), { code: 'FORBIDDEN' })
        assertError(await socket.refusal(name as string, ...args), { code: 'FORBIDDEN' })
      }
    })

    it('to what changes nothing, or to the rest', async () => {
      const [reader, writer] = [await make(cast.owner, ['tasks:read']), await make(cast.owner, ['tasks:write'])]
      assert.deepEqual([reader.is_active, reader.last_used], [true, null])
      const made = await withKey(writer.key, 'POST', '/tasks', { title: 'Written' })
      assert.deepEqual([made.status, Object.keys(made.body)], [201, ['id']], 'what a key may not read is not shown to it')
      const path = `/tasks/${made.body.id}`
      for (const at of [path, '/tasks', '/tasks/search?q=written', `${path}/history`]) {
        assert.equal((await withKey(reader.key, 'GET', at)).status, 200, at)
        assertRefused(await withKey(writer.key, 'GET', at), { code: 'FORBIDDEN' })
      }
      for (const [method, at] of [['PATCH', path], ['DELETE', path], ['POST', '/tasks'], ['POST', `${path}/complete`]] as const)
        assertRefused(await withKey(reader.key, method, at, method === 'DELETE' ? undefined : {}), { code: 'FORBIDDEN' })
      assert.equal((await withKey(writer.key, 'POST', `${path}/complete`, {})).status, 200)
      await here.rest(cast.owner, 'POST', `/api-keys/${reader.id}/revoke`, { body: {} })
      assert.equal((await here.rest(cast.owner, 'GET', `/api-keys/${reader.id}`)).body.is_active, false)
      const refused = await here.rest(cast.owner, 'POST', '/api-keys', { body: { name: 'x', permissions: ['auth:read', 'analytics:write'] } })
      assert.equal(refused.body.error.details.length, 2, 'what would allow nothing')
    }) // prettier-ignore

    it('and never widens it', async () => {
      const { key } = await make(cast.owner, ['*:*'])
      const theirs = (await here.rest(cast.stranger, 'POST', '/tasks', { body: { title: 'Theirs' } })).body
      assertRefused(await withKey(key, 'GET', `/tasks/${theirs.id}`), { code: 'NOT_FOUND' })
      assertRefused(await withKey(key, 'GET', '/users/role/user'), { code: 'FORBIDDEN' })
      assertRefused(await withKey(key, 'GET', '/security-events'), { code: 'FORBIDDEN' })
      assert.deepEqual((await withKey(key, 'GET', '/users')).body.data.map(({ id }: Json) => id), [cast.owner.id]) // prettier-ignore
    })

    it('to what is not the account: even one of an administrator changes none, and makes no keys', async () => {
      const { key, id } = await make(cast.admin, ['*:*'])
      const socket = await socketOf(key)
      const calls: [string, string, unknown, unknown[]][] = [
        ['PATCH', `/users/${cast.owner.id}`, { role: 'admin' }, ['patch', 'users', cast.owner.id, { role: 'admin' }]],
        ['PATCH', `/users/${cast.admin.id}`, { password: 'another-horse' }, ['patch', 'users', cast.admin.id, { password: 'another-horse' }]],
        ['DELETE', `/users/${cast.owner.id}`, undefined, ['remove', 'users', cast.owner.id]],
        ['POST', '/api-keys', { name: 'x', permissions: ['*:*'] }, ['create', 'api-keys', { name: 'x', permissions: ['*:*'] }]],
        ['GET', '/api-keys', undefined, ['find', 'api-keys', {}]],
        ['POST', `/api-keys/${id}/revoke`, {}, ['revoke', 'api-keys', { id }]],
        ['POST', '/auth/logout', {}, ['logout', 'auth', {}]],
        ['POST', '/auth/login', { email: cast.admin.email, password: PASSWORD }, ['login', 'auth', { email: cast.admin.email, password: PASSWORD }]]
      ] // prettier-ignore
      for (const [method, path, body, [name, ...args]] of calls) {
        assertRefused(await withKey(key, method, path, body), { code: 'FORBIDDEN' })
        assertError(await socket.refusal(name as string, ...args), { code: 'FORBIDDEN' })
      }
      const signedIn = await here.rest(anonymous, 'POST', '/authentication', { body: { strategy: 'api_key', api_key: key } }) // prettier-ignore
      const said = JSON.stringify(signedIn.body)
      assert.ok(!/refresh_token|accessToken|access_token/.test(said) && !said.includes(key), said)
    })

    it('and is no token, nor a token a key, also where it was verified a moment ago', async () => {
      const { key } = await make(cast.owner, ['products:find'])
      const token = cast.owner.token!
      assert.equal((await withKey(key, 'GET', '/products')).status, 200)
      assert.equal((await here.rest(cast.owner, 'GET', '/auth/me')).status, 200)
      assertRefused(await here.rest({ name: 'x', token: key }, 'GET', '/products'), { code: 'INVALID_TOKEN' })
      assertRefused(await withKey(token, 'GET', '/products'), { code: 'INVALID_API_KEY' })
      const asToken = { strategy: 'jwt', accessToken: key }
      const asKey = { strategy: 'api_key', api_key: token }
      const socket = await here.socket(anonymous)
      for (const [body, code] of [[asToken, 'INVALID_TOKEN'], [asKey, 'INVALID_API_KEY']] as const) {
        assertRefused(await here.rest(anonymous, 'POST', '/authentication', { body }), { code })
        assertError(await socket.refusal('create', 'authentication', body), { code })
      } // prettier-ignore
    })

    it('what relations, filters, reports and lists lead to', async () => {
      const { key } = await make(cast.admin, ['products:find', 'orders:my_orders', 'inventory:*'])
      for (const path of [
        '/products?include=category',
        '/products?category.name=x',
        '/products?include=inventory.store',
        '/orders/my-orders',
        '/inventory/alerts/low-stock'
      ]) {
        const { status, body } = await withKey(key, 'GET', path)
        assert.deepEqual([path, status, body.error?.code], [path, 403, 'FORBIDDEN'])
      }
    })

    it('and a write is answered by its id alone where the key may not read', async () => {
      const { key } = await make(cast.owner, ['tasks:create', 'tasks:complete', 'tasks:patch'])
      const created = await withKey(key, 'POST', '/tasks', { title: 'Blind' })
      assert.deepEqual(Object.keys(created.body), ['id'])
      const path = `/tasks/${created.body.id}`
      assert.deepEqual((await withKey(key, 'PATCH', path, {})).body, { id: created.body.id })
      assert.deepEqual((await withKey(key, 'POST', `${path}/complete`, {})).body, { id: created.body.id })
    })

    it('what its socket hears', async () => {
      const { key } = await make(cast.admin, ['products:get', 'orders:my_orders'])
      const socket = await socketOf(key)
      const whole = await here.socket(cast.admin)
      const product = { name: 'Tea', sku: 'TEA-KEY', price: 1, category_id: null, stock_quantity: 5 }
      const category = (await here.rest(cast.admin, 'POST', '/categories', { body: { name: 'Heard', slug: 'heard' } })).body // prettier-ignore
      const made = await here.rest(cast.admin, 'POST', '/products', { body: { ...product, category_id: category.id } }) // prettier-ignore
      assert.equal(made.status, 201, JSON.stringify(made.body))
      await whole.event('products created')
      await socket.event('products created')
      assert.deepEqual([...new Set(socket.events.map(({ name }) => name))], ['products created'])
      assert.ok(whole.events.some(({ name }) => name === 'categories created'))
    })
  })

  describe('ends at once, on all processes and on open sockets', () => {
    interface Scene {
      person: Person
      record: Json
      key: string
      sockets: Listener[]
      witness: Listener
    }
    let count = 0
    const scene = async (more: Json = {}): Promise<Scene> => {
      const person = await here.register(`keeper${++count}`)
      const { key, ...record } = await make(person, ['tasks:*'], more)
      const sockets = await Promise.all([socketOf(key, here), socketOf(key, there)])
      for (const world of [here, there]) assert.equal((await withKey(key, 'GET', '/tasks', undefined, world)).status, 200) // prettier-ignore

      return { person, record, key, sockets, witness: await there.socket(person) }
    }
    const assertEnded = async ({ person, key, sockets, witness }: Scene, isHeard = true) => {
      await settled()
      for (const world of [here, there])
        assertRefused(await withKey(key, 'GET', '/tasks', undefined, world), { code: 'INVALID_API_KEY' })
      for (const socket of sockets) socket.forget()
      await here.app.service('tasks').create({ title: 'Private', user_id: person.id } as never)
      if (isHeard) await witness.event('tasks created')
      await settled()
      for (const socket of sockets) {
        assert.deepEqual(await socket.drained(), [])
        assertError(await socket.refusal('find', 'tasks'), { code: 'NOT_AUTHENTICATED' })
      }
    }

    it('when it is revoked', async () => {
      const story = await scene()
      const { person, record } = story
      assert.ok(
        (await here.rest(person, 'POST', `/api-keys/${record.id}/revoke`, { body: {} })).body.revoked_at
      )
      await assertEnded(story)
      const [event] = (await events('api_key_revoked')).filter(({ details }) => details.key_id === record.id)
      assert.equal(event!.user_id, String(person.id))
    })

    it('when an administrator revokes it', async () => {
      const story = await scene()
      await there.rest(cast.admin, 'POST', `/api-keys/${story.record.id}/revoke`, { body: {} })
      await assertEnded(story)
    })

    it('when it is deleted, or expires, by SQL', async () => {
      for (const sql of [
        'delete from api_keys where id = $1',
        'update api_keys set expires_at = now() where id = $1'
      ]) {
        const story = await scene()
        await here.sql(sql, [story.record.id])
        await assertEnded(story)
      }
    })

    it('when its owner is switched off', async () => {
      const story = await scene()
      await here.rest(cast.admin, 'PATCH', `/users/${story.person.id}`, { body: { is_active: false } })
      await assertEnded(story, false)
    })

    it('when it expires: its sockets are told, and hear no more', async () => {
      const { person, key, sockets, witness } = await scene({
        expires_at: new Date(Date.now() + 1500).toISOString()
      })
      await Promise.all(sockets.map((socket) => socket.event('token_expired')))
      while ((await withKey(key, 'GET', '/tasks')).status === 200) await here.settled()
      for (const world of [here, there])
        assertRefused(await withKey(key, 'GET', '/tasks', undefined, world), { code: 'INVALID_API_KEY' })
      await here.app.service('tasks').create({ title: 'Private', user_id: person.id } as never)
      await witness.event('tasks created')
      await settled()
      for (const socket of sockets) {
        assertError(await socket.refusal('find', 'tasks'), { code: 'INVALID_API_KEY' })
        assert.ok(!socket.events.some(({ name }) => name === 'tasks created'))
      }
    })

    it('and a revocation is not undone by a call that began before it', async () => {
      const { person, record, key } = await scene()
      const [revoked] = await Promise.all([
        here.rest(person, 'POST', `/api-keys/${record.id}/revoke`, { body: {} }),
        ...Array.from({ length: 20 }, () => withKey(key, 'GET', '/tasks'))
      ])
      assert.equal(revoked!.status, 200)
      await here.settled()
      assertRefused(await withKey(key, 'GET', '/tasks'), { code: 'INVALID_API_KEY' })
    })
  })

  it('a key that may read less than before is told so, and nobody else is cut', async () => {
    const { key, id } = await make(cast.owner, ['tasks:*', 'categories:find'])
    const [robot, owner] = await Promise.all([socketOf(key), here.socket(cast.owner)])
    const { body: task } = await here.rest(cast.owner, 'POST', '/tasks', { body: { title: 'Seen' } })
    await robot.event('tasks created', (data) => data.id === task.id)
    const narrow = `update api_keys set permissions = '{categories:find}' where id = ${id}`
    await here.sql(`with narrowed as (${narrow}) update tasks set title = 'Unseen' where id = ${task.id}`)
    await owner.event('tasks patched', (data) => data.id === task.id)
    await robot.event('tasks removed', (data) => data.id === task.id)
    await settled()
    await robot.call('find', 'categories', { $limit: 0 })
    assert.ok(!robot.events.some(({ data }) => data.title === 'Unseen'))
  })

  it('are made and revoked by as many at once as like to, with few connections to the database', async () => {
    const small = await startWorld({ database: here.database, settings: { database: { pool_max: 2 } } })
    const body = { name: 'Many', permissions: ['tasks:find'] }
    const all = <T>(work: (n: number) => Promise<T>) =>
      Promise.all(Array.from({ length: 8 }, (_, n) => work(n)))
    const made = await all(() => small.rest(cast.owner, 'POST', '/api-keys', { body }))
    assert.deepEqual(new Set(made.map(({ status }) => status)), new Set([201]))
    const ended = await all((n) => small.rest(cast.owner, 'POST', `/api-keys/${made[n]!.body.id}/revoke`))
    assert.deepEqual(new Set(ended.map(({ status }) => status)), new Set([200]))
    await small.close(true)
  })

  it('a role that its owner loses, the key loses', async () => {
    const admin = await here.register('deposed', { role: 'admin' })
    const { key } = await make(admin, ['users:by_role', 'users:find'])
    assert.equal((await withKey(key, 'GET', '/users/role/user')).status, 200)
    await here.rest(cast.admin, 'PATCH', `/users/${admin.id}`, { body: { role: 'user' } })
    await here.settled()
    assertRefused(await withKey(key, 'GET', '/users/role/user'), { code: 'FORBIDDEN' })
  })

  it('what is no key, or another’s secret, is refused alike', async () => {
    const { key } = await make(cast.owner, ['tasks:find'])
    const [, prefix] = key.split('_')
    const wrong = ['', 'x', 'rk_', `rk_${prefix}_`, `rk_${prefix}_${'A'.repeat(43)}`, `rk_${'0'.repeat(16)}_${'A'.repeat(43)}`, `${key} `.repeat(2), key.toUpperCase(), 'x'.repeat(5000)] // prettier-ignore
    const bodies = await Promise.all(wrong.map(async (one) => {
      const answer = await withKey(one, 'GET', '/tasks')
      assertRefused(answer, { code: 'INVALID_API_KEY' })
      const { trace_id: _, ...error } = answer.body.error
      return JSON.stringify(error)
    })) // prettier-ignore
    assert.equal(new Set(bodies).size, 1)
    const socket = await here.socket()
    for (const api_key of [...wrong, null, {}, ['x'], 7, { $ne: null }])
      assertError(await socket.refusal('create', 'authentication', { strategy: 'api_key', api_key }), { code: 'INVALID_API_KEY' }) // prettier-ignore
    assert.ok((await events('api_key_refused')).some(({ details }) => details.reason === 'secret'))
  })

  it('a token and a key in one request are refused, whichever is good', async () => {
    const { key } = await make(cast.owner, ['tasks:find'])
    for (const [token, api] of [[cast.owner.token, key], ['bad', key], [cast.owner.token, 'bad']])
      assertRefused(await here.rest({ name: 'both', token }, 'GET', '/tasks', { headers: { 'X-API-Key': api! } }), { code: 'BAD_REQUEST' }) // prettier-ignore
    const query = await here.rest(anonymous, 'GET', `/tasks?api_key=${key}`)
    assertRefused(query, { code: 'NOT_AUTHENTICATED' })
  })

  it('one credential in both headers is one, as generated clients send it', async () => {
    const { key } = await make(cast.owner, ['tasks:find'])
    const both = (credential: string) =>
      here.rest({ name: 'both', token: credential }, 'GET', '/tasks', {
        headers: { 'X-API-Key': credential }
      })
    assert.equal((await both(key)).status, 200)
    assert.equal((await both(cast.owner.token!)).status, 200)
    assert.equal((await both('nonsense')).status, 401)
  })

  it('signs a socket in by its handshake, and a socket anew by a token', async () => {
    const { key } = await make(cast.owner, ['tasks:create'])
    const connect = (value: string) => io(here.url, { transports: ['websocket'], forceNew: true, reconnection: false, extraHeaders: { 'X-API-Key': value } }) // prettier-ignore
    const socket = connect(key)
    await once(socket as never, 'connect')
    const call = (...args: unknown[]) =>
      new Promise<[Json | null, Json]>((resolve) => socket.emit(args[0] as string, ...args.slice(1), (...answer: unknown[]) => resolve(answer as never))) // prettier-ignore
    assert.equal((await call('create', 'tasks', { title: 'x' }))[0], null)
    assert.equal((await call('find', 'tasks', {}))[0]!.error.code, 'FORBIDDEN')
    await call('create', 'authentication', { strategy: 'jwt', accessToken: cast.owner.token })
    assert.equal((await call('find', 'tasks', {}))[0], null)
    socket.disconnect()
    const bad = connect('rk_bad')
    const [error] = (await once(bad as never, 'connect_error')) as [Error]
    assert.match(error.message, /API key is not valid/)
    bad.disconnect()
    for (const event of ['api_key_used', 'api_key_refused'] as const)
      assert.equal((await events(event)).at(-1)!.address, '127.0.0.1', event)
  })

  it('goes on when a socket is signed out that it had signed in', async () => {
    const { key } = await make(cast.owner, ['tasks:*'])
    const client = await here.client()
    const service = client.service('tasks')
    await client.authenticate({ strategy: 'api_key', api_key: key } as never)
    const { id } = (await service.create({ title: 'Mine' })) as Json
    const lost = new Promise<Json>((resolve) => service.on('removed', (task: Json) => task.id === id && resolve(task))) // prettier-ignore
    await client.logout()
    assert.deepEqual(await lost, { id })
    await assert.rejects(service.find(), { name: 'NotAuthenticated' })
    assert.equal((await withKey(key, 'GET', `/tasks/${id}`)).status, 200)
    assert.equal((await withKey(key, 'DELETE', '/authentication')).status, 401)
  })

  it('of a handshake counts as one that signed in later: what is heard, and that it ends', async () => {
    const { key, id } = await make(cast.owner, ['tasks:find'])
    const socket = io(here.url, { transports: ['websocket'], forceNew: true, reconnection: false, extraHeaders: { 'X-API-Key': key } }) // prettier-ignore
    const heard: string[] = []
    socket.onAny((name: string) => heard.push(name))
    await once(socket as never, 'connect')
    const told = once(socket as never, 'tasks created')
    await here.rest(cast.owner, 'PATCH', `/api-keys/${id}`, { body: { name: 'Heard' } })
    await here.rest(cast.owner, 'POST', '/tasks', { body: { title: 'Heard' } })
    await told
    assert.deepEqual(heard, ['tasks created'])
    await here.rest(cast.owner, 'POST', `/api-keys/${id}/revoke`, { body: {} })
    await here.settled()
    const witness = await here.socket(cast.owner)
    await here.rest(cast.owner, 'POST', '/tasks', { body: { title: 'Unheard' } })
    await witness.event('tasks created')
    const [refusal] = await new Promise<[Json]>((resolve) => socket.emit('find', 'tasks', {}, (...answer: unknown[]) => resolve(answer as never))) // prettier-ignore
    assert.equal(refusal.error.code, 'NOT_AUTHENTICATED')
    assert.equal(heard.filter((name) => name === 'tasks created').length, 1)
    socket.disconnect()
  })

  it('notes its use at most once a minute, and not as a change of its rights', async () => {
    const { key, id } = await make(cast.owner, ['tasks:find'])
    await Promise.all(Array.from({ length: 10 }, () => withKey(key, 'GET', '/tasks')))
    const used = () => here.sql('select last_used from api_keys where id = $1', [id])
    while (!(await used())[0]!.last_used) await here.settled()
    const [first] = await used()
    await Promise.all(Array.from({ length: 10 }, () => withKey(key, 'GET', '/tasks')))
    await here.settled()
    assert.deepEqual((await used())[0], first)
    const notes = await here.sql(`select count(*)::int as count from changes where resource = 'api_keys' and record_id = $1`, [id]) // prettier-ignore
    assert.equal(notes[0]!.count, 2)
    assert.equal((await events('api_key_used')).filter(({ details }) => details.key_id === id).length, 1)
  })
})
