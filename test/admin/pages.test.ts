import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import Koa from 'koa'
import { pages } from '../../packages/rachis/src/http/pages'

describe('the pages of modules', () => {
  let server: Server
  let url: string
  let folder: string
  let asked = 0
  before(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'rachis-pages-'))
    writeFileSync(path.join(folder, 'index.html'), '<!doctype html><title>Page</title>')
    writeFileSync(path.join(folder, 'main-ABCDEFGH.js'), `/*${'x'.repeat(5000)}*/`)
    mkdirSync(path.join(folder, 'deeper'))
    writeFileSync(path.join(folder, 'deeper', 'secret.txt'), 'secret')
    const page = { folder: async () => (asked++, folder), isLasting: (name: string) => name.endsWith('.js') }
    const app = new Koa()
    const shared = {
      ...page,
      isShared: true,
      policy: { 'worker-src': "'self'", 'style-src': "'unsafe-inline'" }
    }
    app.use(pages({ '/page': page, '/shared': shared, '/': page }))
    app.use((ctx) => void (ctx.status = 418))
    server = app.listen(0, '127.0.0.1')
    await once(server, 'listening')
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  after(() => {
    server.close()
    rmSync(folder, { recursive: true })
  })
  const get = (place: string, headers: Record<string, string> = {}, method = 'GET') =>
    fetch(`${url}${place}`, { method, headers })

  it('are read at the first request, once', async () => {
    assert.equal(asked, 0)
    for (const place of ['/page', '/page/', '/page']) {
      const response = await get(place)
      assert.equal(response.status, 200)
      assert.match(response.headers.get('content-type')!, /^text\/html/)
      assert.equal(response.headers.get('cache-control'), 'no-cache')
      assert.match(await response.text(), /<title>Page/)
    }
    assert.equal(asked, 1)
  })

  it('let nothing in from elsewhere: no inline script, no inline style, no frame around them', async () => {
    const policy = (await get('/page')).headers.get('content-security-policy')!
    assert.match(policy, /default-src 'none'/)
    assert.match(policy, /frame-ancestors 'none'/)
    assert.doesNotMatch(policy, /unsafe|https?:|\*/)
  })

  it('are sent packed, and kept by browsers where their name changes with them', async () => {
    const response = await get('/page/main-ABCDEFGH.js', { 'Accept-Encoding': 'br' })
    assert.equal(response.headers.get('content-encoding'), 'br')
    assert.match(response.headers.get('content-type')!, /javascript/)
    assert.match(response.headers.get('cache-control')!, /immutable/)
    assert.equal((await response.text()).length, 5004)
    assert.ok(Number(response.headers.get('content-length')) < 1000)
  })

  it('have the files of their folder, and none beside or below it', async () => {
    for (const place of [
      '/page/deeper/secret.txt',
      '/page/deeper',
      '/page/..%2fx',
      '/page/%2e%2e/x',
      '/page/nothing.js',
      '/pagex',
      '/deeper',
      '/main-ABCDEFGH.js',
      '/page/__proto__'
    ])
      // prettier-ignore
      assert.equal((await get(place)).status, 418, place)
    assert.equal((await get('/page', {}, 'HEAD')).status, 200)
  })

  it('at the root of the host are for browsers: a program is answered data', async () => {
    assert.equal((await get('/', { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' })).status, 200)
    for (const Accept of ['application/json', '*/*']) assert.equal((await get('/', { Accept })).status, 418)
  })
  it('at an address that answers programs are for browsers too, their files are for anybody, and their policy is their own', async () => {
    const page = await get('/shared', { Accept: 'text/html,*/*;q=0.8' })
    assert.equal(page.status, 200)
    const policy = page.headers.get('content-security-policy')!
    assert.match(
      policy,
      /^default-src 'none'; script-src 'self'; style-src 'unsafe-inline';.*; worker-src 'self'$/
    )
    for (const Accept of ['application/json', '*/*'])
      assert.equal((await get('/shared', { Accept })).status, 418)
    assert.equal((await get('/shared/main-ABCDEFGH.js', { Accept: '*/*' })).status, 200)
  })
})
