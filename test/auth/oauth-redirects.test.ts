import assert from 'node:assert/strict'
import { Browser, challenged, fragmentOf } from '../helpers/browser'
import { onStage } from '../helpers/identity-provider'
import { anonymous } from '../helpers/world'
import { assertRefused } from '../input/contract'

const APP = 'https://app.example.com'

describe('signing in by a provider', () => {
  const stage = onStage()
  const { somebody, url, me, lastRefusal } = stage

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
      assert.equal(await target(`${stage.world.url}/admin`), `${stage.world.url}/admin#…`)
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
})
