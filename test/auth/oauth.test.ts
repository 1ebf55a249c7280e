import assert from 'node:assert/strict'
import { AuthenticationClient, defaults, MemoryStorage } from '@feathersjs/authentication-client'
import { feathers } from '@feathersjs/feathers'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Browser, fragmentOf } from '../helpers/browser'
import { onStage } from '../helpers/identity-provider'
import { anonymous, PASSWORD } from '../helpers/world'
import { assertRefused } from '../input/contract'

describe('signing in by a provider', () => {
  const stage = onStage()
  const { somebody, url, me, identities, people, signIn } = stage

  describe('by OpenID Connect', () => {
    it('makes an account at the first log-in, and signs in to it at every other', async () => {
      const { sub, email } = somebody({ given_name: 'Ada', family_name: 'Lovelace' })
      const { access_token } = await signIn(sub)
      const { body } = await me(access_token!)
      assert.deepEqual(
        [body.email, body.first_name, body.last_name, body.is_verified, body.role],
        [email, 'Ada', 'Lovelace', true, 'user']
      )
      assert.ok(body.last_login)
      const again = await me((await signIn(sub)).access_token!)
      assert.equal(again.body.id, body.id)
      assert.equal((await identities(`subject = '${sub}'`)).length, 1)
      const events = await stage.world.sql(
        `select event, details from security_events where user_id = '${body.id}' order by id`
      )
      assert.deepEqual(
        events.map(({ event }) => event),
        ['registered', 'oauth_linked', 'login_succeeded', 'login_succeeded']
      )
      assert.equal(events[3]!.details.strategy, 'acme')
    })

    it('asks with PKCE, state and nonce, and binds the log-in to the browser', async () => {
      const { location, headers } = await new Browser().get(url())
      const asked = Object.fromEntries(new URL(location).searchParams)
      assert.deepEqual(
        [asked.response_type, asked.code_challenge_method, asked.scope],
        ['code', 'S256', 'openid email profile']
      )
      assert.equal(asked.redirect_uri, url('/callback'))
      for (const name of ['state', 'nonce', 'code_challenge']) assert.match(asked[name]!, /^[\w-]{40,}$/)
      const [cookie] = headers.getSetCookie()
      assert.match(
        cookie!,
        /^__Host-oauth-[0-9a-f]{16}=[\w.-]+; path=\/; expires=[^;]+; samesite=lax; secure; httponly$/
      )
      assert.doesNotMatch(cookie!, new RegExp(asked.state!))
      assert.equal(headers.get('cache-control'), 'no-store')
    })

    it('two tabs at once do not disturb each other', async () => {
      const [one, two, browser] = [somebody(), somebody(), new Browser()]
      const first = await browser.walk(url(), one.sub)
      for (const name of ['_session', '_session.sig', '_session.legacy', '_session.legacy.sig'])
        browser.jar(stage.provider.url).delete(name)
      const second = await browser.walk(url(), two.sub)
      const emails: string[] = []
      for (const back of [second, first])
        emails.push((await me(fragmentOf((await browser.get(back)).location).access_token!)).body.email)
      assert.deepEqual(emails, [two.email, one.email])
    })

    it('several first log-ins at once make one account', async () => {
      const { sub, email } = somebody()
      const before = await people()
      const found = await Promise.all([1, 2, 3, 4].map(() => signIn(sub)))
      const ids = await Promise.all(found.map(async ({ access_token }) => (await me(access_token!)).body.id))
      assert.equal(new Set(ids).size, 1)
      assert.ok(ids[0])
      assert.equal(await people(), before + 1)
      assert.equal((await identities(`email = '${email}'`)).length, 1)
    })

    it('nobody gets in by password where none was set, and cannot tell', async () => {
      const { sub, email } = somebody()
      await signIn(sub)
      const login = (address?: string) =>
        stage.world.rest(anonymous, 'POST', '/auth/login', { body: { email: address, password: PASSWORD } })
      const [known, unknown] = [await login(email), await login('nobody@example.com')]
      assertRefused(known, { code: 'INVALID_LOGIN' })
      for (const { body } of [known, unknown]) delete body.error.trace_id
      assert.deepEqual(known.body, unknown.body)
    })
  })

  it('hands the token to the official client as Feathers does', async () => {
    const client = new AuthenticationClient(
      feathers() as never,
      { ...defaults, storage: new MemoryStorage() } as never
    )
    const { sub, email } = somebody()
    const { location } = await new Browser().signIn(url('?redirect=/home'), sub)
    const { hash } = new URL(location)
    const token = (await client.getFromLocation({ hash } as never))!
    assert.equal((await me(token)).body.email, email)
    await stage.world.sql('update users set is_active = false where email = $1', [email])
    const refused = { hash: new URL((await new Browser().signIn(url(), sub)).location).hash }
    await assert.rejects(client.getFromLocation(refused as never), {
      message: 'The log-in by the provider was refused'
    })
  })

  describe('by a plain OAuth API, as GitHub’s', () => {
    it('takes the verified main address, whatever the profile shows', async () => {
      const email = `octocat@example.com`
      const { sub } = somebody({ email: 'shown@example.com', emails: [
        { email: 'other@example.com', primary: false, verified: true },
        { email: email.toUpperCase(), primary: true, verified: true }
      ] }) // prettier-ignore
      const { access_token } = await signIn(sub, 'hub')
      assert.equal((await me(access_token!)).body.email, email)
      assert.deepEqual(
        (await identities(`email = '${email}'`)).map(({ provider: name, subject }) => [name, subject]),
        [['hub', sub]]
      )
    })

    it('refuses where no address is verified', async () => {
      const { sub } = somebody({ emails: [{ email: 'a@example.com', primary: true, verified: false }] })
      const before = await people()
      assert.equal((await signIn(sub, 'hub')).error_code, 'OAUTH_REFUSED')
      assert.equal(await people(), before)
    })
  })

  it('lists the providers by name, and nothing of them', async () => {
    const { body } = await stage.world.rest(anonymous, 'GET', '/auth/providers')
    assert.deepEqual(body, { data: [{ name: 'acme' }, { name: 'hub' }] })
  })

  it('is in the document, which stays valid', async () => {
    const document: any = await (await fetch(`${stage.world.url}/openapi.json`)).json()
    const { get, parameters } = document.paths['/oauth/{provider}']
    assert.deepEqual([get.operationId, parameters[0].schema.enum], ['oauth_start', ['acme', 'hub']])
    assert.ok(document.paths['/oauth/{provider}/callback'])
    const { valid, errors } = await new Validator().validate(document)
    assert.ok(valid, JSON.stringify(errors))
  })

  it('offers GET alone, to providers that are there', async () => {
    const { status, headers } = await stage.world.rest(anonymous, 'POST', '/oauth/acme', { body: {} })
    assert.deepEqual([status, headers.get('allow')], [405, 'GET, OPTIONS'])
    for (const name of ['google', 'constructor', '__proto__', 'ACME', 'acme/x'])
      assertRefused(await stage.world.rest(anonymous, 'GET', `/oauth/${name}`), { code: 'NO_SUCH_PATH' })
    const body = { strategy: 'oauth', access_token: 'x', id_token: 'x', profile: { sub: '1' } }
    assertRefused(await stage.world.rest(anonymous, 'POST', '/authentication', { body }), {
      code: 'NOT_AUTHENTICATED'
    })
  })

  describe('afterwards', () => {
    it('tells no secret: not in the feed, a log-in’s record or an answer', async () => {
      const told = JSON.stringify([
        await stage.world.sql('select * from changes'),
        await stage.world.sql('select * from security_events')
      ])
      assert.doesNotMatch(told, /a secret of the provider|eyJ|\$2[aby]\$/)
    })
  })
})
