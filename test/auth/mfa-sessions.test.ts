import assert from 'node:assert/strict'
import type { Json, Listener, Person } from '../helpers/world'
import { anonymous, PASSWORD, startWorld } from '../helpers/world'
import { assertError, assertRefused } from '../input/contract'
import { here, there, vaults, withFactors, post, codeOf, settled, enrolled, login, events } from './mfa-stage'

describe('MFA', () => {
  withFactors()

  describe('a session with a second factor', () => {
    const vaultsOf = (person: Person, world = here) => world.rest(person, 'GET', '/vaults')

    it('is what a rule can ask for; it lasts over a refresh', async () => {
      const holder = await enrolled()
      const other = await here.register('without')
      assertRefused(await vaultsOf(other), { code: 'FORBIDDEN' })
      const { body } = await login(holder, { code: await codeOf(holder) })
      const refreshed = (await post(anonymous, '/auth/refresh', { refresh_token: body.refresh_token })).body
      for (const token of [body.access_token, refreshed.access_token])
        assert.equal((await vaultsOf({ name: 'holder', token }, there)).status, 200)
    })

    it('is made of one without by a code, on all processes and on its open sockets', async () => {
      const holder = await enrolled()
      await here.sql('update sessions set mfa_at = null where user_id = $1', [holder.id])
      await settled()
      const socket: Listener = await there.socket(holder)
      assertRefused(await vaultsOf(holder, there), { code: 'FORBIDDEN' })
      assertError(await socket.refusal('find', 'vaults', {}), { code: 'FORBIDDEN' })
      assertRefused(await post(holder, '/auth/mfa/verify', { code: '123' }), { code: 'INVALID_CODE' })
      assert.deepEqual((await post(holder, '/auth/mfa/verify', { code: await codeOf(holder) })).body, { success: true }) // prettier-ignore
      assert.equal((await vaultsOf(holder)).status, 200)
      await settled()
      assert.equal((await vaultsOf(holder, there)).status, 200)
      await here.rest(holder, 'POST', '/vaults', { body: { title: 'Gold' } })
      await socket.event('vaults created')
      assert.ok((await events(holder)).includes('mfa_verified'))
    })

    it('is verified on a socket as well', async () => {
      const holder = await enrolled()
      await here.sql('update sessions set mfa_at = null where user_id = $1', [holder.id])
      await settled()
      const socket = await here.socket(holder)
      assertError(await socket.refusal('mfa_verify', 'auth', { code: '000000' }), { code: 'INVALID_CODE' })
      await socket.call('mfa_verify', 'auth', { code: await codeOf(holder) })
      assert.ok((await socket.call('find', 'vaults', {})).data)
    })

    it('must be a recent one for keys and for what somebody signs in by, once they have a factor', async () => {
      const holder = await enrolled('stepper')
      await here.sql(`update sessions set mfa_at = now() - interval '16 minutes' where user_id = $1`, [
        holder.id
      ])
      await settled()
      const socket = await here.socket(holder)
      const key = { name: 'x', permissions: ['tasks:find'] }
      const CHANGE = { current_password: PASSWORD, new_password: 'staple-battery-9' }
      const MAIL = { email: 'new@example.com', password: CHANGE.new_password }
      const calls: [string, string, Json, unknown[]][] = [
        ['POST', '/api-keys', key, ['create', 'api-keys', key]],
        ['POST', '/auth/password', CHANGE, ['change_password', 'auth', CHANGE]],
        ['POST', '/auth/change-email', MAIL, ['change_email', 'auth', MAIL]]
      ] // prettier-ignore
      for (const [method, path, body, [name, ...args]] of calls) {
        assertRefused(await here.rest(holder, method, path, { body }), { code: 'MFA_REQUIRED' })
        assertError(await socket.refusal(name as string, ...args), { code: 'MFA_REQUIRED' })
      }
      assert.equal((await here.rest(holder, 'PATCH', `/users/${holder.id}`, { body: { first_name: 'Ann' } })).status, 200) // prettier-ignore
      await post(holder, '/auth/mfa/verify', { code: await codeOf(holder) })
      for (const [method, path, body] of calls)
        assert.ok((await here.rest(holder, method, path, { body })).status < 300, path)
    })
  })

  describe('taking it away', () => {
    it('wants the password and a code, and takes what was proved by it along', async () => {
      const holder = await enrolled()
      const disable = (body: Json) => post(holder, '/auth/mfa/disable', body)
      assertRefused(await disable({ password: PASSWORD, code: '000000' }), { code: 'INVALID_CODE' })
      assertRefused(await disable({ password: 'wrong-horse', code: await codeOf(holder) }), { code: 'VALIDATION_ERROR', field: 'password' }) // prettier-ignore
      assertRefused(await disable({ password: PASSWORD }), { code: 'VALIDATION_ERROR', field: 'code' })
      assert.equal((await here.rest(holder, 'GET', '/vaults')).status, 200)
      assert.deepEqual((await disable({ password: PASSWORD, code: await codeOf(holder) })).body, {
        success: true
      })
      assertRefused(await here.rest(holder, 'GET', '/vaults'), { code: 'FORBIDDEN' })
      assert.equal((await login(holder)).status, 200)
      assert.deepEqual(await here.sql('select id from recovery_codes where user_id = $1', [holder.id]), [])
      assert.ok((await events(holder)).includes('mfa_disabled'))
    })

    it('new recovery codes make the old ones useless', async () => {
      const holder = await enrolled()
      assertRefused(await post(holder, '/auth/mfa/recovery-codes', { code: 'x' }), { code: 'INVALID_CODE' })
      const { body } = await post(holder, '/auth/mfa/recovery-codes', { code: holder.recovery_codes[0] })
      assert.equal(body.recovery_codes.length, 10)
      assertRefused(await login(holder, { code: holder.recovery_codes[1] }), { code: 'INVALID_CODE' })
      assert.equal((await login(holder, { code: body.recovery_codes[1] })).status, 200)
    })

    it('is not for whoever has an API key of the account', async () => {
      const holder = await enrolled()
      const { body } = await post(holder, '/api-keys', { name: 'x', permissions: ['*:*'] })
      for (const path of ['enroll', 'confirm', 'verify', 'disable', 'recovery-codes'])
        assertRefused(await here.rest(anonymous, 'POST', `/auth/mfa/${path}`, { body: { code: '000000' }, headers: { 'X-API-Key': body.key } }), { code: 'FORBIDDEN' }) // prettier-ignore
    })
  })

  it('a secret that was sealed before a rotation of the key opens by the previous one, and not without it', async () => {
    const holder = await enrolled()
    const previous = here.app.get('secret_key')
    const settings = { secret_key: 'a new secret of more than thirty-two characters' }
    const rotated = await startWorld({ resources: [vaults], database: here.database, settings: { ...settings, auth: { previous_keys: [previous] } } }) // prettier-ignore
    assert.equal((await login(holder, { code: await codeOf(holder) }, rotated)).status, 200)
    assert.equal((await login(holder, { code: holder.recovery_codes[0] }, rotated)).status, 200)
    await rotated.close(true)
  })
})
