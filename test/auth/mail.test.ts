import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { simpleParser } from 'mailparser'
import type { Answer, Json } from '../helpers/world'
import { anonymous, PASSWORD, startWorld } from '../helpers/world'
import type { Received } from '../helpers/mailbox'
import { tokenOf } from '../helpers/mailbox'
import { assertRefused } from '../input/contract'
import {
  BETTER,
  here,
  leavesNoToken,
  mailbox,
  onStage,
  post,
  login,
  idle,
  person,
  isVerified,
  eventsOf,
  invalid,
  there
} from './mail-stage'

describe('mails', () => {
  onStage()

  describe('to confirm an address', () => {
    it('are sent to whoever registers, as text and HTML, and confirm once', async () => {
      const email = 'ada@example.com'
      const { body } = await post('register', { email, username: 'ada', password: PASSWORD })
      const [received] = await mailbox.to(email)
      const { mail } = received!
      assert.deepEqual(received!.to, [email])
      assert.deepEqual(
        [mail.from!.text, mail.subject],
        ['"Shop" <shop@example.com>', 'Confirm your email address']
      )
      const token = tokenOf(received!)
      const link = `https://shop.example/auth/verify-email#token=${token}`
      assert.ok(mail.text!.includes(link) && (mail.html as string).includes(`href="${link}"`), received!.raw)
      assert.equal(await isVerified(body.user.id), false)
      assert.deepEqual((await post('verify-email', { token })).body, { success: true })
      assert.equal(await isVerified(body.user.id), true)
      invalid(await post('verify-email', { token }))
      assert.deepEqual(await eventsOf(email), ['registered', 'login_succeeded', 'email_verified'])
    })

    it('can be asked for again, which is the end of the older', async () => {
      const { email } = (await post('register', { email: 'bob@example.com', username: 'bob', password: PASSWORD })).body.user // prettier-ignore
      const first = await mailbox.token(email)
      assert.equal((await post('resend-verification', { email: 'BOB@Example.com' })).status, 202)
      const second = await mailbox.token(email, /Confirm/, 2)
      invalid(await post('verify-email', { token: first }))
      assert.equal((await post('verify-email', { token: second })).status, 200)
      assert.equal((await post('resend-verification', { email })).status, 202)
      await idle()
      assert.equal((await mailbox.to(email)).length, 2)
    })

    it('work on sockets', async () => {
      const socket = await there.socket()
      const email = 'sock@example.com'
      await socket.call('register', 'auth', { email, username: 'sock', password: PASSWORD })
      const token = await mailbox.token(email)
      assert.deepEqual(await socket.call('verify_email', 'auth', { token }), { success: true })
      assert.deepEqual(await socket.call('forgot_password', 'auth', { email }), { success: true })
      const reset = await mailbox.token(email, /new password/)
      assert.equal((await socket.refusal('verify_email', 'auth', { token: reset })).error.code, 'INVALID_ONE_TIME_TOKEN') // prettier-ignore
      assert.deepEqual(await socket.call('reset_password', 'auth', { token: reset, password: BETTER }), { success: true }) // prettier-ignore
      assert.equal((await login(email, BETTER)).status, 200)
    })
  })

  it('take no header from anybody, and no other kind of value', async () => {
    const wrong = ['a@example.com\r\nBcc: all@example.com', 'a@example.com, b@example.com', '"a\r\nBcc: x" <a@example.com>', ['a@example.com'], { email: 'a@example.com' }, null, 7, ''] // prettier-ignore
    for (const email of wrong)
      for (const path of ['forgot-password', 'resend-verification'])
        assertRefused(await post(path, { email }), { code: 'VALIDATION_ERROR', field: 'email' })
    for (const token of [['x'], { $ne: '' }, null, 7]) {
      assertRefused(await post('verify-email', { token }), { code: 'VALIDATION_ERROR', field: 'token' })
      assertRefused(await post('reset-password', { token, password: BETTER }), { code: 'VALIDATION_ERROR', field: 'token' }) // prettier-ignore
    }
    for (const path of ['forgot-password', 'verify-email'])
      assertRefused(await post(path, { email: 'x'.repeat(10_000_000) }), { code: 'PAYLOAD_TOO_LARGE' })
    const first_name = 'Eve\r\nBcc: all@example.com\r\n\r\n<script>https://evil.example</script>'
    const email = 'eve@example.com'
    await post('register', { email, username: 'evil', password: PASSWORD, first_name })
    const [{ to, raw }] = (await mailbox.to(email)) as [Received]
    assert.deepEqual(to, [email])
    // A token may have any letters in a row, but none of these signs behind them.
    assert.doesNotMatch(raw, /Bcc:|script(>|&gt;)|evil\.example/i)
  })

  it('are limited by address and by email, for known and unknown ones alike', async () => {
    const limits = { mail_email: 3, mail_address: 9, token_address: 4 }
    const world = await startWorld({ database: here.database, settings: { secret_key: `mail-${randomUUID()}`, mail: { smtp_url: mailbox.url }, auth: { limits }, trust_proxy: 1 } }) // prettier-ignore
    const { email } = await person()
    const ask = (path: string, body: Json, address: string) =>
      world.rest(anonymous, 'POST', `/auth/${path}`, { body, headers: { 'X-Forwarded-For': address } })
    for (const [index, address] of [email, 'nobody@example.com'].entries()) {
      const answers: Answer[] = []
      for (let n = 0; n < 4; n++) answers.push(await ask(n % 2 ? 'forgot-password' : 'resend-verification', { email: address }, `192.0.2.${index}`)) // prettier-ignore
      assert.deepEqual(answers.map(({ status }) => status), [202, 202, 202, 429]) // prettier-ignore
    }
    const many = await Promise.all(Array.from({ length: 12 }, (_, n) => ask('forgot-password', { email: `n${n}@example.com` }, '192.0.2.9'))) // prettier-ignore
    assert.equal(many.filter(({ status }) => status === 202).length, 9)
    const tokens = await Promise.all(Array.from({ length: 6 }, (_, n) => ask(n % 2 ? 'verify-email' : 'confirm-email-change', { token: 'x' }, '192.0.2.8'))) // prettier-ignore
    assert.deepEqual(tokens.map(({ status }) => status).sort(), [400, 400, 400, 400, 429, 429])
    await world.close(true)
  })

  it('are kept in a folder where there is no server, for their owner’s eyes', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'rachis-mail-'))
    const world = await startWorld({ database: here.database, settings: { mail: { smtp_url: '', folder } } })
    const { email } = await person()
    await post('forgot-password', { email }, anonymous, world)
    await world.app.get('mailer').idle()
    const [file] = readdirSync(folder)
    const mail = await simpleParser(readFileSync(path.join(folder, file!)))
    assert.match(file!, /-reset_password-.*\.eml$/)
    assert.equal(statSync(path.join(folder, file!)).mode & 0o077, 0)
    assert.deepEqual([(mail.to as { text: string }).text, mail.subject], [email, 'Set a new password'])
    assert.ok(mail.text!.includes('#token='))
    await world.close(true)
    rmSync(folder, { recursive: true })
  })

  it('that fail change no answer', async () => {
    const world = await startWorld({ database: here.database, settings: { mail: { smtp_url: 'smtp://127.0.0.1:1' } } }) // prettier-ignore
    const { email } = await person()
    assert.equal((await post('forgot-password', { email }, anonymous, world)).status, 202)
    await world.app.get('mailer').idle()
    assert.equal((await world.rest(anonymous, 'GET', '/products')).status, 200)
    await world.close(true)
  })

  leavesNoToken()
})
