import assert from 'node:assert/strict'
import type { Json } from '../helpers/world'
import { anonymous, PASSWORD } from '../helpers/world'
import { assertError, assertRefused } from '../input/contract'
import { cast, here, withKeys, make, withKey, socketOf, events } from './api-keys-stage'

describe('API keys', () => {
  withKeys()

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
})
