import assert from 'node:assert/strict'
import net from 'net'
import type { World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import type { Expected, Raw } from './contract'
import { assertError, assertRefused, bearer, send, unchanged } from './contract'

const API = '/api/v1'
const JSON_TYPE = { 'Content-Type': 'application/json' }
const TASK = '{"title":"x"}'

describe('REST', () => {
  let world: World
  let cast: Awaited<ReturnType<World['cast']>>
  let id: number
  before(async () => {
    world = await startWorld()
    cast = await world.cast()
    id = (await world.rest(cast.owner, 'POST', '/tasks', { body: { title: 'First' } })).body.id
  })
  after(() => world?.close())

  const refused = (answer: Raw, expected: Expected, status: number) => {
    assertError(answer.body, expected)
    assert.equal(answer.status, status)
  }

  describe('paths', () => {
    const METHODS = ['GET', 'PUT', 'PATCH', 'DELETE']
    const ids = [
      'abc', '0', '-1', '1.5', 'NaN', 'null', 'undefined', 'true', '[object%20Object]', '%7B%22$ne%22:1%7D', '[1]', '%5B%5D', '1,2',
      '9007199254740993', '9223372036854775808', '1e400', '9'.repeat(5000), '%00', '%20', '1%20or%201=1', "1';--", '..%2Ftasks', '%F0%9F%AB%96',
      '%D9%A1', '$id', '0$id', '$id.0', '$ide0', '+$id', '0x$id', '$id%20', '%2B$id'
    ] // prettier-ignore
    for (const name of ids) {
      it(`the id ${name.slice(0, 30)} finds nothing`, () =>
        unchanged(world, async () => {
          const path = `/tasks/${name.startsWith('$id') && name.length === 3 ? '%24id' : name.replace('$id', String(id))}`
          for (const method of METHODS) {
            const call = method === 'GET' || method === 'DELETE' ? {} : { body: { title: 'Lost' } }
            assertRefused(await world.rest(cast.owner, method, path, call), { code: 'NOT_FOUND' })
          }
          assertRefused(await world.rest(cast.owner, 'POST', `${path}/complete`), { code: 'NOT_FOUND' })
        }))
    }

    it('knows an encoded id', async () => {
      const encoded = [...String(id)].map((digit) => `%3${digit}`).join('')
      assert.equal((await world.rest(cast.owner, 'GET', `/tasks/${encoded}`)).body.id, id)
    })

    const rows: [string, string, number, Expected][] = [
      ['GET', '/nothing', 404, { code: 'NO_SUCH_PATH' }],
      ['GET', '/constructor', 404, { code: 'NO_SUCH_PATH' }],
      ['GET', '/__proto__', 404, { code: 'NO_SUCH_PATH' }],
      ['GET', '/tasks/toString', 404, { code: 'NO_SUCH_PATH' }],
      ['POST', '/tasks/1/__proto__', 404, { code: 'NO_SUCH_PATH' }],
      ['POST', '/tasks/1/_patch', 404, { code: 'NO_SUCH_PATH' }],
      ['POST', '/auth', 404, { code: 'NO_SUCH_PATH' }],
      ['GET', '/tasks/%', 400, { code: 'BAD_REQUEST' }],
      ['GET', '/tasks/%ff', 400, { code: 'BAD_REQUEST' }],
      ['GET', '/tasks/%ZZ', 400, { code: 'BAD_REQUEST' }],
      ['POST', '/tasks/%C0%AF/complete', 400, { code: 'BAD_REQUEST' }],
      ['GET', '/products?name=%ff', 400, { code: 'BAD_QUERY' }],
      ['GET', '/products?%=1', 400, { code: 'BAD_QUERY' }],
      ['GET', '/products?name=%ZZ', 400, { code: 'BAD_QUERY' }],
      ['GET', '/products?__proto__[a]=1', 400, { code: 'BAD_QUERY', field: '__proto__' }],
      ['GET', '/products?name[%5f_proto__]=1', 400, { code: 'BAD_QUERY', field: '__proto__' }],
      ['GET', '/products?constructor[prototype]=1', 400, { code: 'BAD_QUERY', field: 'constructor' }],
      ['GET', `/products?name${'[a]'.repeat(30)}=1`, 400, { code: 'BAD_QUERY' }],
      ['GET', `/products?${'a=1&'.repeat(3000)}`, 400, { code: 'BAD_QUERY' }],
      ['POST', '/tasks?title=x', 400, { code: 'BAD_QUERY', field: 'title' }],
      ['GET', '/tasks/1?title=x', 400, { code: 'BAD_QUERY', field: 'title' }],
      ['POST', '/tasks/1/complete?force=1', 400, { code: 'BAD_QUERY', field: 'force' }],
      ['GET', '/tasks/1/history?id=2', 400, { code: 'BAD_REQUEST', field: 'id' }],
      // Whoever may not ask for it is told nothing of the form.
      ['GET', '/users/role/admin?role=user', 403, { code: 'FORBIDDEN' }]
    ] // prettier-ignore
    for (const [method, path, status, expected] of rows) {
      it(`${status} for ${method} ${path.slice(0, 50)}`, () =>
        unchanged(world, async () => {
          const headers = { ...bearer(cast.owner.token), ...JSON_TYPE }
          const body = method === 'POST' ? (path.includes('complete') ? '{}' : TASK) : undefined
          refused(await send(world, method, API + path, { headers, body }), expected, status)
        }))
    }

    it('400 for a value of the path that the query says otherwise, to who may ask', async () => {
      const headers = bearer(cast.admin.token)
      const answer = await send(world, 'GET', `${API}/users/role/admin?role=user`, { headers })
      refused(answer, { code: 'BAD_REQUEST', field: 'role' }, 400)
    })

    it('answers outside of the API too', async () => {
      for (const path of ['/api/v2', '/api/v2/tasks', '//api/v1/tasks', '*'])
        refused(await send(world, 'GET', path), { code: 'NO_SUCH_PATH' }, 404)
    })
  })

  describe('methods', () => {
    const ALL = 'GET, POST, HEAD, OPTIONS'
    const ONE = 'GET, PUT, PATCH, DELETE, HEAD, OPTIONS'
    const rows: [string, string, string][] = [
      ...['PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'PURGE', 'M-SEARCH'].map((method): [string, string, string] => [method, '/tasks', ALL]),
      ...['POST', 'TRACE', 'LOCK'].map((method): [string, string, string] => [method, '/tasks/1', ONE]),
      ...['GET', 'PUT', 'DELETE'].map((method): [string, string, string] => [method, '/tasks/1/complete', 'POST, OPTIONS']),
      ['GET', '/auth/login', 'POST, OPTIONS'],
      ['POST', '/auth/me', 'GET, HEAD, OPTIONS'],
      ['GET', '/authentication', 'POST, DELETE, OPTIONS'],
      ['PATCH', '/authentication/1', 'DELETE, OPTIONS']
    ] // prettier-ignore
    for (const [method, path, allow] of rows) {
      it(`${method} ${path} is not offered`, () =>
        unchanged(world, async () => {
          const answer = await send(world, method, API + path, { headers: bearer(cast.owner.token) })
          refused(answer, { code: 'METHOD_NOT_ALLOWED' }, 405)
          assert.equal(answer.headers.allow, allow)
          const options = await send(world, 'OPTIONS', API + path)
          assert.deepEqual([options.status, options.headers.allow, options.text], [204, allow, ''])
        }))
    }

    for (const name of ['_find', '_patch', 'setup', 'publish', 'emit', 'constructor', '__proto__', 'toString', 'on', 'approve', 'get,find']) {
      it(`X-Service-Method: ${name} names no method`, () =>
        unchanged(world, async () => {
          for (const path of ['/tasks', '/authentication']) {
            const headers = { ...bearer(cast.owner.token), ...JSON_TYPE, 'X-Service-Method': name }
            refused(await send(world, 'POST', API + path, { headers, body: TASK }), { code: 'METHOD_NOT_ALLOWED' }, 405)
          }
        }))
    } // prettier-ignore

    it('HEAD is GET without its body', async () => {
      const headers = bearer(cast.owner.token)
      const [get, head, lost] = await Promise.all([
        send(world, 'GET', `${API}/tasks/${id}`, { headers }),
        send(world, 'HEAD', `${API}/tasks/${id}`, { headers }),
        send(world, 'HEAD', `${API}/tasks/0`, { headers })
      ])
      assert.deepEqual(
        [head.status, head.text, head.headers['content-length']],
        [200, '', get.headers['content-length']]
      )
      assert.deepEqual([lost.status, lost.text], [404, ''])
    })
  })

  it('takes for the input of an action an object, which names no other record than the path', () =>
    unchanged(world, async () => {
      const complete = (body: unknown) => world.rest(cast.owner, 'POST', `/tasks/${id}/complete`, { body })
      assertRefused(await complete([]), { code: 'MALFORMED_BODY' })
      assertRefused(await complete([{ id }]), { code: 'MALFORMED_BODY' })
      assertRefused(await complete({ id: id + 1 }), { code: 'BAD_REQUEST', field: 'id' })
      assertRefused(await complete({ id: { $ne: id } }), { code: 'BAD_REQUEST', field: 'id' })
    }))

  describe('what is accepted', () => {
    const asking = (Accept: string, method = 'GET') =>
      send(world, method, `${API}/tasks`, { headers: { ...bearer(cast.owner.token), ...JSON_TYPE, Accept }, body: method === 'POST' ? TASK : undefined }) // prettier-ignore

    for (const type of ['text/html', 'application/xml, text/css', 'application/json;q=0', 'garbage']) {
      it(`406 for ${type}`, () =>
        unchanged(world, async () => {
          for (const method of ['GET', 'POST'])
            refused(await asking(type, method), { code: 'NOT_ACCEPTABLE' }, 406)
        }))
    }

    for (const type of ['', '*/*', 'application/*;q=0.1', 'text/html, */*;q=0.8', 'application/problem+json, text/html', 'application/vnd.rachis.v1+json'])
      it(`JSON for ${type || 'nothing'}`, async () => assert.equal((await asking(type)).status, 200))
  }) // prettier-ignore

  describe('headers', () => {
    const traced = (value: string) =>
      send(world, 'GET', `${API}/tasks`, { headers: { 'X-Request-Id': value } })

    it('gives the trace id of the client back, where it is harmless', async () => {
      const answer = await traced('order-7:42.b_c')
      assert.deepEqual(
        [answer.headers['x-request-id'], answer.body.error.trace_id],
        ['order-7:42.b_c', 'order-7:42.b_c']
      )
    })

    for (const value of ['a b', 'a"b', '<script>', 'x'.repeat(129), 'é', '{}', 'a;b', 'a\tb']) {
      it(`makes its own trace id in place of ${value.slice(0, 10)}`, async () => {
        const answer = await traced(value)
        assert.match(answer.body.error.trace_id, /^[0-9a-f-]{36}$/)
        assert.equal(answer.headers['x-request-id'], answer.body.error.trace_id)
      })
    }

    it('answers whoever offers another protocol in this one', async () => {
      for (const Upgrade of ['h2c', 'foo/2', 'websocket']) {
        const headers = { ...bearer(cast.owner.token), ...JSON_TYPE, Connection: 'Upgrade', Upgrade }
        assert.equal((await send(world, 'GET', `${API}/tasks/${id}`, { headers })).body.id, id)
        assert.equal((await send(world, 'POST', `${API}/tasks`, { headers, body: TASK })).status, 201)
      }
    })

    it('refuses a request that smuggles', async () => {
      const { hostname, port } = new URL(world.url)
      const lines = [
        'X-Request-Id: a\nSet-Cookie: b=1',
        'Content-Length: 5\r\nTransfer-Encoding: chunked',
        'X-A: a\rX-B: b'
      ]
      for (const line of lines) {
        const socket = net.connect(Number(port), hostname)
        socket.end(`POST ${API}/tasks HTTP/1.1\r\nHost: x\r\n${line}\r\n\r\n`)
        let text = ''
        for await (const chunk of socket) text += String(chunk)
        assert.match(text, /^HTTP\/1.1 4\d\d /)
        assert.doesNotMatch(text, /set-cookie/i)
      }
    })

    for (const value of ['Bearer', 'Bearer ', 'Bearer x', 'Bearer null', 'bearer a.b.c', `Bearer ${'a'.repeat(8000)}`, 'JWT {}', 'garbage', 'Bearer \u00e9']) {
      it(`401 for Authorization: ${value.slice(0, 20)}`, async () => {
        const answer = await send(world, 'GET', `${API}/products`, { headers: { Authorization: value } })
        refused(answer, { code: 'INVALID_TOKEN' }, 401)
        assert.equal(answer.headers['www-authenticate'], 'Bearer')
      })
    } // prettier-ignore

    it('never reads a token out of the address', async () => {
      for (const name of ['access_token', 'token', 'Authorization', 'authorization', 'accessToken'])
        for (const path of ['/tasks', '/auth/me'])
          refused(
            await send(world, 'GET', `${API}${path}?${name}=${cast.owner.token}`),
            { code: 'NOT_AUTHENTICATED' },
            401
          )
    })
  })
})
