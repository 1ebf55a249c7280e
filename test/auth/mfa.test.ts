import assert from 'node:assert/strict'
import { generate } from 'otplib'
import { stepOf } from '../../packages/rachis/src/accounts/totp'
import { anonymous, PASSWORD } from '../helpers/world'
import { assertError, assertRefused } from '../input/contract'
import { here, there, withFactors, post, codeOf, later, settled, enrolled, login, events } from './mfa-stage'

describe('MFA', () => {
  withFactors()

  describe('enrolling', () => {
    it('answers a secret, its URI and a picture, and asks for a code before it is in force', async () => {
      const person = await here.register('enroller')
      const { status, body } = await post(person, '/auth/mfa/enroll', { password: PASSWORD })
      assert.equal(status, 200)
      assert.match(body.secret, /^[A-Z2-7]{32}$/)
      const uri = new URL(body.otpauth_uri)
      assert.deepEqual([uri.protocol, uri.host, uri.pathname], ['otpauth:', 'totp', '/Rachis:enroller%40example.com']) // prettier-ignore
      assert.equal(uri.searchParams.get('secret'), body.secret)
      assert.match(Buffer.from(body.qr_code.split('base64,')[1], 'base64').toString(), /^<svg/)
      assert.equal((await login(person)).status, 200)
      assert.deepEqual((await here.rest(person, 'GET', '/auth/mfa')).body, { enabled: false, verified: false, recovery_codes_left: 0 }) // prettier-ignore
      assertRefused(await post(person, '/auth/mfa/confirm', { code: '000000' }), { code: 'INVALID_CODE' })
      const again = (await post(person, '/auth/mfa/enroll', { password: PASSWORD })).body
      assert.notEqual(again.secret, body.secret)
      assertRefused(await post(person, '/auth/mfa/confirm', { code: await generate({ secret: body.secret }) }), { code: 'INVALID_CODE' }) // prettier-ignore
      const confirmed = await post(person, '/auth/mfa/confirm', { code: await generate({ secret: again.secret }) }) // prettier-ignore
      assert.equal(new Set(confirmed.body.recovery_codes).size, 10)
      assert.deepEqual((await here.rest(person, 'GET', '/auth/mfa')).body, { enabled: true, verified: true, recovery_codes_left: 10 }) // prettier-ignore
      assertRefused(await post(person, '/auth/mfa/enroll', { password: PASSWORD }), { code: 'CONFLICT' })
      assertRefused(await login(person), { code: 'MFA_REQUIRED' })
      assert.ok((await events(person)).includes('mfa_enrolled'))
    })

    it('puts the secret in force that the code was of, also where another is enrolled at once', async () => {
      for (let round = 0; round < 4; round++) {
        const person = await here.register(`racer${round}`)
        const { secret } = (await post(person, '/auth/mfa/enroll', { password: PASSWORD })).body
        const code = await generate({ secret })
        const [confirmed] = await Promise.all([
          post(person, '/auth/mfa/confirm', { code }, there),
          post(person, '/auth/mfa/enroll', { password: PASSWORD })
        ])
        await later(person)
        const { status } = await login(person, { code: await generate({ secret }) })
        if (confirmed.status === 200) assert.equal(status, 200)
        else assertRefused(confirmed, { code: 'INVALID_CODE' })
      }
    })

    it('wants the password, or that somebody signed in a short while ago', async () => {
      const person = await here.register('fresh')
      assertRefused(await post(person, '/auth/mfa/enroll', { password: 'wrong-horse' }), { code: 'VALIDATION_ERROR', field: 'password' }) // prettier-ignore
      assert.equal((await post(person, '/auth/mfa/enroll')).status, 200)
      await here.sql(`update sessions set created_at = now() - interval '1 hour' where user_id = $1`, [
        person.id
      ])
      assertRefused(await post(person, '/auth/mfa/enroll'), { code: 'FORBIDDEN', field: 'password' })
      assertRefused(await post(anonymous, '/auth/mfa/enroll'), { code: 'NOT_AUTHENTICATED' })
    })

    it('keeps no secret that can be read: not in the database, the feed, an event or the log of the door', async () => {
      const listener = await here.socket(await here.register('listening'))
      const holder = await enrolled()
      await settled()
      const stored = await here.sql(`select * from mfa_factors where user_id = $1`, [holder.id])
      const codes = await here.sql(`select * from recovery_codes where user_id = $1`, [holder.id])
      const told = await here.sql('select before, after from changes')
      const log = await here.sql('select * from security_events')
      const [code] = holder.recovery_codes
      const all = JSON.stringify([stored, codes, told, log, listener.events])
      for (const secret of [holder.secret, code!, code!.replaceAll('-', '')]) assert.ok(!all.includes(secret))
      const heard = JSON.stringify([told, log, listener.events])
      for (const hidden of [stored[0]!.secret, codes[0]!.hash]) assert.ok(!heard.includes(hidden))
      for (const path of ['/mfa-factors', '/recovery-codes'])
        assert.equal((await here.rest(holder, 'GET', path)).status, 404)
    })
  })

  describe('signing in', () => {
    it('takes a code as well, over REST, by Feathers’ service and on a socket', async () => {
      const holder = await enrolled()
      assertRefused(await login(holder), { code: 'MFA_REQUIRED' })
      assertRefused(await login(holder, { password: 'wrong-horse' }), { code: 'INVALID_LOGIN' })
      assertRefused(await login(holder, { password: 'wrong-horse', code: await codeOf(holder) }), { code: 'INVALID_LOGIN' }) // prettier-ignore
      assertRefused(await login(holder, { code: '000000' }), { code: 'INVALID_CODE' })
      const signedIn = await login(holder, { code: await codeOf(holder) })
      assert.equal(signedIn.status, 200)
      await later(holder)
      const local = { strategy: 'local', email: holder.email, password: PASSWORD }
      assertRefused(await post(anonymous, '/authentication', local), { code: 'MFA_REQUIRED' })
      assert.equal((await post(anonymous, '/authentication', { ...local, code: await codeOf(holder) })).status, 201) // prettier-ignore
      await later(holder)
      const socket = await here.socket()
      assertError(await socket.refusal('create', 'authentication', local), { code: 'MFA_REQUIRED' })
      assertError(await socket.refusal('login', 'auth', { email: holder.email, password: PASSWORD }), { code: 'MFA_REQUIRED' }) // prettier-ignore
      for (const code of [{}, ['1'], 7, true, 'x'.repeat(5000), '١٢٣٤٥٦'])
        assertError(await socket.refusal('create', 'authentication', { ...local, code }), { code: 'INVALID_CODE' }) // prettier-ignore
      await socket.call('create', 'authentication', { ...local, code: ` ${(await codeOf(holder)).slice(0, 3)} ${(await codeOf(holder)).slice(3)}` }) // prettier-ignore
      assert.equal((await socket.call('find', 'vaults', {})).total >= 0, true)
    })

    it('takes the code of the step before and after, and none further off', async () => {
      const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
      const epoch = 1_700_000_010
      for (const second of [0, 29]) {
        const now = (epoch - (epoch % 30) + second) * 1000
        const steps = await Promise.all([-2, -1, 0, 1, 2].map(async (step) => stepOf(secret, await generate({ secret, epoch: now / 1000 + 30 * step }), now))) // prettier-ignore
        const present = Math.floor(now / 30_000)
        assert.deepEqual(steps, [undefined, present - 1, present, present + 1, undefined])
      }
    })

    it('takes each code once, and none that is older than one that was taken', async () => {
      const holder = await enrolled()
      const [now, before] = [await codeOf(holder), await codeOf(holder, -1)]
      assert.equal((await login(holder, { code: now })).status, 200)
      for (const code of [now, before])
        assertRefused(await login(holder, { code }, there), { code: 'INVALID_CODE' })
    })

    it('of twenty at once with one code, over two processes, lets one in', async () => {
      const holder = await enrolled()
      const code = await codeOf(holder)
      // Each wrong code counts, and more than ten are refused unseen: what counts here is that one was right.
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) => login(holder, { code }, i % 2 ? here : there))
      )
      const statuses = answers.map(({ status }) => status)
      assert.equal(statuses.filter((status) => status === 200).length, 1, statuses.join())
      assert.ok(statuses.every((status) => [200, 401, 429].includes(status)))
    })

    it('takes a recovery code once, also where twenty try at once, and in any spelling', async () => {
      const holder = await enrolled()
      const [code, other] = holder.recovery_codes as [string, string]
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) => login(holder, { code }, i % 2 ? here : there))
      )
      assert.equal(answers.filter(({ status }) => status === 200).length, 1)
      await here.app.get('limits').reset('code_user', holder.id!)
      assert.equal(
        (await login(holder, { code: ` ${other.toLowerCase().replaceAll('-', ' ')} ` })).status,
        200
      )
      const { body } = await here.rest(holder, 'GET', '/auth/mfa')
      assert.equal(body.recovery_codes_left, 8)
      assert.equal((await events(holder)).filter((event) => event === 'recovery_code_used').length, 2)
      const stranger = await enrolled()
      assertRefused(await login(stranger, { code: holder.recovery_codes[5] }), { code: 'INVALID_CODE' })
    })

    it('refuses more than ten codes in an hour, also the right one, whatever was right before', async () => {
      const holder = await enrolled()
      assert.equal((await login(holder, { code: await codeOf(holder) })).status, 200)
      await later(holder)
      const answers = await Promise.all(Array.from({ length: 15 }, (_, i) => login(holder, { code: String(i).padStart(6, '0') }, i % 2 ? here : there))) // prettier-ignore
      assert.deepEqual(answers.map(({ status }) => status).sort(), [...Array(10).fill(401), ...Array(5).fill(429)]) // prettier-ignore
      const late = await login(holder, { code: await codeOf(holder) })
      assertRefused(late, { code: 'TOO_MANY_REQUESTS' })
      assert.ok(Number(late.headers.get('Retry-After')) > 3000)
      assertRefused(await post(holder, '/auth/mfa/verify', { code: await codeOf(holder) }), { code: 'TOO_MANY_REQUESTS' }) // prettier-ignore
      assert.ok((await events(holder)).includes('mfa_failed'))
    })
  })
})
