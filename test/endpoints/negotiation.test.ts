import assert from 'node:assert/strict'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import http from 'node:http'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { io } from 'socket.io-client'
import type { Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'
import { handshake, HANDSHAKES } from '../limits/stage'

type Headers = Readonly<Record<string, string>>

describe('the form of an answer', () => {
  let world: World
  let owner: Person
  let id: number
  before(async () => {
    world = await startWorld({ settings: { allowed_origins: ['https://app.example'] } })
    owner = await world.register('owner')
    const description = 'All work and no play makes Jack a dull boy. '.repeat(40)
    const body = Array.from({ length: 20 }, () => ({ title: 'x', description }))
    id = (await world.rest(owner, 'POST', '/tasks', { body })).body[0].id
  })
  after(() => world?.close())

  /** The bytes as they were sent: `fetch` unpacks them. */
  const get = async (path: string, sent: Headers = {}, method = 'GET') => {
    const headers = { Authorization: `Bearer ${owner.token}`, ...sent }
    const [response] = (await once(http.request(`${world.url}${path}`, { method, headers, agent: false }).end(), 'response')) as [IncomingMessage] // prettier-ignore
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk as Buffer)

    return { status: response.statusCode, headers: response.headers, bytes: Buffer.concat(chunks) }
  }
  const PATHS = ['/api/v1/tasks', '/api/v1/%74asks']
  const list = (bytes: Buffer) => (JSON.parse(bytes.toString()) as { data: unknown[] }).data.length

  it('is packed as the client takes it, on both ways through the server', async () => {
    for (const path of PATHS) {
      const plain = await get(path)
      assert.equal(plain.headers['content-encoding'], undefined)
      assert.match(plain.headers.vary!, /Accept-Encoding/)
      const br = await get(path, { 'Accept-Encoding': 'gzip, deflate, br' })
      assert.equal(br.headers['content-encoding'], 'br')
      assert.equal(br.headers['content-type'], plain.headers['content-type'])
      assert.equal(Number(br.headers['content-length']), br.bytes.length)
      assert.ok(br.bytes.length * 5 < plain.bytes.length)
      assert.equal(list(brotliDecompressSync(br.bytes)), 20)
      const gzip = await get(path, { 'Accept-Encoding': 'br;q=0.5, gzip' })
      assert.equal(gzip.headers['content-encoding'], 'gzip')
      assert.equal(list(gunzipSync(gzip.bytes)), 20)
      for (const refused of ['identity', 'gzip;q=0, br;q=0', 'deflate', '*;q=0', ''])
        assert.equal((await get(path, { 'Accept-Encoding': refused })).headers['content-encoding'], undefined)
    }
  })

  it('is not packed where it is short, or where a cookie came along', async () => {
    for (const path of PATHS) {
      const short = await get(`${path}?limit=1&fields=title`, { 'Accept-Encoding': 'gzip' })
      assert.equal(short.headers['content-encoding'], undefined)
      const cookie = await get(path, { 'Accept-Encoding': 'gzip', Cookie: 'any=1' })
      assert.equal(cookie.headers['content-encoding'], undefined)
      assert.equal(list(cookie.bytes), 20)
    }
  })

  it('has no body for HEAD, and one header for each of GET', async () => {
    for (const path of [...PATHS, `/api/v1/tasks/${id}`]) {
      const [head, read] = [await get(path, {}, 'HEAD'), await get(path)]
      assert.equal(head.status, 200)
      assert.equal(head.bytes.length, 0)
      assert.deepEqual(Object.keys(head.headers).sort(), Object.keys(read.headers).sort())
    }
  })

  it('has for HEAD the coding, the validator and the length that GET has', async () => {
    const told = ({ headers }: Awaited<ReturnType<typeof get>>) =>
      ['content-encoding', 'content-length', 'etag', 'vary'].map((name) => headers[name])
    const { body } = await world.rest(owner, 'POST', '/tasks', { body: { title: 'x', description: 'work and play '.repeat(300) } }) // prettier-ignore
    for (const coding of ['gzip', 'br'])
      for (const path of [...PATHS, `/api/v1/tasks/${body.id}`]) {
        const [head, read] = [await get(path, { 'Accept-Encoding': coding }, 'HEAD'), await get(path, { 'Accept-Encoding': coding })] // prettier-ignore
        assert.equal(read.headers['content-encoding'], coding, path)
        assert.deepEqual([told(head), head.bytes.length], [told(read), 0], path)
      }
    await world.rest(owner, 'DELETE', `/tasks/${body.id}`)
  })

  it('of a write is left out where its client prefers that, and the write is done', async () => {
    const write = (method: string, path: string, prefer: string, body: unknown) =>
      world.rest(owner, method, path, { headers: { Prefer: prefer }, body })
    for (const path of PATHS.map((one) => one.replace('/api/v1', ''))) {
      const created = await write('POST', path, 'return=minimal', { title: 'minimal' })
      assert.equal(created.status, 201)
      assert.equal(created.body, '')
      assert.equal(created.headers.get('content-type'), null)
      assert.equal(created.headers.get('preference-applied'), 'return=minimal')
      const at = created.headers.get('location')!.replace('/api/v1', '')
      assert.equal((await world.rest(owner, 'GET', at)).body.title, 'minimal')
      const patched = await write('PATCH', at, 'wait=5, return="minimal"; foo', { title: 'changed' })
      assert.equal(patched.status, 204)
      assert.equal(patched.headers.get('preference-applied'), 'return=minimal')
      const shown = await write('PATCH', at, 'return=representation', { title: 'again' })
      assert.deepEqual([shown.status, shown.body.title], [200, 'again'])
      assert.equal(shown.headers.get('preference-applied'), 'return=representation')
      const ignored = await write('PATCH', at, 'return=nothing', { title: 'ignored' })
      assert.deepEqual([ignored.status, ignored.body.title], [200, 'ignored'])
      assert.equal(ignored.headers.get('preference-applied'), null)
      const refused = await write('PATCH', at, 'return=minimal', { title: '' })
      assert.equal(refused.body.error.code, 'VALIDATION_ERROR')
    }
  })

  it('keeps what is told only once, whatever the client prefers', async () => {
    const body = { name: 'robot', permissions: ['tasks:read'] }
    const answer = await world.rest(owner, 'POST', '/api-keys', { headers: { Prefer: 'return=minimal' }, body }) // prettier-ignore
    assert.equal(answer.status, 201)
    assert.ok(answer.body.key)
  })

  it('tells browsers for how long they may remember a preflight', async () => {
    const asked = { Origin: 'https://app.example', 'Access-Control-Request-Method': 'PATCH' }
    for (const path of ['/api/v1/tasks', '/socket.io/?EIO=4&transport=polling']) {
      const { status, headers } = await get(path, asked, 'OPTIONS')
      assert.equal(status, 204)
      assert.equal(headers['access-control-max-age'], '600')
      assert.equal(headers['access-control-allow-origin'], 'https://app.example')
    }
  })
})

describe('trusted hosts', () => {
  let world: World
  before(async () => {
    world = await startWorld({ settings: { http: { hosts: ['api.example.com', '*.internal.example'] } } })
  })
  after(() => world?.close())

  const ask = async (path: string, headers: Headers) => {
    const [response] = (await once(http.request(`${world.url}${path}`, { headers, agent: false }).end(), 'response')) as [IncomingMessage] // prettier-ignore
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk as Buffer)

    return { status: response.statusCode, text: Buffer.concat(chunks).toString() }
  }

  it('are served, and no others', async () => {
    for (const Host of ['api.example.com', 'API.example.com:8443', 'api.example.com.', 'a.internal.example'])
      assert.equal((await ask('/api/v1/products', { Host })).status, 200, Host)
    for (const Host of ['evil.example', 'api.example.com.evil.example', 'internal.example', '127.0.0.1', ''])
      for (const path of ['/api/v1/products', '/', '/docs']) {
        const { status, text } = await ask(path, { Host })
        assert.equal(status, 421, Host)
        assert.equal(JSON.parse(text).error.code, 'MISDIRECTED')
      }
    const forwarded = { Host: 'api.example.com', 'X-Forwarded-Host': 'evil.example' }
    assert.equal((await ask('/api/v1/products', forwarded)).status, 421)
  })

  it('do not keep a load balancer from asking for health', async () => {
    assert.equal((await ask('/health', { Host: '10.0.0.7' })).status, 200)
  })

  it('hold for sockets', async () => {
    const connect = (Host: string) => {
      const socket = io(world.url, { transports: ['websocket'], forceNew: true, reconnection: false, extraHeaders: { Host } }) // prettier-ignore
      return new Promise<boolean>((resolve) =>
        socket.once('connect', () => resolve(true)).once('connect_error', () => resolve(false))
      ).finally(() => socket.close())
    }
    assert.equal(await connect('api.example.com'), true)
    assert.equal(await connect('evil.example'), false)
    for (const path of [...HANDSHAKES, '/graphql?transport=websocket']) {
      const { status, body } = await handshake(world.url, path, { Host: 'evil.example' })
      assert.deepEqual([status, body.error.code], [421, 'MISDIRECTED'], path)
    }
    assert.equal((await world.rest(anonymous, 'GET', '/products')).status, 421)
  })
})
