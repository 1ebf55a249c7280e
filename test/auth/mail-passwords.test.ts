import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { generate } from 'otplib'
import { onServer } from '../helpers/database'
import type { Answer } from '../helpers/world'
import { anonymous, PASSWORD, startWorld } from '../helpers/world'
import { assertRefused } from '../input/contract'
import {
  admin,
  BETTER,
  here,
  leavesNoToken,
  mailbox,
  onStage,
  post,
  login,
  idle,
  person,
  forgotten,
  isVerified,
  eventsOf,
  invalid,
  there
} from './mail-stage'

describe('mails', () => {
  onStage()

  describe('to set a new password', () => {
    it('set it, sign out everywhere and tell the owner', async () => {
      const { email, id, token, refresh_token } = await person()
      const socket = await there.socket({ name: 'x', token })
      const reset = await forgotten(email)
      assert.deepEqual((await post('reset-password', { token: reset, password: BETTER })).body, {
        success: true
      })
      assertRefused(await login(email, PASSWORD), { code: 'INVALID_LOGIN' })
      assertRefused(await here.rest({ name: 'x', token }, 'GET', '/auth/me'), { code: 'INVALID_TOKEN' })
      assertRefused(await post('refresh', { refresh_token }, anonymous, there), { code: 'INVALID_TOKEN' })
      await there.settled()
      assert.equal((await socket.refusal('me', 'auth', {})).error.code, 'NOT_AUTHENTICATED')
      assert.equal((await login(email, BETTER)).status, 200)
      assert.equal(await isVerified(id), true)
      await mailbox.to(email, /was changed/)
      invalid(await post('reset-password', { token: reset, password: PASSWORD }))
      const events = await eventsOf(email)
      for (const event of ['password_reset_requested', 'password_reset'])
        assert.ok(events.includes(event), event)
    })

    it('leave nothing to whoever made the account with an address that is not theirs', async () => {
      const { email, id, ...squatter } = await person()
      const { key } = (await here.rest(squatter, 'POST', '/api-keys', { body: { name: 'k', permissions: ['*:*'] } })).body // prettier-ignore
      await here.sql(`insert into identities (provider, subject, email, user_id) values ('acme', $1, null, $2)`, [email, id]) // prettier-ignore
      const { secret } = (await post('mfa/enroll', {}, squatter)).body
      assert.equal((await post('mfa/confirm', { code: await generate({ secret }) }, squatter)).status, 200)
      const headers = { 'X-API-Key': key }
      assert.equal((await here.rest(anonymous, 'GET', '/tasks', { headers })).status, 200)
      assert.equal((await post('reset-password', { token: await forgotten(email), password: BETTER })).status, 200) // prettier-ignore
      assert.equal((await login(email, BETTER)).status, 200)
      await here.settled()
      assertRefused(await here.rest(anonymous, 'GET', '/tasks', { headers }), { code: 'INVALID_API_KEY' })
      assert.deepEqual(await here.sql('select id from identities where user_id = $1', [id]), [])
      const [{ details }] = (await here.rest(admin, 'GET', `/security-events?email=${email}&event=password_reset`)).body.data // prettier-ignore
      assert.deepEqual(details, { api_keys: 1, identities: 1, second_factors: 1 })
    })

    it('leave keys and second factor to whoever had confirmed the address', async () => {
      const { email, id, ...owner } = await person()
      await here.sql('update users set is_verified = true where id = $1', [id])
      const { key } = (await here.rest(owner, 'POST', '/api-keys', { body: { name: 'k', permissions: ['*:*'] } })).body // prettier-ignore
      const { secret } = (await post('mfa/enroll', {}, owner)).body
      await post('mfa/confirm', { code: await generate({ secret }) }, owner)
      assert.equal((await post('reset-password', { token: await forgotten(email), password: BETTER })).status, 200) // prettier-ignore
      assertRefused(await login(email, BETTER), { code: 'MFA_REQUIRED' })
      assert.equal((await here.rest(anonymous, 'GET', '/tasks', { headers: { 'X-API-Key': key } })).status, 200) // prettier-ignore
    })

    it('let one of fifty uses at once through, over two processes', async () => {
      const { email } = await person()
      const token = await forgotten(email)
      const uses = Array.from({ length: 50 }, (_, index) =>
        post(
          'reset-password',
          { token, password: `password number ${index}` },
          anonymous,
          index % 2 ? here : there
        )
      )
      const answers = await Promise.all(uses)
      const winners = answers.flatMap(({ status }, index) => (status === 200 ? [index] : []))
      assert.equal(winners.length, 1, JSON.stringify(answers.map(({ status }) => status)))
      assert.ok(answers.every(({ status }) => status === 200 || status === 400))
      assert.equal((await login(email, `password number ${winners[0]}`)).status, 200)
    })

    it('let more at once through than the database has connections', async () => {
      const people = await Promise.all(Array.from({ length: 15 }, () => person()))
      const tokens = await Promise.all(people.map(({ email }) => forgotten(email)))
      const answers = await Promise.all(
        tokens.map((token) => post('reset-password', { token, password: BETTER }))
      )
      assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
    })

    it('are good for their purpose, their time, their address and an active account only', async () => {
      const { email, id } = await person()
      const answers: Answer[] = []
      const use = async (token: string) =>
        answers.push(await post('reset-password', { token, password: BETTER }))
      const { body } = await post('register', { email: 'purpose@example.com', username: 'purpose', password: PASSWORD }) // prettier-ignore
      assert.ok(body.user)
      await use(await mailbox.token('purpose@example.com'))
      const token = await forgotten(email)
      for (const [change, back] of [
        [`update one_time_tokens set expires_at = now() - interval '1 second' where user_id = $1`, `update one_time_tokens set expires_at = now() + interval '1 hour' where user_id = $1`],
        [`update users set email = 'elsewhere@example.com' where id = $1`, `update users set email = '${email}' where id = $1`],
        [`update users set is_active = false where id = $1`, `update users set is_active = true where id = $1`]
      ] as const) {
        await here.sql(change, [id])
        await use(token)
        await here.sql(back, [id])
      } // prettier-ignore
      for (const wrong of ['x', 'A'.repeat(64), token.slice(0, -2) + 'AA', `${token}=`, `${token} `])
        await use(wrong)
      for (const answer of answers) invalid(answer)
      assertRefused(await post('reset-password', { token, password: 'short' }), { code: 'VALIDATION_ERROR', field: 'password' }) // prettier-ignore
      assert.equal((await post('reset-password', { token, password: BETTER })).status, 200)
    })

    it('reset nothing for somebody who has gone', async () => {
      const { email, id } = await person()
      const token = await forgotten(email)
      await here.rest(admin, 'DELETE', `/users/${id}`)
      invalid(await post('reset-password', { token, password: BETTER }))
    })

    it('end a lock: whoever reads the mail is let in', async () => {
      const locked = await startWorld({ database: here.database, settings: { secret_key: `mail-${randomUUID()}`, mail: { smtp_url: mailbox.url }, auth: { limits: { login_email: 2 } } } }) // prettier-ignore
      const { email } = await person()
      const attempt = (password: string) => post('login', { email, password }, anonymous, locked)
      for (let n = 0; n < 3; n++) await attempt('wrong')
      assertRefused(await attempt(PASSWORD), { code: 'TOO_MANY_REQUESTS' })
      const token = await forgotten(email)
      assert.equal((await post('reset-password', { token, password: BETTER }, anonymous, locked)).status, 200)
      assert.equal((await attempt(BETTER)).status, 200)
      await locked.close(true)
    })

    it('go to no one who has no account, or whose account is off, and the answer is the same', async () => {
      const [known, off] = [await person(), await person()]
      await here.sql('update users set is_active = false where id = $1', [off.id])
      const answers = await Promise.all(['nobody@example.com', known.email, off.email].map((email) => post('forgot-password', { email }))) // prettier-ignore
      const shown = ({ status, headers, body }: Answer) => ({ status, body, headers: Object.fromEntries([...headers].filter(([name]) => !['date', 'x-request-id'].includes(name))) }) // prettier-ignore
      for (const answer of answers) assert.deepEqual(shown(answer), shown(answers[0]!))
      await mailbox.to(known.email, /new password/)
      await idle()
      for (const email of ['nobody@example.com', off.email]) assert.equal(mailbox.received.filter(({ to }) => to.includes(email)).length, 0) // prettier-ignore
    })

    it('take as long for an unknown address: nothing is looked up before the answer', async () => {
      const { email } = await person()
      await idle()
      await onServer(async (other) => {
        await other.query('begin; lock table users in access exclusive mode')
        for (const address of [email, 'nobody@example.com'])
          assert.equal((await post('forgot-password', { email: address })).status, 202)
        await other.query('rollback')
      }, { connectionString: here.database }) // prettier-ignore
      await mailbox.to(email, /new password/)
    })
  })

  leavesNoToken()
})
