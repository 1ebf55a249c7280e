import assert from 'node:assert/strict'
import type { Answer, Json, Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'
import { Mailbox, tokenOf } from '../helpers/mailbox'
import { assertRefused } from '../input/contract'

export const BETTER = 'a better one, and longer'
let count = 0

/** Of the tests that run: the mails that were sent, two processes and an administrator. */
export let mailbox: Mailbox
export let here: World
export let there: World
export let admin: Person

export const post = (path: string, body: unknown, person: Person = anonymous, world = here) =>
  world.rest(person, 'POST', `/auth/${path}`, { body })
export const login = (email: string, password: string) => post('login', { email, password })
export const idle = () => Promise.all([here, there].map(({ app }) => app.get('mailer').idle()))
export const person = (fields: Json = {}) => here.register(`person${++count}`, fields) as Promise<Person & { email: string; id: number }> // prettier-ignore
export const forgotten = async (email: string, times = 1) => {
  assert.equal((await post('forgot-password', { email })).status, 202)
  return mailbox.token(email, /new password/, times)
}
export const isVerified = async (id: number) => (await here.sql('select is_verified from users where id = $1', [id]))[0]!.is_verified // prettier-ignore
export const eventsOf = async (email: string): Promise<string[]> =>
  (await here.rest(admin, 'GET', `/security-events?email=${email}&sort=id`)).body.data.map(({ event }: Json) => event) // prettier-ignore
export const invalid = (answer: Answer) => assertRefused(answer, { code: 'INVALID_ONE_TIME_TOKEN' })

/** Opens all of it before the tests of a file, and closes it after them. */
export const onStage = () => {
  before(async () => {
    mailbox = new Mailbox()
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
}

/** To be called last. */
export const leavesNoToken = () =>
  describe('when all is done', () => {
    it('leave no token behind: not in the log of events, the feed, the audit or any answer', async () => {
      await idle()
      const tokens = mailbox.received.flatMap((one) =>
        one.mail.text!.includes('#token=') ? [tokenOf(one)] : []
      )
      assert.ok(tokens.length > 0)
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
