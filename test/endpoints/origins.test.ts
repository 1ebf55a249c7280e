import assert from 'node:assert/strict'
import { addressOf } from '../../packages/rachis/src/util/address'
import { originPolicy } from '../../packages/rachis/src/http/origins'
import type { World } from '../helpers/world'
import { startWorld } from '../helpers/world'

/** What scripts read in any case: https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name */
const SAFE = ['cache-control', 'content-language', 'content-length', 'content-type', 'expires', 'last-modified', 'pragma'] // prettier-ignore

interface Document {
  paths: Record<string, Record<string, { responses?: Record<string, { headers?: object; $ref?: string }> }>>
  components: { headers: object; responses: Record<string, { headers?: object }> }
}

/** The names of all headers of answers that a document tells of. */
const headersOf = (document: Document): string[] => {
  const answers = [
    ...Object.values(document.paths).flatMap((path) =>
      Object.values(path).flatMap(({ responses = {} }) => Object.values(responses))
    ),
    ...Object.values(document.components.responses)
  ]
  const names = [document.components.headers, ...answers.map(({ headers = {} }) => headers)].flatMap(Object.keys) // prettier-ignore

  return [...new Set(names.map((name) => name.toLowerCase()))].sort()
}

const HANDSHAKE = '/socket.io/?EIO=4&transport=polling'

describe('origins', () => {
  let world: World | undefined
  const { NODE_ENV } = process.env
  afterEach(async () => {
    process.env.NODE_ENV = NODE_ENV
    await world?.close()
    world = undefined
  })

  /** What a browser is told of a page: whether it may read an answer of REST, and one of a socket's handshake. */
  const told = async (Origin: string): Promise<(string | null)[]> => {
    const paths = ['/api/v1/products?limit=1', HANDSHAKE]
    const answers = await Promise.all(
      paths.map((path) => fetch(`${world!.url}${path}`, { headers: { Origin } }))
    )

    return answers.map(({ headers }) => headers.get('Access-Control-Allow-Origin'))
  }

  it('are all allowed by *, for sockets as for REST, and then without credentials', async () => {
    world = await startWorld({ settings: { allowed_origins: ['*'] } })
    const page = 'https://anywhere.example'
    assert.deepEqual(await told(page), [page, page])
    const { headers } = await fetch(`${world.url}${HANDSHAKE}`, { headers: { Origin: page } })
    assert.equal(headers.get('Access-Control-Allow-Credentials'), null)
  })

  it('are those that are listed, alike for both', async () => {
    const page = 'https://shop.example'
    world = await startWorld({ settings: { allowed_origins: [page] } })
    assert.deepEqual(await told(page), [page, page])
    for (const other of ['https://evil.example', 'http://localhost:5173', 'null'])
      assert.deepEqual(await told(other), [null, null], other)
  })

  it('may have their scripts read every header that /openapi.json tells of', async () => {
    const page = 'https://shop.example'
    world = await startWorld({ settings: { allowed_origins: [page] } })
    const document = (await (await fetch(`${world.url}/openapi.json`)).json()) as Document
    const exposed = async (path: string, method: string) => {
      const { headers } = await fetch(`${world!.url}${path}`, { method, headers: { Origin: page } })
      return headers.get('Access-Control-Expose-Headers')!.toLowerCase().split(/, */)
    }
    const tus = await exposed('/api/v1/uploads', 'OPTIONS')
    const isTus = (name: string) => /^(tus|upload)-/.test(name)
    const others = await exposed('/api/v1/products?limit=1', 'GET')
    const missing = headersOf(document).filter((name) => !SAFE.includes(name) && !(isTus(name) ? tus : others).includes(name)) // prettier-ignore
    assert.deepEqual(missing, [])
  })

  it('are also the ports of this machine while developing', async () => {
    process.env.NODE_ENV = 'development'
    world = await startWorld({ settings: { allowed_origins: [], seed_demo: false } as never })
    for (const page of ['http://localhost:5173', 'http://127.0.0.1:3000', 'http://[::1]:8080'])
      assert.deepEqual(await told(page), [page, page])
    for (const other of [
      'http://localhost.evil.example',
      'http://localhost:5173.evil.example',
      'https://evil.example'
    ])
      assert.deepEqual(await told(other), [null, null], other)
  })

  it('that are refused are told of once each, and of so many at most; its own pages are no others', () => {
    const refused: string[] = []
    const policy = originPolicy({
      allowed: [],
      isDevelopment: false,
      onRefused: (origin) => refused.push(origin)
    })
    for (let i = 0; i < 3; i++) assert.equal(policy.allows('https://evil.example', 'api.example'), false)
    policy.allows('https://api.example', 'api.example')
    policy.allows(undefined, 'api.example')
    assert.deepEqual(refused, ['https://evil.example'])
    for (let i = 0; i < 1000; i++) policy.allows(`https://${i}.example`, 'api.example')
    assert.equal(refused.length, 100)
  })
})

describe('the address of a caller', () => {
  const of = (forwarded: string, proxies = 1) =>
    addressOf(
      { headers: { 'x-forwarded-for': forwarded }, socket: { remoteAddress: '10.0.0.1' } } as never,
      proxies
    )

  it('is the same with a port and in brackets', () => {
    const CASES: [string, string][] = [
      ['1.2.3.4', '1.2.3.4'], ['1.2.3.4:5678', '1.2.3.4'], ['[2001:db8::1]:443', '2001:db8::1'], ['[2001:db8::1]', '2001:db8::1'],
      ['2001:db8::1', '2001:db8::1'], ['::ffff:1.2.3.4', '1.2.3.4'], ['[::ffff:1.2.3.4]:80', '1.2.3.4'], ['6.6.6.6, 1.2.3.4:5678', '1.2.3.4']
    ] // prettier-ignore
    for (const [forwarded, address] of CASES) assert.equal(of(forwarded), address, forwarded)
  })

  it('is the proxy’s own where the header has none', () => {
    for (const forwarded of ['', 'unknown', '[1.2.3.4', '1.2.3.4:x', '[]:80', '_hidden']) assert.equal(of(forwarded), '10.0.0.1', forwarded) // prettier-ignore
    assert.equal(of('1.2.3.4:5678', 0), '10.0.0.1')
  })

  it('counts towards its limits whatever the proxy writes', async () => {
    const world = await startWorld({
      settings: { trust_proxy: 1, auth: { limits: { login_address: 2 } } } as never
    })
    const login = (forwarded: string) =>
      world.rest({ name: 'x' }, 'POST', '/auth/login', {
        body: { email: `${Math.random()}@example.com`, password: 'not-the-one' },
        headers: { 'X-Forwarded-For': forwarded }
      })
    const statuses = []
    for (const forwarded of ['1.2.3.4:1', '1.2.3.4:2', '1.2.3.4:3', '[2001:db8::1]:443'])
      statuses.push((await login(forwarded)).status)
    assert.deepEqual(statuses, [401, 401, 429, 401])
    await world.close()
  })
})
