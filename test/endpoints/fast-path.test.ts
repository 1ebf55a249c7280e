import assert from 'node:assert/strict'
import { request } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ReadText } from '../../packages/rachis/src/service/call'
import type { Json, Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'

interface Sent {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string
}
interface Received {
  readonly status: string
  readonly headers: readonly string[]
  readonly body: string
}

/** With the names of headers as they were written: `fetch` would show them in small letters. */
const send = (url: string, { method = 'GET', headers = {}, body }: Sent): Promise<Received> =>
  new Promise((resolve, reject) => {
    const asked = request(url, { method, headers: { 'X-Request-Id': 'same', ...headers } }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => (text += part))
      response.on('end', () =>
        resolve({
          status: `${response.statusCode} ${response.statusMessage}`,
          headers: response.rawHeaders,
          body: text
        })
      )
    })
    asked.on('error', reject)
    asked.end(body)
  })

const TIMES = /"(created_at|updated_at)":"[^"]*"/g

/** Of a position: the feed moves on between two calls. */
const PLACE = /^1\.[\w-]+\.\d+\./

/** What two calls that are the same have each of their own. */
const OWN: readonly string[] = ['Date', 'Location', 'X-Rachis-Tx']

/** Without what differs between two calls, whichever path they take. */
const comparable = ({ status, headers, body }: Received) => {
  const pairs = headers.flatMap((name, index) =>
    index % 2 === 0 ? [[name, headers[index + 1]!.replace(/dur=[\d.]+/g, 'dur').replace(PLACE, '')]] : []
  )
  const isTimed = !status.startsWith('304') && pairs.some(([name]) => name === 'X-Rachis-Tx')

  return {
    status,
    headers: pairs
      .filter(([name]) => !OWN.includes(name!))
      // A record that is written twice has two times, and so two tags.
      .map(([name, value]) => [name, name === 'ETag' && isTimed ? 'tag' : value]),
    body: body.replace(TIMES, '"$1":""').replace(/"id":\d+/, '"id":0')
  }
}

const json = (method: string, body: unknown, headers: Record<string, string> = {}): Sent => {
  const text = typeof body === 'string' ? body : JSON.stringify(body)

  return {
    method,
    body: text,
    headers: {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(text)),
      ...headers
    }
  }
}

describe('the fast path', () => {
  let world: World
  let owner: Person
  let task: Json
  before(async () => {
    world = await startWorld()
    owner = await world.register('owner')
    task = (await world.rest(owner, 'POST', '/tasks', { body: { title: 'Water' } })).body
    await world.app.service('products').create({ name: 'Pot', price: 19.9, sku: 'POT-1' } as never)
  })
  after(() => world?.close())

  const bearer = () => ({ Authorization: `Bearer ${owner.token}` })
  const bothWays = async (path: string, sent: Sent) => {
    const answers: Received[] = []
    for (const fastPath of [true, false]) {
      world.app.set('fastPath', fastPath)
      answers.push(await send(`${world.url}/api/v1${path}`, sent))
    }
    world.app.set('fastPath', true)

    return answers as [Received, Received]
  }

  const CASES: Record<string, () => [path: string, sent: Sent]> = {
    'a record for everybody': () => ['/products/1', {}],
    'a list': () => ['/products?price[$gte]=1&$sort[price]=-1&$limit=5', {}],
    'a list by page': () => ['/products?page=1&page_size=1', {}],
    'a path with slashes around': () => ['/products/1/', {}],
    'an encoded path': () => ['/%70roducts/1', {}],
    'an encoded query': () => ['/products?price%5B%24gte%5D=1', {}],
    'a record of its owner': () => [`/tasks/${task.id}`, { headers: bearer() }],
    'a record without a token': () => [`/tasks/${task.id}`, {}],
    'a bad token': () => [`/tasks/${task.id}`, { headers: { Authorization: 'Bearer a.b.c' } }],
    'a token of another scheme': () => [`/tasks/${task.id}`, { headers: { Authorization: 'Basic YTpi' } }],
    'a token and a key': () => ['/tasks', { headers: { ...bearer(), 'X-API-Key': 'rk_x' } }],
    'a record that is not there': () => ['/products/999999', {}],
    'an id that is none': () => ['/products/serch', {}],
    'a path that is not there': () => ['/prodcts', {}],
    'a method that is not there': () => ['/products/1', { method: 'POST' }],
    'a head': () => ['/products/1', { method: 'HEAD' }],
    options: () => ['/products/1', { method: 'OPTIONS' }],
    'a page of another origin': () => ['/products/1', { headers: { Origin: 'https://evil.example' } }],
    'a type that is asked for': () => ['/products/1', { headers: { Accept: 'application/problem+json' } }],
    'a type that is not answered': () => ['/products/1', { headers: { Accept: 'text/html' } }],
    'JSON that is asked for': () => ['/products/999999', { headers: { Accept: 'application/json' } }],
    'a bad query': () => ['/products?colour=red', {}],
    'a query that is not encoded': () => ['/products?name=%ff', {}],
    'a query with a prototype': () => ['/products?__proto__[a]=1', {}],
    'a bad link': () => ['/products?user=1&expires=1&signature=x', {}],
    'a trace id that is refused': () => ['/products/1', { headers: { 'X-Request-Id': 'same' } }],
    'a created record': () => ['/tasks', json('POST', { title: 'New' }, bearer())],
    'a changed record': () => [`/tasks/${task.id}`, json('PATCH', { title: 'Feed' }, bearer())],
    'a body that is not valid': () => ['/tasks', json('POST', { titel: 'New' }, bearer())],
    'a body that is no JSON': () => ['/tasks', json('POST', '{"title":', bearer())],
    'a body of another type': () => [
      '/tasks',
      json('POST', 'a=b', { ...bearer(), 'content-type': 'text/csv' })
    ],
    'a body that is too large': () => ['/tasks', json('POST', { title: 'x'.repeat(2_000_000) }, bearer())],
    'a body that nobody reads': () => ['/products/1', json('GET', { a: 1 })],
    'a report': () => ['/auth/me', { headers: bearer() }],
    'an action without a token': () => [`/tasks/${task.id}/complete`, json('POST', {})],
    'feathers own service': () => [
      '/authentication',
      json('POST', { strategy: 'jwt', accessToken: owner.token })
    ]
  }

  it('asks no stage that is for other requests only', async () => {
    const identity = world.app.get('identity')
    const { parse } = identity
    let asked = 0
    Object.assign(identity, { parse: (...given: Parameters<typeof parse>) => (asked++, parse(...given)) })
    await bothWays(`/tasks/${task.id}`, { headers: bearer() })
    Object.assign(identity, { parse })
    assert.equal(asked, 1)
  })

  it('has PostgreSQL write what nothing else needs, and nothing else', async () => {
    const { readText } = world.app.settings as unknown as { readText: ReadText }
    const written = async (path: string, headers: Record<string, string> = {}) => {
      let isRead = false
      world.app.set('readText', (...given) => {
        const read = readText(...given)
        isRead = read !== undefined
        return read
      })
      await send(`${world.url}/api/v1${path}`, { headers })
      world.app.set('readText', readText)

      return isRead
    }
    const isWritten = {
      '/products/1': await written('/products/1'),
      '/products?fields=name&sort=-price': await written('/products?fields=name&sort=-price'),
      '/products?page=1': await written('/products?page=1'),
      '/tasks': await written('/tasks', bearer()),
      // Refused, read with related records, with hooks of its own, with fields that depend on the record.
      '/tasks without a token': await written('/tasks'),
      '/products?include=category': await written('/products?include=category'),
      '/audit': await written('/audit', bearer())
    }
    assert.deepEqual(Object.entries(isWritten).flatMap(([path, is]) => (is ? [path] : [])), [
      '/products/1', '/products?fields=name&sort=-price', '/products?page=1', '/tasks'
    ]) // prettier-ignore
  })

  it('leaves reads to the chain once hooks are put around services', async () => {
    const seen: string[] = []
    const { app } = world
    app.service('stores').hooks({ after: { find: [async ({ path }: { path: string }) => void seen.push(path)] } } as never) // prettier-ignore
    await bothWays('/stores', { headers: bearer() })
    assert.deepEqual(seen, ['stores', 'stores'])
    app.hooks({ after: { get: [async ({ path }: { path: string }) => void seen.push(path)] } } as never)
    await bothWays('/products/1', {})
    assert.deepEqual(seen.slice(2), ['products', 'products'])
  })

  it('reads a credential as every strategy together does', async () => {
    const { parse, parseUsual } = world.app.get('identity')
    const tokens = [owner.token!, 'a', 'a.b', 'rk_1', '', 'a b', 'ä', 'a,b', '=']
    const schemes = ['Bearer ', 'bearer ', 'JWT ', 'Basic ', 'Bearer  ', '']
    const values = tokens.flatMap((token) => schemes.map((scheme) => ({ authorization: scheme + token })))
    let usual = 0
    for (const headers of [{}, ...values, { 'x-api-key': 'rk_1' }, { cookie: 'a=b' }]) {
      const request = { headers, method: 'GET' } as IncomingMessage
      const found = parseUsual!(request)
      if (found === undefined) continue
      usual++
      assert.deepEqual(found, await parse(request, {} as ServerResponse), JSON.stringify(headers))
    }
    assert.ok(usual >= 3)
  })

  it('answers a request by an error whose credential an identity fails to read, and goes on', async () => {
    const identity = world.app.get('identity')
    const parseUsual = () => assert.fail('no credential')
    world.app.set('identity', { ...identity, parseUsual })
    const { status, body } = await send(`${world.url}/api/v1/products/1`, {})
    world.app.set('identity', identity)
    assert.deepEqual([status, JSON.parse(body).error.code], ['500 Internal Server Error', 'INTERNAL_ERROR'])
    assert.equal((await send(`${world.url}/api/v1/products/1`, {})).status, '200 OK')
  })

  it('packs what has headers that are joined with those of the server as the whole chain does', async () => {
    const { app } = world
    await app
      .service('products')
      .create({ name: 'Long', sku: 'LONG-1', price: 1, description: 'long '.repeat(800) } as never)
    const setCookie = async (context: { http?: object }) =>
      void (context.http = { ...context.http, headers: { 'Set-Cookie': ['a=1', 'b=2'] } })
    app.service('products').hooks({ after: { get: [setCookie] } } as never)
    const [fast, whole] = await bothWays('/products/2', { headers: { 'Accept-Encoding': 'gzip' } })
    assert.ok(fast.headers.includes('gzip') && fast.headers.includes('b=2'))
    assert.deepEqual(comparable(fast).headers, comparable(whole).headers)
  })

  for (const [what, make] of Object.entries(CASES))
    it(`answers ${what} as the whole chain does`, async () => {
      const [fast, whole] = await bothWays(...make())
      assert.deepEqual(comparable(fast), comparable(whole))
    })
})
