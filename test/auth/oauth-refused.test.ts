import assert from 'node:assert/strict'
import { Browser, fragmentOf } from '../helpers/browser'
import { onStage } from '../helpers/identity-provider'
import { assertRefused } from '../input/contract'

describe('what a provider’s log-in refuses', () => {
  const stage = onStage({ trust_proxy: 1 })
  const { somebody, url, people, signIn, lastRefusal } = stage

  describe('refuses, makes nothing and tells of it', () => {
    let before: number
    beforeEach(async () => (before = await people()))
    afterEach(async () => assert.equal(await people(), before))

    const refused = async (back: string, reason: string, browser = new Browser()) => {
      const { status, body, location, headers } = await browser.get(back)
      if (location) assert.deepEqual([status, fragmentOf(location).error_code], [302, 'OAUTH_REFUSED'])
      else assertRefused({ status, body, headers }, { code: 'OAUTH_REFUSED' })
      assert.doesNotMatch(JSON.stringify([location, body]), /access_token/)
      const { details, address } = await lastRefusal()
      assert.deepEqual([details.reason, address], [reason, browser.address])
    }

    it('a callback without a state, with a foreign one, and in another browser', async () => {
      const browser = new Browser()
      const back = await browser.walk(url(), somebody().sub)
      const without = new URL(back)
      without.searchParams.delete('state')
      await refused(without.href, 'no_state', browser)
      const foreign = new URL(back)
      foreign.searchParams.set('state', 'x'.repeat(40))
      await refused(foreign.href, 'foreign_state', browser)
      await refused(`${back}&state=${'y'.repeat(40)}`, 'no_state', browser)
      await refused(back, 'foreign_state', new Browser())
      assert.equal(stage.provider.requests.at(-1)!.startsWith('GET /auth'), true)
    })

    it('tokens in the place of a code, which grant would take', async () => {
      const { access_token } = await signIn(somebody().sub)
      before++
      const browser = new Browser()
      const state = new URL((await browser.get(url())).location).searchParams.get('state')
      for (const query of [`access_token=${access_token}`, 'id_token=a.b.c', 'code=', 'code[]=x']) {
        await browser.get(url())
        await refused(url(`/callback?${query}`), 'no_state', browser)
      }
      const iss = encodeURIComponent(stage.provider.url)
      await refused(url(`/callback?access_token=x&iss=${iss}&state=${state}`), 'no_code', browser)
    })

    it('a callback that was answered before', async () => {
      const [browser, copy] = [new Browser(), new Browser()]
      const { sub } = somebody()
      const back = await browser.walk(url(), sub)
      for (const [name, value] of browser.jar(stage.world.url)) copy.jar(stage.world.url).set(name, value)
      assert.ok(fragmentOf((await browser.get(back)).location).access_token)
      before++
      await refused(back, 'foreign_state', browser)
      await refused(back, 'provider_error', copy)
    })

    it('a code at another provider’s address, and an answer that is of another issuer or of none', async () => {
      const browser = new Browser()
      const back = await browser.walk(url(), somebody().sub)
      await refused(back.replace('/oauth/acme/', '/oauth/hub/'), 'mixed_up', browser)
      for (const iss of ['https://evil.example.com', undefined]) {
        const changed = new URL(await browser.walk(url(), somebody().sub))
        if (iss) changed.searchParams.set('iss', iss)
        else changed.searchParams.delete('iss')
        await refused(changed.href, 'issuer', browser)
      }
    })

    it('whoever cancels, without repeating what the provider says', async () => {
      const browser = new Browser()
      const back = await browser.walk(url(), 'nobody')
      assert.match(back, /error=access_denied/)
      await refused(back, 'provider_error', browser)
    })

    it('an id_token that is forged, expired, of another audience, issuer, nonce or key, or not there', async () => {
      const { generateKeyPair } = await import('jose')
      const stranger = await generateKeyPair('RS256')
      const now = Math.floor(Date.now() / 1000)
      const unsigned = (claims: object) => {
        const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
        return `${part({ alg: 'none' })}.${part(claims)}.`
      }
      const { sub } = somebody()
      type Make = (own: any) => Promise<string> | string | undefined
      const cases: [string, Make][] = [
        ['id_token', (own) => stage.provider.idToken(own, stranger.privateKey)],
        ['provider_error', (own) => stage.provider.idToken({ ...own, aud: 'another' })],
        ['azp', (own) => stage.provider.idToken({ ...own, aud: ['rachis', 'another'], azp: 'another' })],
        ['azp', (own) => stage.provider.idToken({ ...own, aud: ['rachis', 'another'] })],
        ['id_token', (own) => stage.provider.idToken({ ...own, iss: 'https://evil.example.com' })],
        ['id_token', (own) => stage.provider.idToken({ ...own, exp: now - 60 })],
        ['id_token', (own) => stage.provider.idToken({ ...own, exp: String(now + 60) })],
        ['provider_error', (own) => stage.provider.idToken({ ...own, nonce: 'another' })],
        ['provider_error', (own) => stage.provider.idToken({ ...own, nonce: undefined })],
        ['id_token', (own) => stage.provider.idToken({ ...own, sub: undefined })],
        ['no_subject', (own) => stage.provider.idToken({ ...own, sub: '' })],
        ['id_token', (own) => unsigned(own)],
        ['no_id_token', () => undefined]
      ]
      for (const [reason, make] of cases) {
        stage.provider.tamper = async ({ id_token, ...body }) => {
          const own = JSON.parse(Buffer.from(id_token.split('.')[1], 'base64url').toString())
          return { ...body, id_token: await make(own) }
        }
        const browser = new Browser()
        await refused(await browser.walk(url(), sub), reason, browser)
      }
    })

    it('an error that a plain OAuth API sends as a success, as GitHub does', async () => {
      stage.provider.tamper = () => ({ error: 'bad_verification_code', error_description: 'expired' })
      const browser = new Browser()
      await refused(await browser.walk(url('', 'hub'), somebody().sub), 'provider_error', browser)
    })

    it('userinfo of another than the id_token names', async () => {
      const victim = await stage.world.register('told')
      before++
      await stage.world.sql('update users set is_verified = true where id = $1', [victim.id])
      const other = somebody({ email: victim.email })
      const { sub } = somebody({ email: undefined })
      stage.provider.tamper = async ({ id_token, ...body }) => {
        const own = JSON.parse(Buffer.from(id_token.split('.')[1], 'base64url').toString())
        return { ...body, id_token: await stage.provider.idToken({ ...own, sub }) }
      }
      const browser = new Browser()
      await refused(await browser.walk(url(), other.sub), 'email_unverified', browser)
    })
  })
})
