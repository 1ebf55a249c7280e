import assert from 'node:assert/strict'
import { Browser, challenged, fragmentOf } from '../helpers/browser'
import { onStage } from '../helpers/identity-provider'
import { anonymous } from '../helpers/world'
import { assertRefused } from '../input/contract'

describe('signing in by a provider, with cookies', () => {
  const stage = onStage({ auth: { cookies: { enabled: true } } })
  const { somebody, url } = stage

  it('hands over nothing in the address', async () => {
    const browser = new Browser()
    const { sub, email } = somebody()
    const { location } = await browser.signIn(url('?redirect=/home'), sub)
    assert.equal(location, 'https://app.example.com/home')
    const names = [...browser.jar(url()).keys()]
    assert.deepEqual(names, ['__Host-access_token', '__Host-refresh_token', '__Host-csrf_token'])
    const me = await browser.get(`${stage.world.url}/api/v1/auth/me`)
    assert.equal(me.body.email, email)
  })

  it('still serves clients that ask for a token or a code', async () => {
    const { location } = await new Browser().signIn(url('?response=token'), somebody().sub)
    assert.ok(fragmentOf(location).access_token)
    const { code_challenge, code_verifier } = challenged()
    const back = await new Browser().signIn(
      url(`?response=code&code_challenge=${code_challenge}`),
      somebody().sub
    )
    const body = { code: fragmentOf(back.location).code, code_verifier }
    const exchanged = await stage.world.rest(anonymous, 'POST', '/auth/oauth/exchange', { body })
    assert.deepEqual(
      [exchanged.status, 'refresh_token' in exchanged.body, exchanged.headers.getSetCookie().length],
      [200, false, 3]
    )
    const foreign = await stage.world.rest(anonymous, 'POST', '/auth/oauth/exchange', {
      body,
      headers: { Origin: 'https://evil.example.com' }
    })
    assertRefused(foreign, { code: 'CSRF_REFUSED' })
  })
})
