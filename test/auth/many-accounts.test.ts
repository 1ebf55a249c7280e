import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Json, Person, World } from '../helpers/world'
import { anonymous, PASSWORD, startWorld } from '../helpers/world'
import { Mailbox } from '../helpers/mailbox'

const CSV = { 'Content-Type': 'text/csv' }
const account = (name: string) => ({ email: `${name}@example.com`, username: name, password: PASSWORD })
const fileOf = (...names: string[]) =>
  ['email,username,password', ...names.map((name) => Object.values(account(name)).join())].join('\n')

describe('accounts that a batch or an import makes', () => {
  let world: World
  let mailbox: Mailbox
  let admin: Person
  const send = (names: string[], query = '', person = anonymous, from = '198.51.100.1') =>
    world.rest(person, 'POST', `/users/import?${query}`, { raw: fileOf(...names), headers: { ...CSV, 'X-Forwarded-For': from } }) // prettier-ignore
  const batch = (...operations: Json[]) => world.rest(admin, 'POST', '/batch', { body: { operations } })
  const make = (name: string) => ({ method: 'POST', path: '/users', body: account(name) })
  const mailed = async (name: string) => {
    await world.app.get('mailer').idle()
    return mailbox.received.filter(({ to }) => to.includes(`${name}@example.com`)).length
  }
  const names = async (like: string) =>
    (await world.sql('select username from users where username like $1 order by id', [`${like}%`])).map(({ username }) => username) // prettier-ignore

  before(async () => {
    mailbox = new Mailbox()
    await mailbox.open()
    const settings = {
      secret_key: `many-accounts-${randomUUID()}`,
      public_url: 'https://shop.example/',
      trust_proxy: 1,
      mail: { smtp_url: mailbox.url, from: 'Shop <shop@example.com>' },
      auth: { limits: { register_address: 5 } }
    }
    world = await startWorld({ settings })
    admin = await world.register('admin', { role: 'admin' })
  })
  after(async () => {
    await world?.close()
    await mailbox.close()
  })

  it('are mailed once their transaction is over, and not where it is taken back', async () => {
    assert.equal((await batch(make('anna'), { method: 'GET', path: '/tasks/999999' })).status, 404)
    assert.equal((await send(['anna'], 'dry_run=true', admin)).body.created, 1)
    assert.equal((await batch(make('bert'))).status, 200)
    await mailbox.to('bert@example.com', /Confirm/)
    // The third cannot be made, so that all are tried again in smaller parts.
    const { body } = await send(['carl', 'dora', 'bert'], 'on_error=skip', admin)
    assert.deepEqual([body.created, body.failed], [2, 1])
    for (const name of ['carl', 'dora']) await mailbox.to(`${name}@example.com`, /Confirm/)
    assert.deepEqual(await Promise.all(['anna', 'bert', 'carl', 'dora'].map(mailed)), [0, 1, 1, 1])
  })

  it('are as many as the limit of registrations leaves, and the report says where it ended', async () => {
    const { status, body } = await send(Array.from({ length: 9 }, (_, n) => `limited${n}`), 'on_error=skip', anonymous, '198.51.100.2') // prettier-ignore
    assert.deepEqual([status, body.rows, body.created, body.failed], [200, 9, 5, 1])
    const [failure] = body.failures
    assert.deepEqual([failure.line, failure.code], [7, 'TOO_MANY_REQUESTS'])
    assert.match(failure.message, /of 9 records the 4 from line 7 on were not tried$/)
    assert.deepEqual(
      await names('limited'),
      [0, 1, 2, 3, 4].map((n) => `limited${n}`)
    )
  })

  it('are none where all are wanted and there are too many, which the error says', async () => {
    const { status, body, headers } = await send(Array.from({ length: 7 }, (_, n) => `none${n}`), '', anonymous, '198.51.100.3') // prettier-ignore
    assert.deepEqual([status, body.error.code], [429, 'TOO_MANY_REQUESTS'])
    assert.match(
      body.error.message,
      /of 7 records the 2 from line 7 on were not tried, and nothing was imported$/
    )
    assert.match(body.error.hint, /on_error=skip/)
    assert.ok(Number(headers.get('retry-after')) > 0)
    assert.deepEqual(await names('none'), [])
  })
})
