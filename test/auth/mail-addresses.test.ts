import assert from 'node:assert/strict'
import type { Answer, Person, World } from '../helpers/world'
import { anonymous, PASSWORD, startWorld } from '../helpers/world'
import { workOf } from '../helpers/work'
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
  person,
  forgotten,
  eventsOf,
  invalid,
  there
} from './mail-stage'

describe('mails', () => {
  onStage()

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
    let count = 0
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

  leavesNoToken()
})
