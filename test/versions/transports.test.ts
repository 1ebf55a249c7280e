import assert from 'node:assert/strict'
import { createClient } from '../../packages/rachis/src/client'
import type { OpenApiDocument } from '../../packages/rachis/src/openapi/openapi'
import { assertDocumented } from '../helpers/documented'
import { openStream } from '../streams/reader'
import type { Answer, Call, Json, World } from '../helpers/world'
import { anonymous } from '../helpers/world'
import type { Stage } from './stage'
import { caller, NEW, OLD, openStage, renew, shape } from './stage'

const V1 = 'application/vnd.rachis.v1+json'
const V2 = 'application/vnd.rachis.v2+json'

describe('the version that a client speaks', () => {
  let world: World
  let cast: Stage['cast']
  let id = 0
  before(async () => {
    ;({ world, cast } = await openStage())
  })
  beforeEach(async () => {
    id = await renew({ world, cast })
  })
  after(() => world?.close())

  const v1 = caller(1, () => ({ world, cast }))
  const v2 = caller(2, () => ({ world, cast }))

  const choose = (path: string, Accept: string, call: Call = {}) =>
    world.rest(cast.owner, call.body ? 'PATCH' : 'GET', path, { ...call, headers: { Accept, ...call.headers } }) // prettier-ignore

  it('are chosen by Accept as well, and named where there is no such version', async () => {
    for (const [path, accept, expected] of [
      ['/api/v2', V1, OLD],
      ['/api/v1', V2, NEW],
      ['/api/v2', 'application/json; version=1', OLD],
      ['/api/v1', 'application/json', OLD],
      ['/api/v2', '*/*', NEW]
    ] as const) {
      const answer = await choose(`${path}/articles/${id}`, accept)
      assert.deepEqual(shape(answer.body), expected, `${path} ${accept}`)
      if (accept.includes('vnd')) assert.match(answer.headers.get('content-type')!, new RegExp(accept.replace('+', '\\+'))) // prettier-ignore
    }
    const unknown = await choose(`/api/v1/articles/${id}`, 'application/vnd.rachis.v3+json')
    assert.equal(unknown.status, 406)
    assert.match(unknown.body.error.hint, /vnd\.rachis\.v1\+json.*vnd\.rachis\.v2\+json/)
    for (const path of ['/api/v3/articles', '/api/v0/articles', '/api/v01/articles']) {
      const answer = await world.rest(cast.owner, 'GET', path)
      assert.deepEqual([answer.status, answer.body.error.code], [404, 'NO_SUCH_PATH'])
    }
    assert.match((await world.rest(cast.owner, 'GET', '/api/v3/articles')).body.error.hint, /\/api\/v1, \/api\/v2/) // prettier-ignore
    const written = await choose(`/api/v2/articles/${id}`, V1, { body: { name: 'By type' }, headers: { 'Content-Type': V1 } }) // prettier-ignore
    assert.equal(written.body.name, 'By type')
    const mixed = await choose(`/api/v2/articles/${id}`, V2, { body: { name: 'Mixed' }, headers: { 'Content-Type': V1 } }) // prettier-ignore
    assert.equal(mixed.status, 415)
  })

  it('say of an old one how long it is there, and where its successor is', async () => {
    const told = ({ headers }: Answer) => ['deprecation', 'sunset', 'link'].map((name) => headers.get(name))
    for (const answer of [
      await v1('GET', `/articles/${id}`),
      await choose(`/api/v2/articles/${id}`, V1),
      await v1('PATCH', `/articles/${id}`, { body: { name: '' } })
    ]) {
      const [deprecation, sunset, link] = told(answer)
      assert.equal(deprecation, `@${Date.parse('2026-06-30') / 1000}`)
      assert.equal(sunset, 'Wed, 30 Jun 2027 12:00:00 GMT')
      assert.match(link!, new RegExp(`^</api/v2/articles/${id}>; rel="successor-version", <https://example.com/v1>; rel="deprecation"`)) // prettier-ignore
    }
    assert.match((await v1('GET', '/articles?limit=1')).headers.get('link')!, /successor-version.*rel="deprecation"/) // prettier-ignore
    assert.deepEqual(told(await v2('GET', `/articles/${id}`)), [null, null, null])
    assert.deepEqual(told(await choose(`/api/v1/articles/${id}`, V2)), [null, null, null])
  })

  it('have validators, remembered answers and kept answers of their own', async () => {
    const [one, two] = [await v1('GET', `/articles/${id}`), await v2('GET', `/articles/${id}`)]
    assert.notEqual(one.headers.get('etag'), two.headers.get('etag'))
    const headers = { 'If-None-Match': one.headers.get('etag')! }
    assert.equal((await v1('GET', `/articles/${id}`, { headers })).status, 304)
    assert.equal((await v2('GET', `/articles/${id}`, { headers })).status, 200)
    const key = { 'Idempotency-Key': 'one-article' }
    const body = { name: 'Once', price: 1, author: 'A B' }
    const first = await v1('POST', '/articles', { body, headers: key })
    const again = await v1('POST', '/articles', { body, headers: key })
    assert.deepEqual([again.headers.get('idempotency-replayed'), again.body], ['true', first.body])
    assert.equal((await v2('POST', '/articles', { body: NEW, headers: key })).status, 422)
    for (const [version, name] of [
      ['v1', 'name'],
      ['v2', 'title']
    ] as const)
      for (let times = 0; times < 2; times++) {
        const { body: page } = await world.rest(cast.anonymous, 'GET', `/api/${version}/articles?page=1`)
        assert.ok(name in page.results[0])
      }
  })

  it('are spoken by sockets: calls, events and subscriptions', async () => {
    const [before, old, present] = [
      await world.socket(cast.owner),
      await world.socket(cast.owner, { version: 1 }),
      await world.socket(cast.owner, { version: 2 })
    ]
    for (const socket of [before, old]) assert.deepEqual(shape(await socket.call('get', 'articles', id)), OLD)
    assert.deepEqual(shape(await present.call('get', 'articles', id)), NEW)
    assert.deepEqual(shape(await old.call('get', 'articles', id, { $version: 2 })), NEW)
    assert.deepEqual(shape(await present.call('get', 'articles', id, { $version: 1 })), OLD)
    const refused = await present.refusal('get', 'articles', id, { $version: 9 })
    assert.deepEqual([refused.code, refused.error.hint], [406, 'Versions of this API: 1, 2'])
    const stranger = await world.socket(cast.stranger, { version: 1 })
    const { data } = await stranger.call('subscribe', 'articles', { query: { price: { $lt: 5 } } })
    assert.deepEqual(data.map(({ name }: Json) => name), ['Tea']) // prettier-ignore
    await old.call('patch', 'articles', id, { price: 4 })
    const told = async (socket: typeof old) => shape((await socket.event('articles patched')).data)
    for (const socket of [before, old]) assert.deepEqual(await told(socket), { ...OLD, price: 4 })
    assert.deepEqual(await told(present), { ...NEW, price_cents: 400 })
    const { secret: _s, ...publicly } = OLD
    assert.deepEqual(await told(stranger), { ...publicly, price: 4 })
    await old.call('patch', 'articles', id, { price: 9 })
    assert.equal((await stranger.event('articles removed')).data.name, 'Tea')
    await assert.rejects(world.socket(cast.owner, { version: 7 }), /not served/)
  })

  it('are spoken by the client, over REST and its socket', async () => {
    for (const [prefix, name] of [
      ['/api/v1', 'name'],
      ['/api/v2', 'title']
    ] as const) {
      const client = createClient<any>(world.url, { prefix })
      const { data: rows } = await client.live('articles', { [name]: 'Tea' } as never).ready()
      assert.equal((rows as unknown as Json[])[0]![name], 'Tea')
      client.close()
    }
  })

  it('are told by streams of events of their address', async () => {
    const [old, present] = [
      await openStream(world, cast.owner, '?resources=articles&filter[articles][name]=Rum'),
      await openStream(world, cast.owner, '?resources=articles', {}, '/api/v2')
    ]
    await v1('PATCH', `/articles/${id}`, { body: { name: 'Rum' } })
    assert.deepEqual(shape((await old.event('articles created')).data), { ...OLD, name: 'Rum' })
    assert.equal((await present.event('articles patched')).data.title, 'Rum')
    for (const stream of [old, present]) stream.close()
  })

  it('are described, each by a document of its own', async () => {
    const documentOf = async (query: string) =>
      (await fetch(`${world.url}/openapi.json${query}`)).json() as Promise<Json>
    const [one, two] = [await documentOf('?version=1'), await documentOf('')]
    assert.deepEqual(await documentOf('?version=2'), two)
    assert.deepEqual([one.servers[0].url, two.servers[0].url], ['/api/v1', '/api/v2'])
    const names = (document: Json) => Object.keys(document.components.schemas.Article.properties as object)
    const common = ['id', 'user_id', 'created_at', 'updated_at', 'comments']
    assert.deepEqual(names(one).sort(), ['name', 'price', 'author', 'secret', ...common].sort())
    assert.deepEqual(names(two).sort(), [...Object.keys(NEW), ...common].sort())
    assert.equal(one.components.schemas.Article.properties.price.type, 'number')
    for (const [version, document] of [
      ['v1', one],
      ['v2', two]
    ] as const)
      for (const path of [
        `/articles/${id}`,
        '/articles',
        '/comments?include=article',
        `/articles/${id}?include=comments`
      ]) {
        const { status, body } = await world.rest(cast.owner, 'GET', `/api/${version}${path}`)
        assertDocumented(document as OpenApiDocument, 'GET', `/api/${version}${path}`, status, body)
      }
    assert.equal((await fetch(`${world.url}/openapi.json?version=3`)).status, 406)
  })

  it('are refused for exports where the shape was another one', async () => {
    const csv = { headers: { Accept: 'text/csv' } }
    const [old, present, same] = [await v1('GET', '/articles', csv), await v2('GET', '/articles', csv), await v1('GET', '/comments', csv)] // prettier-ignore
    assert.deepEqual([old.status, present.status, same.status], [406, 200, 200])
    assert.match(present.body as string, /price_cents/)
  })

  it('are refused for imports where the shape was another one, to who may import', async () => {
    const file = { raw: 'title\nTea\n', headers: { 'Content-Type': 'text/csv' } }
    const [owned, foreign] = [await v1('POST', '/articles', file), await v1('POST', '/articles', file, anonymous)] // prettier-ignore
    assert.deepEqual([owned.status, owned.body.error.code], [415, 'UNSUPPORTED_MEDIA_TYPE'])
    assert.deepEqual([foreign.status, foreign.body.error.code], [401, 'NOT_AUTHENTICATED'])
  })

  it('are one in a batch', async () => {
    const operations = [
      {
        name: 'made',
        method: 'POST',
        path: '/articles',
        body: { name: 'In a batch', price: 1, author: 'A B' }
      },
      { method: 'GET', path: '/articles/{made.id}' }
    ]
    const { body } = await v1('POST', '/batch', { body: { operations } })
    assert.deepEqual(body.results.map((one: Json) => one.body.name), ['In a batch', 'In a batch']) // prettier-ignore
    assert.equal((await v2('POST', '/batch', { body: { operations } })).status, 422)
  })

  it('leave resources without older shapes as they are', async () => {
    for (const version of ['v1', 'v2'])
      assert.equal((await world.rest(cast.owner, 'GET', `/api/${version}/tasks`)).status, 200)
  })
})
