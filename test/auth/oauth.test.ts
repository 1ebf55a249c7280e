import assert from 'node:assert/strict'
import { AuthenticationClient, defaults, MemoryStorage } from '@feathersjs/authentication-client'
import { feathers } from '@feathersjs/feathers'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Browser, challenged, fragmentOf, onStage } from '../helpers/identity-provider'
import { anonymous, PASSWORD } from '../helpers/world'
import { assertRefused } from '../input/contract'

const APP = 'https://app.example.com'

describe('signing in by a provider', () => {
  const stage = onStage()
  const { somebody, url, me, identities, people, signIn, lastRefusal } = stage

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

  describe('where the browser is sent', () => {
    it('is on a listed origin, else the first one', async () => {
      const target = async (redirect?: string) => {
        const { location } = await new Browser().signIn(
          url(redirect === undefined ? '' : `?redirect=${encodeURIComponent(redirect)}`),
          somebody().sub
        )
        return location.replace(/#access_token=[\w.-]+$/, '#…')
      }
      assert.equal(await target(), `${APP}/#…`)
      assert.equal(await target('/home?a=b'), `${APP}/home?a=b#…`)
      assert.equal(await target('https://two.example.com/x'), 'https://two.example.com/x#…')
      assert.equal(await target('HTTPS://TWO.example.com:443/x'), 'https://two.example.com/x#…')
    })

    it('is nowhere else', async () => {
      const targets = [
        '//evil.com', '/\\evil.com', '\\\\evil.com', '///evil.com', 'https:evil.com', 'https://evil.com', 'https://app.example.com@evil.com',
        'https://app.example.com:x@app.example.com/', 'https://evil.com\\@app.example.com', 'https://app.example.com.evil.com', 'https://app.example.comevil.com',
        'https://app.example.com:8443', 'http://app.example.com', 'data:text/html,x', 'javascript:alert(1)', 'blob:https://app.example.com/x',
        'https://evil\u3002com', 'https://app\u3002example.com', '/%0d%0a/../\r\nSet-Cookie: a=b', '/\tevil', ' //evil.com', '/a#access_token=x', '\0/x',
        'ftp://app.example.com', '//app.example.com:443@evil.com/%2f..', `/${'x'.repeat(3000)}`
      ] // prettier-ignore
      for (const target of targets) {
        const { status, body, headers } = await new Browser().get(
          url(`?redirect=${encodeURIComponent(target)}`)
        )
        assertRefused({ status, body, headers }, { code: 'VALIDATION_ERROR', field: 'redirect' })
        assert.deepEqual([headers.get('location'), headers.getSetCookie()], [null, []], target)
      }
      for (const query of ['redirect[]=/a', 'redirect[a]=/a', 'redirect=/a&redirect=/b'])
        assertRefused(await new Browser().get(url(`?${query}`)), {
          code: 'VALIDATION_ERROR',
          field: 'redirect'
        })
    })

    it('takes no token in the address, and no parameter that it does not know', async () => {
      for (const query of ['feathers_token=x', 'access_token=x', 'scope=admin', 'dynamic=1'])
        assertRefused(await new Browser().get(url(`?${query}`)), {
          code: 'BAD_QUERY',
          field: query.split('=')[0]
        })
    })
  })

  describe('a code instead of a token', () => {
    const exchange = (body: object) => stage.world.rest(anonymous, 'POST', '/auth/oauth/exchange', { body })
    const codeFor = async (challenge: string, sub = somebody().sub) => {
      const { location } = await new Browser().signIn(url(`?response=code&code_challenge=${challenge}`), sub)
      return fragmentOf(location)
    }

    it('is exchanged for a session, by whoever began it, once', async () => {
      const [{ code_verifier, code_challenge }, other] = [challenged(), challenged()]
      const { sub, email } = somebody()
      const { code, access_token } = await codeFor(code_challenge, sub)
      assert.equal(access_token, undefined)
      assertRefused(await exchange({ code, code_verifier: other.code_verifier }), { code: 'OAUTH_REFUSED' })
      const { status, body } = await exchange({ code, code_verifier })
      assert.deepEqual([status, body.user.email, body.token_type], [200, email, 'bearer'])
      assert.equal(
        (
          await stage.world.rest(anonymous, 'POST', '/auth/refresh', {
            body: { refresh_token: body.refresh_token }
          })
        ).status,
        200
      )
      assertRefused(await exchange({ code, code_verifier }), { code: 'OAUTH_REFUSED' })
      assert.equal((await lastRefusal()).details.reason, 'code_reused')
      assertRefused(await me(body.access_token), { code: 'INVALID_TOKEN' })
    })

    it('of several exchanges at once one gets through', async () => {
      const { code_verifier, code_challenge } = challenged()
      const { code } = await codeFor(code_challenge)
      const answers = await Promise.all([1, 2, 3, 4].map(() => exchange({ code, code_verifier })))
      assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 401, 401, 401])
    })

    it('works on a socket, and signs it in nowhere by a text that is no code', async () => {
      const { code_verifier, code_challenge } = challenged()
      const { code } = await codeFor(code_challenge)
      const socket = await stage.world.socket()
      for (const wrong of ['x', 'a.b.c.d.e', '', code!.slice(0, -2)]) {
        const { error } = await socket.refusal('oauth_exchange', 'auth', { code: wrong, code_verifier })
        assert.equal(error.code, 'OAUTH_REFUSED')
      }
      assert.ok((await socket.call('oauth_exchange', 'auth', { code, code_verifier })).access_token)
    })

    it('needs a challenge at the start', async () => {
      assertRefused(await new Browser().get(url('?response=cookie')), {
        code: 'VALIDATION_ERROR',
        field: 'response'
      })
      assertRefused(await new Browser().get(url('?response=code')), {
        code: 'VALIDATION_ERROR',
        field: 'code_challenge'
      })
      assertRefused(await new Browser().get(url('?response=code&code_challenge=short')), {
        code: 'VALIDATION_ERROR',
        field: 'code_challenge'
      })
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
