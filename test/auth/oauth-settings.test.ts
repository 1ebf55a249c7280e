import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'
import { assertRefused } from '../input/contract'
import { configuredApp, validateSettings } from '../helpers/settings'

const client = { client_id: 'a', client_secret: 'b' }

describe('the settings of providers', () => {
  const settings = (oauth: object, more: object = {}) => ({
    ...(configuredApp().settings as object),
    secret_key: 'x'.repeat(40),
    ...more,
    oauth: { providers: {}, redirect_origins: [], ...oauth }
  })
  const problem = (oauth: object, environment = 'test', more: object = {}) => {
    try {
      validateSettings(settings(oauth, more) as never, environment)
      return undefined
    } catch (error) {
      return (error as Error).message
    }
  }

  it('are refused where they are incomplete or unsafe', () => {
    const issuer = 'https://id.example.com'
    const acme = { ...client, issuer }
    const cases: [object, RegExp | undefined, string?][] = [
      [{ providers: { google: client, github: client, acme } }, undefined],
      [{ providers: { acme: { client_id: 'a', issuer } } }, /acme.client_secret is missing/],
      [{ providers: { acme: client } }, /acme needs an issuer/],
      [
        { providers: { acme: { ...client, authorize_url: issuer, token_url: issuer } } },
        /acme needs an issuer, or authorize_url, token_url and profile_url/
      ],
      [{ providers: { acme: { ...acme, issuer: 'id.example.com' } } }, /acme.issuer must be an https URL/],
      [
        { providers: { acme: { ...acme, issuer: 'http://id.example.com' } } },
        /acme.issuer must be an https URL/,
        'production'
      ],
      [{ providers: { acme: { ...acme, isuer: 'x' } } }, /isuer/],
      [{ providers: { 'a/b': acme } }, /a\/b/],
      [{ providers: { acme: { ...acme, scope: ['openid profile'] } } }, /scope/],
      [
        { redirect_origins: ['https://app.example.com/'] },
        /redirect_origins holds https:\/\/app.example.com\//
      ],
      [{ redirect_origins: ['*'] }, /redirect_origins holds \*/],
      [{ redirect_origins: ['null'] }, /redirect_origins holds null/],
      [{ redirect_origins: ['data:'] }, /redirect_origins holds data:/]
    ]
    for (const [oauth, expected, environment] of cases) {
      const found = problem(oauth, environment, { public_url: 'https://api.example.com' })
      if (expected) assert.match(found ?? '', expected)
      else assert.equal(found, undefined)
    }
    assert.match(problem({}, 'test', { public_url: 'api.example.com' })!, /public_url must be a URL/)
    assert.match(problem({ providers: { acme } }, 'production')!, /public_url/)
  })

  describe('without any', () => {
    let world: World
    before(async () => void (world = await startWorld()))
    after(() => world?.close())

    it('there is nothing', async () => {
      assert.deepEqual((await world.rest(anonymous, 'GET', '/auth/providers')).body, { data: [] })
      for (const path of ['/oauth/google', '/oauth/github', '/oauth/google/callback'])
        assertRefused(await world.rest(anonymous, 'GET', path), { code: 'NO_SUCH_PATH' })
      const body = { code: 'x', code_verifier: 'x'.repeat(43) }
      assertRefused(await world.rest(anonymous, 'POST', '/auth/oauth/exchange', { body }), {
        code: 'OAUTH_REFUSED'
      })
    })
  })

  describe('of one that cannot be reached, or is another than it says', () => {
    let world: World
    let impostor: Server
    before(async () => {
      // Its document is somebody else's: OpenID Connect Discovery 1.0, section 4.3.
      const issuer = 'https://id.example.com'
      impostor = createServer((_request, response) => {
        response.setHeader('Content-Type', 'application/json')
        response.end(
          JSON.stringify({
            issuer,
            authorization_endpoint: `${issuer}/auth`,
            token_endpoint: `${issuer}/token`
          })
        )
      }).listen(0, '127.0.0.1')
      await once(impostor, 'listening')
      const other = { ...client, issuer: `http://127.0.0.1:${(impostor.address() as AddressInfo).port}` }
      const gone = { ...client, issuer: 'http://127.0.0.1:1' }
      world = await startWorld({ settings: { oauth: { providers: { gone, other } } } })
    })
    after(async () => {
      impostor.close()
      await world?.close()
    })

    it('say so, and the server goes on', async () => {
      for (const name of ['gone', 'other']) {
        const { status, headers, body } = await world.rest(anonymous, 'GET', `/oauth/${name}`)
        assert.deepEqual([status, headers.get('retry-after'), body.error.code], [503, '5', 'UNAVAILABLE'])
        assert.doesNotMatch(JSON.stringify(body), /id.example|127\.0\.0\.1|ECONNREFUSED/)
      }
    })
  })
})
