import assert from 'node:assert/strict'
import { Browser, fragmentOf } from '../helpers/browser'
import { CLIENT, onStage } from '../helpers/identity-provider'

describe('a provider whose addresses stand in the settings', () => {
  const stage = onStage({ trust_proxy: 1 }, (provider) => ({
    acme: {
      ...CLIENT,
      issuer: provider.url,
      authorize_url: `${provider.url}/auth`,
      token_url: `${provider.url}/token`,
      jwks_url: `${provider.url}/jwks`,
      profile_url: `${provider.url}/me`
    },
    github: CLIENT
  }))
  const { somebody, signIn, me, url, people, lastRefusal } = stage

  it('signs in with its id_token verified, and is asked for no document', async () => {
    const { sub, email } = somebody({ given_name: 'Ada' })
    const { body } = await me((await signIn(sub)).access_token!)
    assert.deepEqual([body.email, body.first_name], [email, 'Ada'])
    const { requests } = stage.provider
    assert.ok(requests.includes('GET /jwks'))
    assert.deepEqual(requests.filter((request) => request.includes('well-known')), []) // prettier-ignore
  })

  it('is GitHub where nothing but the client is said', async () => {
    const { status, location } = await new Browser().get(url('', 'github'))
    const { origin, pathname, searchParams } = new URL(location)
    assert.deepEqual([status, origin + pathname], [302, 'https://github.com/login/oauth/authorize'])
    assert.deepEqual(
      ['client_id', 'response_type', 'scope', 'code_challenge_method', 'nonce'].map((name) =>
        searchParams.get(name)
      ),
      [CLIENT.client_id, 'code', 'read:user user:email', 'S256', null]
    )
  })

  it('that answers with an error, or with nothing, makes no account and tells nothing of it', async () => {
    const browser = new Browser()
    const back = [
      await browser.walk(url(), somebody().sub),
      await browser.walk(url(), somebody().sub)
    ] as const
    const before = await people()
    stage.provider.tamper = () => {
      throw new Error('the database of acme is down')
    }
    const broken = await browser.get(back[0])
    assert.equal(fragmentOf(broken.location).error_code, 'OAUTH_REFUSED')
    assert.equal((await lastRefusal()).details.reason, 'provider_error')
    stage.provider.isCut = true
    const cut = await browser.get(back[1])
    assert.equal(fragmentOf(cut.location).error_code, 'UNAVAILABLE')
    assert.equal((await lastRefusal()).details.reason, 'UNAVAILABLE')
    assert.doesNotMatch(broken.location + cut.location, /database|access_token|ECONN|127\.0\.0\.1/)
    assert.equal(await people(), before)
  })
})
