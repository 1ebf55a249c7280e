import assert from 'node:assert/strict'
import type { World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import { Gate, library } from './library'

type Cast = Awaited<ReturnType<World['cast']>>

describe('what caches are told', () => {
  let world: World
  let cast: Cast
  let shelf = ''
  before(async () => {
    world = await startWorld({ resources: library(new Gate()), settings: { rate_limit: { requests: 0 } } })
    cast = await world.cast()
    const { body } = await world.rest(cast.owner, 'POST', '/shelves', { body: { name: 'Poems' } })
    shelf = `/shelves/${body.id as number}`
    await world.rest(cast.owner, 'POST', '/notices', { body: { line: 'Closed today' } })
  })
  after(() => world?.close())

  const CREDENTIALS = /(^|, )Authorization, X-API-Key(,|$)/
  /** Cache-Control and whether Vary names the headers of credentials, by both ways through the server. */
  const told = async (name: keyof Cast, path: string, headers: Record<string, string> = {}) => {
    const answers: unknown[] = []
    for (const isFast of [true, false]) {
      world.app.set('fastPath', isFast)
      const answer = await world.rest(cast[name], 'GET', path, { headers })
      const vary = answer.headers.get('vary')!
      assert.match(vary, /^Origin, Accept, Accept-Encoding/)
      answers.push([answer.status, answer.headers.get('cache-control'), CREDENTIALS.test(vary), vary])
    }
    world.app.set('fastPath', true)
    assert.deepEqual(answers[0], answers[1])

    return (answers[0] as unknown[]).slice(0, 3)
  }

  it('is what is declared, by who asks', async () => {
    for (const path of ['/shelves', shelf, '/shelves?include=books', '/shelves/sum']) {
      assert.deepEqual(await told('anonymous', path), [200, 'public, max-age=60', true])
      for (const name of ['owner', 'stranger', 'admin'] as const)
        assert.deepEqual(await told(name, path), [200, 'private, max-age=10', true])
    }
    assert.deepEqual(await told('anonymous', '/notices'), [200, 'public, max-age=30', true])
    assert.deepEqual(await told('owner', '/notices'), [200, 'private, no-cache', true])
  })

  it('is to ask before each use where nothing is declared for it', async () => {
    assert.deepEqual(await told('anonymous', '/books'), [200, 'private, no-cache', false])
    assert.deepEqual(await told('owner', '/orders'), [200, 'private, no-cache', false])
    assert.deepEqual(await told('owner', '/tasks'), [200, 'private, no-cache', false])
  })

  it('is the same where a client has the answer already, and for HEAD', async () => {
    for (const [name, control] of [
      ['anonymous', 'public, max-age=60'],
      ['owner', 'private, max-age=10']
    ] as const) {
      // prettier-ignore
      const { headers } = await world.rest(cast[name], 'GET', shelf)
      assert.deepEqual(await told(name, shelf, { 'If-None-Match': headers.get('etag')! }), [304, control, true]) // prettier-ignore
      const head = await world.rest(cast[name], 'HEAD', shelf)
      assert.equal(head.headers.get('cache-control'), control)
    }
  })

  it('is nothing of writes and errors, and of a key that is sent', async () => {
    const written = await world.rest(cast.owner, 'PATCH', shelf, { body: { name: 'Odes' } })
    const missing = await world.rest(cast.anonymous, 'GET', '/shelves/999999')
    const refused = await world.rest(cast.anonymous, 'GET', '/shelves?colour=red')
    const keyed = await world.rest(cast.anonymous, 'GET', '/shelves', { headers: { 'X-API-Key': 'rk_none' } })
    assert.deepEqual([written, missing, refused, keyed].map(({ status }) => status), [200, 404, 400, 401]) // prettier-ignore
    for (const { headers } of [missing, refused, keyed])
      assert.equal(headers.get('cache-control'), 'no-store')
    for (const { headers } of [written, missing, refused, keyed])
      assert.doesNotMatch(headers.get('cache-control') ?? '', /public|max-age/)
  })

  it('names cookies where a session may come by one', async () => {
    const settings = { rate_limit: { requests: 0 }, auth: { cookies: { enabled: true } }, public_url: 'https://shop.example' } // prettier-ignore
    const other = await startWorld({ resources: library(new Gate()), settings })
    const { headers } = await other.rest(cast.anonymous, 'GET', '/notices')
    assert.match(headers.get('vary')!, /Cookie.*Authorization, X-API-Key$/)
    assert.equal(headers.get('cache-control'), 'public, max-age=30')
    await other.close()
  })
})
