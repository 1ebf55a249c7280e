import assert from 'node:assert/strict'
import { apiVersions } from '../../packages/rachis/src/model/versions/api-versions'
import { once } from 'events'
import type { Server } from 'http'
import type { AddressInfo } from 'net'
import Koa from 'koa'
import { docs } from '../../packages/rachis/src/http/docs'

describe('the docs', () => {
  let server: Server
  let url: string
  let built = 0
  before(async () => {
    const app = new Koa()
    app.use(
      docs({
        versions: apiVersions(),
        events: () => ({}),
        document: () => ({ openapi: '3.1.0', built: ++built })
      })
    )
    app.use((ctx) => void (ctx.status = 418))
    server = app.listen(0, '127.0.0.1')
    await once(server, 'listening')
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  after(() => server.close())

  const get = async (path: string, method = 'GET') => {
    const response = await fetch(`${url}${path}`, { method, redirect: 'manual' })
    return { status: response.status, headers: response.headers, text: await response.text() }
  }

  it('serve the document, built at the first request and once', async () => {
    assert.equal(built, 0)
    for (let i = 0; i < 2; i++) {
      const { status, headers, text } = await get('/openapi.json')
      assert.equal(status, 200)
      assert.match(headers.get('content-type')!, /^application\/json/)
      assert.deepEqual(JSON.parse(text), { openapi: '3.1.0', built: 1 })
    }
  })

  it('serve a page with all that it refers to, and refer to no other host', async () => {
    const links: Readonly<Record<string, number>> = {
      '/docs': 5,
      '/docs/': 5,
      '/docs?x=1': 5,
      '/redoc': 3,
      '/redoc/': 3,
      '/scalar': 3
    }
    for (const [path, count] of Object.entries(links)) {
      const { status, headers, text } = await get(path)
      assert.equal(status, 200)
      assert.match(headers.get('content-type')!, /^text\/html/)
      assert.doesNotMatch(text, /\bhttps?:|["'(]\/\//)
      const found = [...text.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, link]) => link!)
      assert.equal(found.length, count)
      for (const link of found) assert.equal((await get(link)).status, 200, link)
    }
    const { text } = await get('/docs/initializer.js')
    assert.doesNotMatch(text, /https?:/)
    assert.match(text, /url: '\/openapi\.json'[^]*validatorUrl: null/)
  })

  it('let the page fetch from nowhere else', async () => {
    for (const path of ['/docs', '/redoc', '/scalar', '/redoc/redoc.standalone.js']) {
      const policy = (await get(path)).headers.get('content-security-policy')!
      assert.match(policy, /default-src 'none'/)
      assert.match(policy, /connect-src 'self'/)
      assert.doesNotMatch(policy, /https?:|\*|unsafe-eval|script-src[^;]*unsafe/)
    }
  })

  it('leave all else to who comes after', async () => {
    const others = ['/', '/docs/package.json', '/docs/index.html', '/docs/../package.json', '/docs/%2e%2e/package.json', '/docs/swagger-ui.js.map', '/docsx', '/redoc/package.json', '/redoc/redoc.LICENSE', '/redoc/scalar.standalone.js', '/scalar/../redoc.LICENSE', '/scalarx', '/constructor', '/docs/__proto__'] // prettier-ignore
    for (const path of others) assert.equal((await get(path)).status, 418, path)
  })

  it('answer HEAD without a body', async () => {
    for (const path of [
      '/openapi.json',
      '/docs',
      '/docs/swagger-ui.css',
      '/redoc',
      '/scalar/scalar.standalone.js'
    ]) {
      const { status, text } = await get(path, 'HEAD')
      assert.deepEqual([status, text], [200, ''], path)
    }
  })

  it('try again where the document could not be built', async () => {
    let calls = 0
    const app = new Koa()
    app.silent = true
    app.use(docs({ versions: apiVersions(), events: () => ({}), document: () => { if (calls++ === 0) throw new Error('not yet'); return {} } })) // prettier-ignore
    const other = app.listen(0, '127.0.0.1')
    await once(other, 'listening')
    const at = `http://127.0.0.1:${(other.address() as AddressInfo).port}/openapi.json`
    assert.deepEqual([(await fetch(at)).status, (await fetch(at)).status], [500, 200])
    other.close()
  })
})
