import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { simpleParser } from 'mailparser'
import { generate } from 'otplib'
import { onServer } from '../helpers/database'
import type { Answer, Json, Person, World } from '../helpers/world'
import { anonymous, PASSWORD, startWorld } from '../helpers/world'
import { workOf } from '../helpers/work'
import type { Received } from '../helpers/mailbox'
import { Mailbox, tokenOf } from '../helpers/mailbox'
import { assertRefused } from '../input/contract'

const BETTER = 'a better one, and longer'
let count = 0

describe('mails', () => {
  const mailbox = new Mailbox()
  let here: World
  let there: World
  let admin: Person
  before(async () => {
    await mailbox.open()
    const settings = { public_url: 'https://shop.example/', mail: { smtp_url: mailbox.url, from: 'Shop <shop@example.com>' } } // prettier-ignore
    here = await startWorld({ settings })
    there = await startWorld({ settings, database: here.database })
    admin = await here.register('admin', { role: 'admin' })
  })
  after(async () => {
    await there?.close(true)
    await here?.close()
    await mailbox.close()
  })

  const post = (path: string, body: unknown, person: Person = anonymous, world = here) =>
    world.rest(person, 'POST', `/auth/${path}`, { body })
  const login = (email: string, password: string) => post('login', { email, password })
  const idle = () => Promise.all([here, there].map(({ app }) => app.get('mailer').idle()))
  const person = (fields: Json = {}) => here.register(`person${++count}`, fields) as Promise<Person & { email: string; id: number }> // prettier-ignore
  const forgotten = async (email: string, times = 1) => {
    assert.equal((await post('forgot-password', { email })).status, 202)
    return mailbox.token(email, /new password/, times)
  }
  const isVerified = async (id: number) => (await here.sql('select is_verified from users where id = $1', [id]))[0]!.is_verified // prettier-ignore
  const eventsOf = async (email: string): Promise<string[]> =>
    (await here.rest(admin, 'GET', `/security-events?email=${email}&sort=id`)).body.data.map(({ event }: Json) => event) // prettier-ignore
  const invalid = (answer: Answer) => assertRefused(answer, { code: 'INVALID_ONE_TIME_TOKEN' })

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

  describe('to change an address', () => {
    it('change it once the new one confirms; the old one is told, and can take it back', async () => {
      const { email, id, ...me } = await person()
      const wanted = `new-${email}`
      assert.equal((await post('change-email', { email: wanted, password: PASSWORD }, me)).status, 202)
      const confirm = await mailbox.token(wanted, /Confirm your new/)
      const cancel = await mailbox.token(email, /about to change/)
      const [notice] = await mailbox.to(email, /about to change/)
      assert.ok(notice!.mail.text!.includes(wanted))
      assert.equal((await here.rest(me, 'GET', '/auth/me')).body.email, email)
      assert.equal((await post('confirm-email-change', { token: confirm })).status, 200)
      assert.equal((await here.rest(me, 'GET', '/auth/me')).body.email, wanted)
      invalid(await post('confirm-email-change', { token: confirm }))
      assertRefused(await login(email, PASSWORD), { code: 'INVALID_LOGIN' })
      assert.equal((await post('cancel-email-change', { token: cancel })).status, 200)
      assertRefused(await here.rest(me, 'GET', '/auth/me'), { code: 'INVALID_TOKEN' })
      assert.equal((await login(email, PASSWORD)).body.user.id, id)
      await Promise.all([here.settled(), there.settled()])
      assert.deepEqual(
        (await eventsOf(wanted)).filter((event) => event.startsWith('email')),
        ['email_changed']
      )
    })

    it('change nothing once the old one objects', async () => {
      const { email, id: _id, ...me } = await person()
      const wanted = `other-${email}`
      await post('change-email', { email: wanted, password: PASSWORD }, me)
      const confirm = await mailbox.token(wanted, /Confirm your new/)
      assert.equal((await post('cancel-email-change', { token: await mailbox.token(email, /about to change/) })).status, 200) // prettier-ignore
      invalid(await post('confirm-email-change', { token: confirm }))
      assertRefused(await here.rest(me, 'GET', '/auth/me'), { code: 'INVALID_TOKEN' })
      assert.equal((await login(email, PASSWORD)).status, 200)
    })

    it('leave the old one its objection, however often the address is changed on', async () => {
      const { email, id, ...thief } = await person()
      const [second, third] = [`second-${email}`, `third-${email}`]
      await post('change-email', { email: second, password: PASSWORD }, thief)
      const cancel = await mailbox.token(email, /about to change/)
      await post('confirm-email-change', { token: await mailbox.token(second, /Confirm your new/) })
      await post('change-email', { email: third, password: PASSWORD }, thief)
      const late = await mailbox.token(second, /about to change/)
      await post('confirm-email-change', { token: await mailbox.token(third, /Confirm your new/) })
      assert.equal((await post('cancel-email-change', { token: cancel })).status, 200)
      assert.equal((await login(email, PASSWORD)).body.user.id, id)
      invalid(await post('cancel-email-change', { token: late }))
    })

    it('are void once the password was changed, or an administrator has set the address', async () => {
      const ends: ((person: Person & { email: string }) => Promise<Answer>)[] = [
        async ({ email }) => post('reset-password', { token: await forgotten(email), password: BETTER }),
        (me) => post('password', { current_password: PASSWORD, new_password: BETTER }, me),
        ({ id }) => here.rest(admin, 'PATCH', `/users/${id}`, { body: { password: BETTER } }),
        ({ id, email }) => here.rest(admin, 'PATCH', `/users/${id}`, { body: { email: `back-${email}` } })
      ]
      for (const end of ends) {
        const me = await person()
        const wanted = `pending-${me.email}`
        await post('change-email', { email: wanted, password: PASSWORD }, me)
        const token = await mailbox.token(wanted, /Confirm your new/)
        assert.equal((await end(me)).status, 200)
        invalid(await post('confirm-email-change', { token }))
      }
    })

    it('cannot bring an address back once an administrator has set another', async () => {
      const { email, id, ...thief } = await person()
      const wanted = `taken-${email}`
      await post('change-email', { email: wanted, password: PASSWORD }, thief)
      await post('confirm-email-change', { token: await mailbox.token(wanted, /Confirm your new/) })
      await post('change-email', { email: `on-${email}`, password: PASSWORD }, thief)
      const cancel = await mailbox.token(wanted, /about to change/)
      assert.equal((await here.rest(admin, 'PATCH', `/users/${id}`, { body: { email } })).status, 200)
      invalid(await post('cancel-email-change', { token: cancel }))
    })

    it('say of an address that has an account only to that address, and ask for the password', async () => {
      const [me, other] = [await person(), await person()]
      const taken = await post('change-email', { email: other.email, password: PASSWORD }, me)
      const free = await post('change-email', { email: 'free@example.com', password: PASSWORD }, me)
      assert.deepEqual([taken.status, taken.body], [free.status, free.body])
      await mailbox.to(other.email, /already have an account/)
      assertRefused(await post('change-email', { email: 'x@example.com', password: 'wrong' }, me), { code: 'VALIDATION_ERROR', field: 'password' }) // prettier-ignore
      assertRefused(await post('change-email', { email: 'x@example.com', password: PASSWORD }), { code: 'NOT_AUTHENTICATED' }) // prettier-ignore
    })

    it('refuse an address that was taken meanwhile, and keep the token', async () => {
      const { email, id: _id, ...me } = await person()
      const wanted = `raced-${email}`
      await post('change-email', { email: wanted, password: PASSWORD }, me)
      const token = await mailbox.token(wanted, /Confirm your new/)
      const other = await person({ email: wanted })
      assertRefused(await post('confirm-email-change', { token }), { code: 'DUPLICATE', field: 'email' })
      await here.rest(admin, 'DELETE', `/users/${other.id}`)
      assert.equal((await post('confirm-email-change', { token })).status, 200)
    })

    it('are the only way for users themselves; an administrator may set it', async () => {
      const { email, id, ...me } = await person()
      const socket = await here.socket(me)
      for (const body of [{ email: 'mine@example.com' }, { first_name: 'x', email: 'MINE@example.com' }])
        assertRefused(await here.rest(me, 'PATCH', `/users/${id}`, { body }), {
          code: 'FORBIDDEN',
          field: 'email'
        })
      assert.equal((await socket.refusal('patch', 'users', id, { email: 'mine@example.com' })).error.code, 'FORBIDDEN') // prettier-ignore
      assert.equal((await here.rest(me, 'PATCH', `/users/${id}`, { body: { email: email.toUpperCase(), first_name: 'Ada' } })).status, 200) // prettier-ignore
      const changed = await here.rest(admin, 'PATCH', `/users/${id}`, { body: { email: `set-${email}` } })
      assert.deepEqual([changed.status, changed.body.email], [200, `set-${email}`])
    })
  })

  describe('where an address has to be confirmed first', () => {
    let strict: World
    before(async () => {
      strict = await startWorld({ database: here.database, settings: { auth: { require_verified_email: true, bcrypt_cost: 8, limits: { mail_email: 5 } }, mail: { smtp_url: mailbox.url } } }) // prettier-ignore
    })
    after(() => strict?.close(true))
    const register = (email: string, username = `strict${++count}`) =>
      post('register', { email, username, password: PASSWORD }, anonymous, strict)
    const signIn = (email: string, password = PASSWORD) =>
      post('login', { email, password }, anonymous, strict)

    it('registering does not sign in, and says the same of an address that has an account, after the same work', async () => {
      const { email } = await person()
      const ask = async (address: string): Promise<[Answer, string[]]> => {
        const answers: Answer[] = []
        const work = await workOf(async () => answers.push(await register(address)))
        await strict.app.get('mailer').idle()
        return [answers[0]!, work.filter((what) => /^(hash|compare) /.test(what))]
      }
      for (let n = 0; n < 7; n++) {
        const [known, knownWork] = await ask(email)
        const [unknown, unknownWork] = await ask(`fresh${++count}@example.com`)
        assert.deepEqual([known.status, known.body], [201, { success: true }])
        assert.deepEqual([unknown.status, unknown.body], [known.status, known.body])
        assert.deepEqual([...unknown.headers.keys()], [...known.headers.keys()])
        assert.deepEqual([knownWork, unknownWork], [['hash at 8'], ['hash at 8']])
      }
      // As many mails as may be asked for in an hour, however many were.
      await mailbox.to(email, /already have an account/, 5)
      assert.equal((await mailbox.to(email, /already have an account/)).length, 5)
    })

    it('signing in is told to confirm only with the right password, and works once confirmed', async () => {
      const email = 'strict@example.com'
      await register(email, 'strict')
      const token = await mailbox.token(email)
      assertRefused(await signIn(email, 'wrong'), { code: 'INVALID_LOGIN' })
      assertRefused(await signIn(email), { code: 'EMAIL_NOT_VERIFIED' })
      const socket = await strict.socket()
      const refused = await socket.refusal('create', 'authentication', { strategy: 'local', email, password: PASSWORD }) // prettier-ignore
      assert.equal(refused.error.code, 'EMAIL_NOT_VERIFIED')
      assert.equal((await post('verify-email', { token })).status, 200)
      assert.equal((await signIn(email)).status, 200)
    })

    it('no other way tells: a taken name is told first, POST /users is closed', async () => {
      const { email } = await person()
      for (const address of [email, `fresh${++count}@example.com`]) {
        assertRefused(await register(address, 'admin'), { code: 'DUPLICATE', field: 'username' })
        const body = { email: address, username: `strict${++count}`, password: PASSWORD }
        assertRefused(await strict.rest(anonymous, 'POST', '/users', { body }), { code: 'FORBIDDEN' })
        const socket = await strict.socket()
        assert.equal((await socket.refusal('create', 'users', body)).error.code, 'FORBIDDEN')
      }
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

  describe('when all is done', () => {
    it('leave no token behind: not in the log of events, the feed, the audit or any answer', async () => {
      await idle()
      const tokens = mailbox.received.flatMap((one) =>
        one.mail.text!.includes('#token=') ? [tokenOf(one)] : []
      )
      assert.ok(tokens.length > 10)
      const kept = JSON.stringify([
        await here.sql('select * from changes'),
        await here.sql('select * from security_events'),
        await here.sql('select * from one_time_tokens')
      ])
      for (const token of tokens) assert.ok(!kept.includes(token) && !kept.includes(token.slice(22)))
      assert.doesNotMatch(JSON.stringify(await here.sql('select * from changes')), /token_hash/)
      assert.equal((await here.rest(admin, 'GET', '/one-time-tokens')).status, 404)
    })
  })
})
