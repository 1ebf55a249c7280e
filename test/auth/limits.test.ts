import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Json, Listener, Person, World } from '../helpers/world'
import { anonymous, PASSWORD, startWorld } from '../helpers/world'
import { assertRefused } from '../input/contract'

/** As they are shipped, but for the addresses, which would take long. Another secret is another set of counts, also where runs share a Redis. */
const settings = () => ({
  secret_key: `limits-${randomUUID()}`,
  trust_proxy: 1,
  auth: { limits: { login_email: 10, login_address: 25, register_address: 30, refresh_address: 40 } }
})
let count = 0
/** Another address for each test: its limit is for its own attempts. */
const from = (address = `198.51.100.${++count}`) => ({ 'X-Forwarded-For': address })

describe('limits', () => {
  let here: World
  let there: World
  let admin: Person
  before(async () => {
    const same = settings()
    here = await startWorld({ settings: same })
    there = await startWorld({ settings: same, database: here.database })
    admin = await here.register('admin', { role: 'admin' })
  })
  after(async () => {
    await there?.close(true)
    await here?.close()
  })

  const login = (email: unknown, password: string, headers = from(), world = here) =>
    world.rest(anonymous, 'POST', '/auth/login', { body: { email, password }, headers })
  const times = <T>(number: number, work: (index: number) => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: number }, (_, index) => work(index)))
  const tally = (answers: readonly { status: number }[]) => {
    const counts: Record<number, number> = {}
    for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1
    return counts
  }
  const eventsOf = async (email: string): Promise<string[]> =>
    (
      await here.rest(admin, 'GET', `/security-events?email=${encodeURIComponent(email)}&sort=id`)
    ).body.data.map(({ event }: Json) => event)
  const lock = async (email: string) => assert.deepEqual(tally(await times(10, () => login(email, 'wrong'))), { 401: 10 }) // prettier-ignore

  it('let ten of fifty attempts at once reach the password, over two processes, and tell of it once', async () => {
    const { email } = await here.register('raced')
    const answers = await times(50, (index) => login(email, 'wrong', from(), index % 2 ? here : there))
    assert.deepEqual(tally(answers), { 401: 10, 429: 40 })
    const events = await eventsOf(email!)
    assert.deepEqual(events.filter((event) => event !== 'login_succeeded').sort(), [...Array<string>(10).fill('login_failed'), 'login_locked']) // prettier-ignore
  })

  it('refuse the right password too, in the same way as that of nobody, with the time to wait', async () => {
    const { email } = await here.register('locked')
    for (const person of [email!, 'nobody@example.com']) await lock(person)
    const answers = await Promise.all([login(email, PASSWORD), login('nobody@example.com', PASSWORD)])
    for (const answer of answers) {
      assertRefused(answer, { code: 'TOO_MANY_REQUESTS' })
      const seconds = Number(answer.headers.get('Retry-After'))
      assert.ok(seconds > 3500 && seconds <= 3600, String(seconds))
      const [detail] = answer.body.error.details
      assert.deepEqual([detail.rule, detail.expected, detail.retry_after], ['limit', 10, seconds])
      assert.equal(answer.body.error.hint, `Wait for ${seconds} seconds`)
    }
    const names = answers.map(({ headers }) => [...headers.keys()].filter((name) => name !== 'date'))
    assert.deepEqual(names[0], names[1])
    const bodies = answers.map(({ body }) => JSON.stringify(body).replace(/[0-9a-f-]{36}|\d{4}/g, ''))
    assert.equal(bodies[0], bodies[1])
  })

  it('are one for every spelling, transport and door', async () => {
    const { email } = await here.register('victim')
    const socket = await there.socket()
    const doors: ((text: string) => Promise<Json>)[] = [
      (text) => login(text, 'wrong'),
      (text) => here.rest(anonymous, 'POST', '/authentication', { body: { strategy: 'local', email: text, password: 'wrong' }, headers: from() }), // prettier-ignore
      (text) => socket.refusal('login', 'auth', { email: text, password: 'wrong' }),
      (text) => socket.refusal('create', 'authentication', { strategy: 'local', email: text, password: 'wrong' }) // prettier-ignore
    ]
    const spellings = ['victim@example.com', 'VICTIM@Example.Com', ' victim@example.com\t', 'ｖictim@example.com', 'victim＠example.com', 'victim@ｅxample．com'] // prettier-ignore
    const answers: Json[] = []
    for (const [index, text] of [...spellings, ...spellings].entries()) answers.push(await doors[index % 4]!(text)) // prettier-ignore
    const codes = answers.map(({ body, error }) => (body?.error ?? error).code)
    assert.deepEqual(codes, [
      ...Array<string>(10).fill('INVALID_LOGIN'),
      'TOO_MANY_REQUESTS',
      'TOO_MANY_REQUESTS'
    ])
    const refused = await socket.refusal('login', 'auth', { email, password: PASSWORD })
    assert.ok(refused.error.details[0].retry_after > 3500, JSON.stringify(refused))
  })

  it('are not the same for look-alikes, which are other addresses', async () => {
    const { email } = await here.register('paypal')
    await lock('pаypal@example.com')
    assert.equal((await login(email, PASSWORD)).status, 200)
    const refused = await here.rest(anonymous, 'POST', '/auth/register', {
      body: { email: 'pаypal@example.com', username: 'cyrillic', password: PASSWORD },
      headers: from()
    })
    assertRefused(refused, { code: 'VALIDATION_ERROR', field: 'email' })
  })

  it('give back the attempt that was right, and no other', async () => {
    const { email } = await here.register('forgetful')
    const right = async () => assert.equal((await login(email, PASSWORD)).status, 200)
    for (let round = 0; round < 9; round++) {
      assertRefused(await login(email, 'wrong'), { code: 'INVALID_LOGIN' })
      await right()
    }
    assertRefused(await login(email, 'wrong'), { code: 'INVALID_LOGIN' })
    assertRefused(await login(email, 'wrong'), { code: 'TOO_MANY_REQUESTS' })
    assertRefused(await login(email, PASSWORD), { code: 'TOO_MANY_REQUESTS' })
  })

  it('count an address over all emails, an IPv6 network as one, and what a proxy did not add not at all', async () => {
    const spray = async (address: (index: number) => string) => {
      const attempt = (index: number) => login(`spray${index}@example.com`, 'wrong', from(address(index)))
      assert.deepEqual(tally(await times(25, attempt)), { 401: 25 })
      assertRefused(await attempt(25), { code: 'TOO_MANY_REQUESTS' })
    }
    await spray(() => '203.0.113.5')
    await spray((index) => `10.0.0.${index}, 203.0.113.6`)
    await spray((index) => `2001:db8:0:7:${index}::1`)
    assertRefused(await login('else@example.com', 'wrong', from('2001:db8::7:0:0:0:1')), {
      code: 'TOO_MANY_REQUESTS'
    })
    // Nothing is counted against the email that the address was refused for.
    assert.deepEqual(tally(await times(10, () => login('spray25@example.com', 'wrong'))), { 401: 10 })
    assert.equal((await here.rest(admin, 'GET', '/security-events?event=rate_limited&details.limit=login_address')).body.total, 3) // prettier-ignore
  })

  it('count registrations by address, whichever way they are asked for, but not an administrator’s', async () => {
    const body = () => ({ email: `new${++count}@example.com`, username: `new${count}`, password: PASSWORD })
    const headers = from()
    const register = () => here.rest(anonymous, 'POST', '/auth/register', { body: body(), headers })
    const create = (data: unknown) => here.rest(anonymous, 'POST', '/users', { body: data, headers })
    assert.deepEqual(tally(await times(10, register)), { 201: 10 })
    assert.deepEqual(tally(await times(10, () => create(body()))), { 201: 10 })
    assert.equal((await create(Array.from({ length: 9 }, body))).status, 201)
    assert.deepEqual(tally(await times(3, () => create({}))), { 422: 1, 429: 2 })
    const other = await here.rest(admin, 'POST', '/users', { body: Array.from({ length: 40 }, body) })
    assert.equal(other.status, 201)
  })

  it('count refreshing by address', async () => {
    const headers = from()
    const refresh = () =>
      here.rest(anonymous, 'POST', '/auth/refresh', { body: { refresh_token: 'x' }, headers })
    assert.deepEqual(tally(await times(41, refresh)), { 401: 40, 429: 1 })
  })

  it('take objects, lists and long texts for what they are', async () => {
    const headers = from()
    for (const email of [['a@example.com'], { $ne: '' }, 7, null])
      assertRefused(await login(email, 'wrong', headers), { code: 'VALIDATION_ERROR', field: 'email' })
    const long = `${'x'.repeat(5000)}@example.com`
    assert.deepEqual(tally(await times(11, () => login(long, 'wrong'))), { 401: 10, 429: 1 })
  })

  it('keep no address in the clear', async () => {
    const rows = await here.sql('select key from rate_limits')
    assert.doesNotMatch(JSON.stringify(rows), /example|198\.51/)
  })

  it('leave other requests alone', async () => {
    const headers = from('203.0.113.5')
    const socket: Listener = await here.socket(admin)
    assert.equal((await here.rest(anonymous, 'GET', '/products', { headers })).status, 200)
    assert.equal((await socket.call('find', 'users', { $limit: 1 })).data.length, 1)
  })
})
