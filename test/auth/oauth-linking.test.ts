import assert from 'node:assert/strict'
import { generate } from 'otplib'
import { Browser, challenged, fragmentOf } from '../helpers/browser'
import { onStage } from '../helpers/identity-provider'
import { anonymous, PASSWORD } from '../helpers/world'
import { assertRefused } from '../input/contract'

describe('the account behind a provider', () => {
  const stage = onStage()
  const { somebody, me, identities, people, signIn, lastRefusal } = stage

  describe('linking', () => {
    const post = (token: string | undefined, path: string, body: object) =>
      stage.world.rest({ name: 'x', token }, 'POST', path, { body })
    const begin = async (token: string, challenge: string, name = 'acme') => {
      const { body, status } = await post(token, '/auth/oauth/link', {
        provider: name,
        code_challenge: challenge
      })
      assert.equal(status, 200, JSON.stringify(body))

      return `${stage.world.url}${body.url}`
    }

    it('adds a provider to the account that is signed in, whatever the address', async () => {
      const owner = await stage.world.register('linker')
      const { code_verifier, code_challenge } = challenged()
      const { sub, email } = somebody({ email_verified: false })
      const before = await people()
      const { code } = fragmentOf(
        (await new Browser().signIn(await begin(owner.token!, code_challenge), sub)).location
      )
      assert.equal((await identities(`subject = '${sub}'`)).length, 0)
      assertRefused(await post(undefined, '/auth/oauth/confirm', { code, code_verifier }), {
        code: 'NOT_AUTHENTICATED'
      })
      assertRefused(await post(undefined, '/auth/oauth/exchange', { code, code_verifier }), {
        code: 'OAUTH_REFUSED'
      })
      const { status, body } = await post(owner.token, '/auth/oauth/confirm', { code, code_verifier })
      assert.deepEqual(
        [status, body.provider, body.subject, body.user_id, body.email],
        [201, 'acme', sub, owner.id, null]
      )
      assertRefused(await post(owner.token, '/auth/oauth/confirm', { code, code_verifier }), {
        code: 'DUPLICATE',
        field: 'provider'
      })
      assert.equal(await people(), before)
      const { access_token } = await signIn(sub)
      assert.equal((await me(access_token!)).body.id, owner.id)
      assert.notEqual((await me(access_token!)).body.email, email)
      // Where addresses have to be confirmed, by this door too.
      const { app } = stage.world
      const auth = app.get('auth')
      app.set('auth', { ...auth, require_verified_email: true })
      const refused = await signIn(sub)
      app.set('auth', auth)
      assert.equal(refused.error_code, 'EMAIL_NOT_VERIFIED')
    })

    it('is for the one who began it alone, and never takes an identity from another', async () => {
      const [one, two] = [await stage.world.register('linkone'), await stage.world.register('linktwo')]
      const { code_verifier, code_challenge } = challenged()
      const { sub } = somebody()
      const { code } = fragmentOf(
        (await new Browser().signIn(await begin(one.token!, code_challenge), sub)).location
      )
      assertRefused(await post(two.token, '/auth/oauth/confirm', { code, code_verifier }), {
        code: 'OAUTH_REFUSED'
      })
      assert.equal((await lastRefusal()).details.reason, 'code_of_another')
      await signIn(sub)
      assertRefused(await post(one.token, '/auth/oauth/confirm', { code, code_verifier }), {
        code: 'DUPLICATE',
        field: 'provider'
      })
      assert.equal((await identities(`user_id = ${one.id}`)).length, 0)
    })

    it('asks for the password where the session is not fresh, and for a code where there is a second factor', async () => {
      const owner = await stage.world.register('careful')
      const { sub } = somebody()
      const { code_verifier, code_challenge } = challenged()
      const body = { provider: 'acme', code_challenge }
      await stage.world.sql(`update sessions set created_at = now() - interval '1 day' where user_id = $1`, [
        owner.id
      ])
      assertRefused(await post(owner.token, '/auth/oauth/link', body), {
        code: 'FORBIDDEN',
        field: 'password'
      })
      assertRefused(await post(owner.token, '/auth/oauth/link', { ...body, password: 'a wrong one' }), {
        code: 'VALIDATION_ERROR',
        field: 'password'
      })
      const { body: begun } = await post(owner.token, '/auth/oauth/link', { ...body, password: PASSWORD })
      const { code } = fragmentOf(
        (await new Browser().signIn(`${stage.world.url}${begun.url}`, sub)).location
      )
      const { body: linked } = await post(owner.token, '/auth/oauth/confirm', { code, code_verifier })
      const { body: factor } = await post(owner.token, '/auth/mfa/enroll', { password: PASSWORD })
      const confirmed = await post(owner.token, '/auth/mfa/confirm', {
        code: await generate({ secret: factor.secret })
      })
      assert.equal(confirmed.status, 200)
      const { access_token } = await signIn(sub)
      assert.equal((await me(access_token!)).body.id, owner.id)
      assert.equal(
        (await stage.world.rest({ name: 'x', token: access_token }, 'GET', '/auth/mfa')).body.verified,
        false
      )
      assertRefused(await post(access_token, '/auth/oauth/link', body), { code: 'MFA_REQUIRED' })
      assertRefused(await post(access_token, `/identities/${linked.id}/unlink`, { password: PASSWORD }), {
        code: 'MFA_REQUIRED'
      })
      assert.equal(
        (await post(owner.token, `/identities/${linked.id}/unlink`, { password: PASSWORD })).status,
        200
      )
    })

    it('is not for an administrator who acts as somebody else', async () => {
      const [owner, admin] = [
        await stage.world.register('lent'),
        await stage.world.register('lender', { role: 'admin' })
      ]
      await stage.world.sql(
        `insert into identities (provider, subject, user_id) values ('acme', 'lent', $1)`,
        [owner.id]
      )
      const [identity] = await identities(`subject = 'lent'`)
      const { body, status } = await post(admin.token, `/users/${owner.id}/impersonate`, {})
      assert.equal(status, 200, JSON.stringify(body))
      const { code_challenge } = challenged()
      assertRefused(
        await post(body.access_token, '/auth/oauth/link', {
          provider: 'acme',
          code_challenge,
          password: PASSWORD
        }),
        { code: 'FORBIDDEN' }
      )
      assertRefused(
        await post(body.access_token, `/identities/${identity!.id}/unlink`, { password: PASSWORD }),
        { code: 'FORBIDDEN' }
      )
    })

    it('begins with a token, and for the provider it was begun for', async () => {
      const { code_challenge } = challenged()
      assertRefused(await post(undefined, '/auth/oauth/link', { provider: 'acme', code_challenge }), {
        code: 'NOT_AUTHENTICATED'
      })
      const { token } = await stage.world.register('begins')
      assertRefused(await post(token, '/auth/oauth/link', { provider: 'evil', code_challenge }), {
        code: 'VALIDATION_ERROR',
        field: 'provider'
      })
      const started = await begin(token!, code_challenge)
      assertRefused(await new Browser().get(started.replace('/acme', '/hub')), { code: 'OAUTH_REFUSED' })
      assertRefused(await new Browser().get(`${started}x`), { code: 'OAUTH_REFUSED' })
    })

    it('is undone, but the last way in stays unless the password shows another', async () => {
      const owner = await stage.world.register('unlinker')
      const both = [challenged(), challenged()]
      for (const { code_verifier, code_challenge } of both) {
        const { code } = fragmentOf(
          (await new Browser().signIn(await begin(owner.token!, code_challenge), somebody().sub)).location
        )
        await post(owner.token, '/auth/oauth/confirm', { code, code_verifier })
      }
      const { data } = (await stage.world.rest(owner, 'GET', '/identities')).body
      assert.equal(data.length, 2)
      const stranger = await stage.world.register('unlinkstranger')
      assert.equal((await stage.world.rest(stranger, 'GET', '/identities')).body.total, 0)
      assertRefused(await post(stranger.token, `/identities/${data[0].id}/unlink`, {}), { code: 'NOT_FOUND' })
      const answers = await Promise.all(
        data.map(({ id }: { id: number }) => post(owner.token, `/identities/${id}/unlink`, {}))
      )
      assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409])
      const [left] = (await stage.world.rest(owner, 'GET', '/identities')).body.data
      assertRefused(await post(owner.token, `/identities/${left.id}/unlink`, { password: 'a wrong one' }), {
        code: 'VALIDATION_ERROR',
        field: 'password'
      })
      assert.equal(
        (await post(owner.token, `/identities/${left.id}/unlink`, { password: PASSWORD })).status,
        200
      )
      assert.equal((await identities(`user_id = ${owner.id}`)).length, 0)
    })

    it('is done by nobody else: not by creating, changing or removing identities', async () => {
      const owner = await stage.world.register('direct')
      const admin = await stage.world.register('directadmin', { role: 'admin' })
      for (const person of [anonymous, owner, admin]) {
        const body = { provider: 'acme', subject: '1', user_id: owner.id, email: null }
        const { status } = await stage.world.rest(person, 'POST', '/identities', { body })
        assert.ok([401, 403, 405].includes(status), String(status))
      }
    })
  })
})
