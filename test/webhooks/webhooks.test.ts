import assert from 'node:assert/strict'
import { signedHeaders } from '../../packages/rachis/src/webhooks/signature'
import type { World } from '../helpers/world'
import { anonymous } from '../helpers/world'
import type { Receiver } from './receiver'
import { verify } from './receiver'
import { closeBoth, delivered, deliveriesOf, endpointOf, openBoth, withoutEndpoints } from './stage'

describe('webhooks', () => {
  let world: World
  let receiver: Receiver
  before(async () => void ({ world, receiver } = await openBoth()))
  after(() => closeBoth({ world, receiver }))
  afterEach(() => withoutEndpoints({ world, receiver }))
  const types = () => receiver.received.map(({ path, body }) => `${path} ${body.type}`)
  const write = async (title: string) => (await world.as('owner').post('/letters', { title })).body

  it('send a change, signed, to an endpoint of whoever may read it, and to nobody else', async () => {
    const { id, secret } = await endpointOf(world, 'owner', receiver)
    const foreign = await endpointOf(world, 'stranger', receiver)
    const letter = await write('a')
    const received = await receiver.one()
    assert.ok(await verify(secret, received))
    assert.ok(!(await verify(foreign.secret, received)))
    const { type, timestamp, data } = received.body
    assert.deepEqual([type, data], ['letters.created', letter])
    assert.ok(!('remark' in data), 'a column that the owner may not read')
    assert.ok(Math.abs(Date.parse(timestamp) - Date.parse(letter.created_at)) < 1000)
    await delivered(world)
    assert.deepEqual(types(), ['/owner letters.created'])
    const [row, ...others] = (await world.as('owner').get('/webhook-deliveries')).body.data
    const { body: content } = await world.as('owner').post(`/webhook-deliveries/${row.id}/content`)
    assert.deepEqual(others, [])
    assert.deepEqual(
      [row.endpoint_id, row.state, row.attempts, row.response_status],
      [id, 'delivered', 1, 204]
    )
    assert.equal(row.event_id, received.headers['webhook-id'])
    assert.deepEqual(content, { request_body: received.text, response_body: '' })
  })

  it('send actions beside the change that they make, changes by SQL, and what is removed', async () => {
    await endpointOf(world, 'owner', receiver)
    const { id } = await write('b')
    await world.as('owner').post(`/letters/${id}/open`)
    await world.sql(`update letters set title = 'by hand' where id = $1`, [id])
    await world.as('owner').delete(`/letters/${id}`)
    await delivered(world)
    assert.deepEqual(types().sort(), ['created', 'open', 'patched', 'patched', 'removed'].map((name) => `/owner letters.${name}`)) // prettier-ignore
    const ids = receiver.received.map(({ headers }) => headers['webhook-id'])
    assert.equal(new Set(ids).size, 5)
  })

  it('send nothing of a call that is rolled back, nor of what only others may read', async () => {
    await endpointOf(world, 'owner', receiver)
    await endpointOf(world, 'manager', receiver)
    assert.equal((await world.as('owner').post('/letters/fail', { title: 'never' })).status, 500)
    await world.sql(`update letters set remark = 'changed' where title = 'by hand'`)
    await write('c')
    await delivered(world)
    assert.deepEqual(types(), ['/owner letters.created'])
    assert.ok(!JSON.stringify(receiver.received.map(({ text }) => text)).includes('never'))
  })

  it('that are replayed since before their endpoint was made are of what happened after that', async () => {
    await write('before it')
    const { id } = await endpointOf(world, 'owner', receiver)
    await write('after it')
    await delivered(world)
    receiver.forget()
    const again = { since: '2001-01-01T00:00:00Z', include_delivered: true }
    assert.equal((await world.as('owner').post(`/webhook-endpoints/${id}/replay`, again)).status, 202)
    await receiver.one()
    await delivered(world)
    assert.deepEqual(receiver.received.map(({ body }) => body.data.title as string), ['after it']) // prettier-ignore
    assert.equal((await deliveriesOf(world, id)).length, 1)
  })

  it('are not sent again since a time to come, of which nothing is known', async () => {
    const { id } = await endpointOf(world, 'owner', receiver)
    const since = new Date(Date.now() + 3_600_000).toISOString()
    const { status, body } = await world.as('owner').post(`/webhook-endpoints/${id}/replay`, { since })
    assert.deepEqual([status, body.error.code, body.error.field], [422, 'VALIDATION_ERROR', 'since'])
    const [{ rule, expected, provided, hint }] = body.error.details
    assert.deepEqual([rule, provided], ['formatMaximum', since])
    assert.ok(Math.abs(Date.parse(expected) - Date.now()) < 60_000, expected)
    assert.match(hint, /Name a time that is past/)
  })

  it('send what an endpoint asks for: resources, events, and records by a filter', async () => {
    const filter = { letters: { title: 'yes' } }
    await endpointOf(world, 'owner', receiver, { resources: ['letters'], events: ['created'], filter })
    const { id } = await write('yes')
    await write('no')
    await world.as('owner').patch(`/letters/${id}`, { is_shared: true })
    const { id: user } = await world.person('owner')
    await world.as('owner').patch(`/users/${user}`, { first_name: 'Ada' })
    // It comes to be one of those that are asked for.
    await world.sql(`update letters set title = 'yes' where title = 'no'`)
    await delivered(world)
    assert.deepEqual(receiver.received.map(({ body }) => [body.type, body.data.title]), [['letters.created', 'yes'], ['letters.created', 'yes']]) // prettier-ignore
  })

  it('refuse what cannot be asked for, with the field', async () => {
    const refusals = [
      [{ resources: ['lettres'] }, 400, 'resources', /Did you mean letters/],
      [{ resources: ['letters,users'] }, 422, 'resources.0', /./],
      [{ filter: { lettres: {} } }, 400, 'filter', /Did you mean letters/],
      [{ events: ['creatd'] }, 422, 'events.0', /Did you mean created/],
      [{ filter: { letters: { remark: 'x' } } }, 403, 'remark', /./],
      [{ filter: { letters: { nothing: 'x' } } }, 400, 'nothing', /./],
      [{ filter: { letters: 'x' } }, 400, 'filter', /./],
      [{ api_version: 9 }, 422, 'api_version', /./],
      [{ secrets: 'x' }, 422, 'secrets', /./]
    ] as const
    const { id } = await endpointOf(world, 'owner', receiver)
    for (const [more, status, field, hint] of refusals)
      for (const [method, path] of [['POST', ''], ['PATCH', `/${id}`]] as const) {
        const given = method === 'POST' ? { url: receiver.url, ...more } : more
        const { status: is, body } = await world.as('owner').rest(method, `/webhook-endpoints${path}`, given)
        const shown = `${method} ${JSON.stringify(body)}`
        assert.equal(is, status, shown)
        assert.ok(body.error.field.endsWith(field), shown)
        assert.match(`${body.error.hint}`, hint, shown)
      } // prettier-ignore
    assert.equal((await world.sql('select 1 from webhook_endpoints')).length, 1)
  })

  it('show an endpoint and its deliveries to its owner and administrators, and the secret to nobody', async () => {
    const { id, secret } = await endpointOf(world, 'owner', receiver)
    await write('d')
    await delivered(world)
    const [{ id: delivery }] = await deliveriesOf(world, id) as [{ id: number }] // prettier-ignore
    for (const who of ['owner', 'admin']) {
      const answers = [await world.as(who).get(`/webhook-endpoints/${id}`), await world.as(who).get(`/webhook-deliveries/${delivery}`)] // prettier-ignore
      assert.deepEqual(answers.map(({ status }) => status), [200, 200]) // prettier-ignore
      assert.ok(!JSON.stringify(answers.map(({ body }) => body)).match(/whsec_|secrets/))
    }
    for (const who of ['stranger', 'manager']) {
      for (const path of [`/webhook-endpoints/${id}`, `/webhook-deliveries/${delivery}`])
        assert.equal((await world.as(who).get(path)).status, 404, `${who} ${path}`)
      for (const path of [`/webhook-endpoints/${id}/rotate`, `/webhook-endpoints/${id}/test`, `/webhook-deliveries/${delivery}/replay`])
        assert.equal((await world.as(who).post(path)).status, 404, `${who} ${path}`)
      assert.equal((await world.as(who).delete(`/webhook-endpoints/${id}`)).status, 404)
    } // prettier-ignore
    assert.equal((await world.as('anonymous').post('/webhook-endpoints', { url: receiver.url })).status, 401)
    assert.equal((await world.as('owner').post('/webhook-deliveries', {})).status, 405)
    assert.equal((await world.as('owner').patch(`/webhook-deliveries/${delivery}`, { state: 'failed' })).status, 405) // prettier-ignore
    const [{ secrets, ...rest }] = (await world.sql('select * from webhook_endpoints')) as [
      { secrets: string }
    ]
    assert.ok(!secrets.includes(secret.slice(6)) && !JSON.stringify(rest).includes(secret.slice(6)))
  })

  it('show what was sent to the owner alone: not to administrators, an API key, the feed or who listens', async () => {
    const { id } = await endpointOf(world, 'owner', receiver)
    receiver.behave = (response) => response.writeHead(200).end('a private\0 answer')
    const told = await Promise.all(['owner', 'admin'].map((who) => world.as(who).events()))
    await world.as('owner').post('/diaries', { text: 'a private text' })
    await delivered(world)
    const [{ id: delivery }] = (await deliveriesOf(world, id)) as [{ id: number }]
    for (const each of told) await each.event('webhook-deliveries patched', (row) => row.endpoint_id === id)
    const path = `/webhook-deliveries/${delivery}`
    const { status, body } = await world.as('owner').post(`${path}/content`)
    assert.equal(status, 200)
    assert.deepEqual([JSON.parse(body.request_body).data.text, body.response_body], ['a private text', 'a private\ufffd answer']) // prettier-ignore
    for (const who of ['admin', 'stranger', 'anonymous'])
      assert.ok([401, 403, 404].includes((await world.as(who).post(`${path}/content`)).status), who)
    const { status: key } = await world.as('owner').post('/api-keys', { name: 'k', permissions: ['webhook_deliveries:content'] }) // prettier-ignore
    assert.equal(key, 422)
    const shown = [
      await world.as('admin').get(path),
      await world.as('admin').get('/webhook-deliveries'),
      await world.sql(`select before, after from changes where resource = 'webhook_deliveries'`),
      told.map((each) => each.events.filter(({ name }) => name.startsWith('webhook')))
    ]
    assert.ok(!/private|request_body|response_body/.test(JSON.stringify(shown)))
    assert.ok(!/private/.test(JSON.stringify(told[1]!.events)))
    for (const field of ['request_body', 'response_body'])
      for (const query of [`$select=${field}`, `${field}=x`, `sort=${field}`])
        assert.equal((await world.as('admin').get(`/webhook-deliveries?${query}`)).status, 400, query)
  })

  it('sign with the old secret beside a new one, until the overlap is over', async () => {
    const { id, secret } = await endpointOf(world, 'owner', receiver)
    const { body } = await world.as('owner').post(`/webhook-endpoints/${id}/rotate`)
    assert.notEqual(body.secret, secret)
    await write('e')
    const received = await receiver.one()
    assert.ok((await verify(secret, received)) && (await verify(body.secret, received)))
    assert.equal(String(received.headers['webhook-signature']).split(' ').length, 2)
    receiver.forget()
    const { body: third } = await world.as('owner').post(`/webhook-endpoints/${id}/rotate`, { overlap: 0 })
    await write('f')
    const last = await receiver.one()
    assert.ok(
      (await verify(third.secret, last)) &&
        !(await verify(secret, last)) &&
        !(await verify(body.secret, last))
    )
  })

  it('sign with a new secret where the old one cannot be read any more', async () => {
    const { id } = await endpointOf(world, 'owner', receiver)
    await world.sql(`update webhook_endpoints set secrets = 'kept under a key that is gone' where id = $1`, [
      id
    ])
    const { status, body } = await world.as('owner').post(`/webhook-endpoints/${id}/rotate`)
    assert.ok(status < 300, JSON.stringify(body))
    await write('g')
    assert.ok(await verify(body.secret, await receiver.one()))
  })

  it('are not led elsewhere by an API key: it has fewer rights than its owner', async () => {
    const { id } = await endpointOf(world, 'owner', receiver)
    const { body } = await world.as('owner').post('/api-keys', { name: 'k', permissions: ['letters:find', 'webhook_endpoints:find'] }) // prettier-ignore
    const call = (method: string, path: string, sent?: object) =>
      world.rest(anonymous, method, path, { body: sent, headers: { 'X-API-Key': body.key } })
    assert.equal((await call('GET', '/webhook-endpoints')).status, 200, JSON.stringify(body))
    const { url } = receiver
    assert.equal((await call('POST', '/webhook-endpoints', { url })).status, 403)
    assert.equal((await call('PATCH', `/webhook-endpoints/${id}`, { url })).status, 403)
    const { status } = await world.as('owner').post('/api-keys', { name: 'k', permissions: ['webhook_endpoints:create'] }) // prettier-ignore
    assert.equal(status, 422)
  })

  it('are signed as the example of the specification', () => {
    const message = {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestamp: 1614265330,
      body: '{"test": 2432232314}'
    }
    const headers = signedHeaders(message, ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'])
    assert.equal(headers['webhook-signature'], 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  })

  it('are counted in /metrics', async () => {
    const text = await (await fetch(`${world.url}/metrics`)).text()
    assert.match(text, /rachis_webhook_deliveries_total\{outcome="delivered"\} [1-9]/)
    assert.match(text, /rachis_webhook_seconds_count [1-9]/)
    assert.match(text, /rachis_webhook_deliveries_waiting 0/)
  })
})
