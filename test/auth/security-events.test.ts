import assert from 'node:assert/strict'
import { io } from 'socket.io-client'
import type { Json, Person, World } from '../helpers/world'
import { anonymous, Listener, PASSWORD, startWorld } from '../helpers/world'
import { assertRefused } from '../input/contract'

describe('security events', () => {
  let here: World
  let there: World
  let admin: Person
  let listener: Listener
  before(async () => {
    here = await startWorld({ settings: { trust_proxy: 1 } })
    there = await startWorld({ database: here.database })
    admin = await here.register('admin', { role: 'admin' })
    listener = await here.socket(admin)
  })
  after(async () => {
    await there?.close(true)
    await here?.close()
  })

  const told = async (query = ''): Promise<Json[]> =>
    (await here.rest(admin, 'GET', `/security-events?sort=id${query}`)).body.data
  const eventsOf = (email: string) => told(`&email=${encodeURIComponent(email)}`)
  const post = (path: string, body: Json, headers: Record<string, string> = {}, token?: string) =>
    here.rest({ name: 'x', token }, 'POST', path, { body, headers })
  const names = (events: Json[]) => events.map(({ event }) => event)

  it('tell of an account from its registration to its log-out, with trace and address, without secrets', async () => {
    const email = 'ada@example.com'
    const from = { 'X-Forwarded-For': '6.6.6.6, 203.0.113.9', 'X-Request-Id': 'trace-of-ada' }
    const { body } = await post('/auth/register', { email, username: 'ada', password: PASSWORD }, from)
    await post('/auth/login', { email, password: 'sesam7-sesam7' }, from)
    await post('/auth/login', { email, password: PASSWORD }, from)
    await post('/auth/logout', {}, from, body.access_token)
    const events = await eventsOf(email)
    assert.deepEqual(names(events), ['registered', 'login_succeeded', 'login_failed', 'login_succeeded', 'logged_out']) // prettier-ignore
    for (const { address, trace_id, user_id } of events)
      assert.deepEqual({ address, trace_id, user_id }, { address: '203.0.113.9', trace_id: 'trace-of-ada', user_id: String(body.user.id) }) // prettier-ignore
    assert.doesNotMatch(JSON.stringify(events), new RegExp(`sesam7|${PASSWORD}|${body.access_token}`))
    await listener.event('security-events created', ({ event }) => event === 'logged_out')
  })

  it('tell the same of sockets, in both ways to sign in, and of POST /users', async () => {
    const socket = io(here.url, { transports: ['websocket'], extraHeaders: { 'X-Forwarded-For': '2001:db8::7' } }) // prettier-ignore
    const client = new Listener(socket)
    const email = 'sock@example.com'
    await client.call('create', 'users', { email, username: 'sock', password: PASSWORD })
    await client.refusal('login', 'auth', { email, password: 'sesam7-sesam7' })
    await client.call('create', 'authentication', { strategy: 'local', email, password: PASSWORD })
    await client.call('remove', 'authentication', null)
    socket.disconnect()
    const events = await eventsOf(email)
    assert.deepEqual(names(events), ['registered', 'login_failed', 'login_succeeded', 'logged_out'])
    assert.deepEqual([...new Set(events.map(({ address }) => address))], ['2001:db8::7'])
  })

  it('keep twenty refusals a minute of one network, whichever of its addresses they come from', async () => {
    const fail = (_: unknown, index: number) => post('/auth/login', { email: `n${index}@example.com`, password: 'sesam7-sesam7' }, { 'X-Forwarded-For': `2001:db8:0:9::${index}` }) // prettier-ignore
    await Promise.all(Array.from({ length: 23 }, fail))
    const rows = await here.sql(`select from security_events where event = 'login_failed' and address like '2001:db8:0:9:%'`) // prettier-ignore
    assert.equal(rows.length, 20)
  })

  it('takes X-Forwarded-For for a text where no proxy is trusted, or where it holds no address', async () => {
    for (const [world, header] of [
      [there, '203.0.113.9'],
      [here, 'sesam7<script>'],
      [here, '']
    ] as const) {
      // prettier-ignore
      const email = `${header.replace(/\W/g, '')}@forwarded.example`
      await world.rest(anonymous, 'POST', '/auth/login', {
        body: { email, password: 'x' },
        headers: { 'X-Forwarded-For': header }
      })
      const [event] = await eventsOf(email)
      assert.deepEqual([event!.address, event!.details.reason], ['127.0.0.1', 'unknown'])
    }
  })

  it('tell of changed rights once, over all processes, by whomever they were changed', async () => {
    const person = await here.register('bob')
    const change = (body: Json) => there.rest(admin, 'PATCH', `/users/${person.id}`, { body, headers: { 'X-Request-Id': 'trace-of-bob' } }) // prettier-ignore
    await change({ role: 'manager' })
    await change({ is_active: false })
    await here.sql(`update users set role = 'user', is_active = true where id = $1`, [person.id])
    await there.rest(admin, 'DELETE', `/users/${person.id}`, { headers: { 'X-Request-Id': 'trace-of-bob' } })
    await Promise.all([here.settled(), there.settled()])
    const events = (await eventsOf('bob@example.com')).filter(({ event }) => !event.startsWith('login'))
    assert.deepEqual(
      events.map(({ event, trace_id, details }) => [event, trace_id, details.by, details.to]),
      [
        ['role_changed', 'trace-of-bob', String(admin.id), 'manager'],
        ['account_deactivated', 'trace-of-bob', String(admin.id), undefined],
        ['role_changed', null, null, 'user'],
        ['account_activated', null, null, undefined],
        ['account_removed', 'trace-of-bob', String(admin.id), undefined]
      ]
    )
  })

  it('do not tell of registrations that were taken back', async () => {
    const lines = (...rows: string[]) => ['email,username,password', ...rows.map((row) => `${row},${PASSWORD}`)].join('\n') // prettier-ignore
    const file = { 'Content-Type': 'text/csv' }
    const good = 'back@example.com,back'
    const dry = await here.rest(anonymous, 'POST', '/users/import?dry_run=true', { raw: lines(good), headers: file }) // prettier-ignore
    assert.deepEqual([dry.status, dry.body.created], [200, 1], JSON.stringify(dry.body))
    const failed = await here.rest(admin, 'POST', '/users/import', { raw: lines(good, 'admin@example.com,other'), headers: file }) // prettier-ignore
    assert.equal(failed.status, 422)
    const create = { method: 'POST', path: '/users', body: { email: 'back@example.com', username: 'back', password: PASSWORD } } // prettier-ignore
    const batch = (...operations: Json[]) => here.rest(admin, 'POST', '/batch', { body: { operations } })
    assert.equal((await batch(create, { method: 'GET', path: '/tasks/999999' })).status, 404)
    assert.deepEqual(await eventsOf('back@example.com'), [])
    assert.equal((await batch(create)).status, 200)
    assert.deepEqual(names(await eventsOf('back@example.com')), ['registered'])
  })

  it('do not repeat what was typed into the field of the email by mistake', async () => {
    const [last] = await told().then((events) => events.slice(-1))
    await post('/auth/login', { email: 'my secret password', password: 'x' })
    await post('/auth/login', { email: `ab\u202e@${'x'.repeat(400)}`, password: 'x' })
    const events = (await told()).filter(({ id }) => id > last!.id)
    assert.deepEqual(events.map(({ email }) => email?.length ?? null), [null, 254]) // prettier-ignore
  })

  it('are for administrators alone', async () => {
    const manager = await here.register('boss', { role: 'manager' })
    const [event] = await told()
    for (const person of [anonymous, manager]) {
      const socket = await here.socket(person)
      const code = person === manager ? 'FORBIDDEN' : 'NOT_AUTHENTICATED'
      for (const path of ['/security-events', `/security-events/${event!.id}`])
        assertRefused(await here.rest(person, 'GET', path), { code })
      assert.equal((await socket.refusal('find', 'security-events')).error.code, code)
      await post('/auth/login', { email: 'nobody@example.com', password: 'x' })
      await here.settled()
      assert.deepEqual((await socket.drained()).filter((name) => name.startsWith('security')), []) // prettier-ignore
    }
    for (const [method, path] of [['POST', ''], ['PATCH', `/${event!.id}`], ['DELETE', `/${event!.id}`]] as const) // prettier-ignore
      assertRefused(await here.rest(admin, method, `/security-events${path}`, { body: { event: 'x' } }), { code: 'METHOD_NOT_ALLOWED' }) // prettier-ignore
  })
})
