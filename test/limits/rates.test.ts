import assert from 'node:assert/strict'
import { io } from 'socket.io-client'
import { gzipSync } from 'node:zlib'
import type { Person } from '../helpers/world'
import { anonymous } from '../helpers/world'
import { bearer, contents, send } from '../input/contract'
import type { World } from './stage'
import { assertLimited, from, handshake, HANDSHAKES, left, limitedWorld } from './stage'

const PAGE = 'https://app.example'

describe('the budget of an address', () => {
  let world: World
  let owner: Person
  before(async () => {
    world = await limitedWorld(20, { trust_proxy: 1, allowed_origins: [PAGE] })
    owner = await world.register('owner')
  })
  after(() => world?.close())

  let last = 0
  /** An address that nobody has called from. */
  const fresh = () => from(`198.51.100.${++last}`)
  const get = (path: string, call: ReturnType<typeof from>) => world.rest(anonymous, 'GET', path, call)
  const spend = async (count: number, call: ReturnType<typeof from>) => {
    for (let index = 0; index < count; index++)
      assert.equal((await get('/products?limit=1', call)).status, 200)
  }
  const address = (call: ReturnType<typeof from>) => call.headers['X-Forwarded-For']
  const socketFrom = (call: ReturnType<typeof from>) =>
    new Promise<Awaited<ReturnType<World['socket']>>['socket']>((resolve, reject) => {
      const socket = io(world.url, { transports: ['websocket'], forceNew: true, reconnection: false, extraHeaders: call.headers }) // prettier-ignore
      socket
        .once('connect', () => resolve(socket))
        .once('connect_error', (error) => (socket.close(), reject(error)))
    })
  const emit = (socket: Awaited<ReturnType<typeof socketFrom>>, ...args: unknown[]) =>
    new Promise<any>((resolve) => socket.emit(...(args as [string]), (error: unknown, result: unknown) => resolve(error ?? result))) // prettier-ignore

  it('is told by the headers of each answer, also of refused ones', async () => {
    const me = fresh()
    const { headers } = await get('/products', me)
    assert.equal(headers.get('ratelimit-policy'), '"address";q=20;w=3600')
    assert.match(headers.get('ratelimit')!, /^"address";r=19;t=3(600|599)$/)
    assert.equal(headers.get('x-ratelimit-limit'), '20')
    assert.equal(headers.get('x-ratelimit-remaining'), '19')
    const reset = Number(headers.get('x-ratelimit-reset')) - Date.now() / 1000
    assert.ok(reset > 3590 && reset <= 3601)
    assert.equal(left(await get('/products?nonsense=1', me)), 18)
    assert.equal(left(await get('/nothing-here', me)), 17)
  })

  it('is over for every way to write a request, and leaves rows and feed as they are', async () => {
    const me = fresh()
    await spend(20, me)
    const before = await contents(world)
    assertLimited(await get('/products', me))
    assertLimited(await get('/products/1', me))
    assertLimited(await get('/%70roducts/', me))
    assertLimited(await get('//products', me))
    assertLimited(await world.rest(owner, 'GET', '/tasks', me))
    assertLimited(await world.rest(owner, 'POST', '/tasks', { ...me, body: { title: 'x' } }))
    assertLimited(
      await world.rest(owner, 'POST', '/tasks', { ...me, body: [{ title: 'x' }, { title: 'y' }] })
    )
    const method = { ...me.headers, 'X-Service-Method': 'me' }
    assertLimited(await world.rest(owner, 'POST', '/auth', { headers: method, body: {} }))
    const overridden = { ...me.headers, 'X-HTTP-Method-Override': 'GET' }
    assertLimited(await world.rest(owner, 'POST', '/tasks', { headers: overridden, body: {} }))
    assertLimited(await world.rest(anonymous, 'GET', '/events', me))
    for (const method of ['HEAD', 'OPTIONS'])
      assert.equal((await world.rest(anonymous, method, '/products', me)).status, 429)
    const packed = { ...me.headers, ...bearer(owner.token), 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' } // prettier-ignore
    const body = gzipSync(JSON.stringify({ title: 'x' }))
    assert.equal((await send(world, 'POST', '/api/v1/tasks', { headers: packed, body })).status, 429)
    assert.deepEqual(await contents(world), before)
  })

  it('is refused before credentials and bodies are looked at', async () => {
    const me = fresh()
    await spend(20, me)
    assertLimited(await world.rest({ ...anonymous, token: 'nonsense' }, 'GET', '/tasks', me))
    assertLimited(await world.rest(owner, 'POST', '/tasks', { ...me, raw: '{' }))
  })

  it('is one for REST and sockets', async () => {
    const me = fresh()
    await spend(10, me)
    const socket = await socketFrom(me)
    for (let index = 0; index < 9; index++) assert.ok((await emit(socket, 'find', 'products', {})).data)
    const refusal = await emit(socket, 'find', 'products', {})
    assert.equal(refusal.error.code, 'TOO_MANY_REQUESTS')
    assert.ok(refusal.error.details[0].retry_after > 0)
    assert.equal((await emit(socket, 'nonsense', 'products', {})).error.code, 'TOO_MANY_REQUESTS')
    assert.equal((await emit(socket, 'create', 'authentication', {})).error.code, 'TOO_MANY_REQUESTS')
    assertLimited(await get('/products', me))
    socket.close()
    await assert.rejects(socketFrom(me), 'connecting anew brings no new budget')
  })

  it('refuses the handshake of a socket as it refuses a request, by polling and as a websocket', async () => {
    const me = fresh()
    await spend(20, me)
    for (const path of HANDSHAKES) {
      const { status, headers, body } = await handshake(world.url, path, me.headers)
      assert.deepEqual([status, headers['content-type']], [429, 'application/json; charset=utf-8'], path)
      assert.deepEqual([body.code, body.error.code], [429, 'TOO_MANY_REQUESTS'])
      assert.match(body.error.message, /too many/i)
      assert.ok(Number(headers['retry-after']) > 0)
    }
  })

  it('is one for all spellings of an address, and for a network of IPv6', async () => {
    const network = (host: string) => from(`2001:db8:0:7::${host}`)
    assert.equal(left(await get('/products', network('1'))), 19)
    assert.equal(left(await get('/products', network('abcd'))), 18)
    assert.equal(left(await get('/products', from('::ffff:203.0.113.77'))), 19)
    assert.equal(left(await get('/products', from('203.0.113.77'))), 18)
    assert.equal(left(await get('/products', from('6.6.6.6, 203.0.113.77'))), 17)
    assert.equal(left(await get('/products', from('203.0.113.77:8080'))), 16)
  })

  it('leaves other addresses, health, documents and preflights alone', async () => {
    const me = fresh()
    await spend(20, me)
    assert.equal((await get('/products', fresh())).status, 200)
    for (const path of ['/health', '/health/ready', '/openapi.json', '/'])
      assert.equal((await send(world, 'GET', path, { headers: me.headers })).status, 200)
    const asked = { ...me.headers, Origin: PAGE, 'Access-Control-Request-Method': 'GET' }
    const preflight = await send(world, 'OPTIONS', '/api/v1/products', { headers: asked })
    assert.equal(preflight.status, 204)
    assert.equal(preflight.headers['x-ratelimit-limit'], undefined)
  })

  it('lets scripts of other origins read what is left', async () => {
    const me = fresh()
    const headers = { ...me.headers, Origin: PAGE }
    const answer = await world.rest(anonymous, 'GET', '/products', { headers })
    assert.equal(left(answer), 19)
    assert.match(answer.headers.get('access-control-expose-headers')!, /RateLimit-Policy/)
    assert.match(address(me)!, /^198/)
  })

  it('counts a search and many records at once for what they cost', async () => {
    const me = fresh()
    assert.equal(left(await get('/products?search=shoe', me)), 15)
    const body = Array.from({ length: 100 }, (_, index) => ({ title: `t${index}` }))
    assert.equal(left(await world.rest(owner, 'POST', '/tasks', { ...me, body })), 5)
    const before = await contents(world)
    const refused = await world.rest(owner, 'POST', '/tasks', { ...me, body })
    assertLimited(refused)
    assert.deepEqual(await contents(world), before)
    assert.equal(left(await get('/products', me)), 3, 'what was refused has cost one request')
  })
})
