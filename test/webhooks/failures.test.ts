import assert from 'node:assert/strict'
import { createServer } from 'node:https'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer as createTcpServer } from 'node:net'
import type { ServerResponse } from 'node:http'
import { Mailbox } from '../helpers/mailbox'
import type { World } from '../helpers/world'
import { openStage } from '../modules/stage'
import { cert, key } from './certificate'
import { endless, Receiver } from './receiver'
import { config, deliveriesOf, delivered, endpointOf, options } from './stage'

/** What a receiver does wrong, and what the delivery says of it. */
const FAULTS: Record<string, readonly [(response: ServerResponse) => unknown, object]> = {
  'breaks off': [(response) => response.destroy(), { response_status: null, error: /ECONNRESET|closed without/ }],
  'breaks off in its answer': [(response) => (response.writeHead(200, { 'content-length': 99 }).write('half'), setTimeout(() => response.destroy(), 20)), { response_status: null, error: /ECONNRESET|aborted/ }],
  'answers byte by byte': [(response) => {
    response.writeHead(200).flushHeaders()
    const timer = setInterval(() => response.write('.'), 50)
    response.on('close', () => clearInterval(timer))
  }, { response_status: null, error: /took too long/ }],
  'never answers': [() => undefined, { response_status: null, error: /took too long/ }],
  'fails': [(response) => response.writeHead(500).end('a'), { response_status: 500, error: null }],
  'redirects': [(response) => response.writeHead(307, { location: '/elsewhere' }).end(), { response_status: 307, error: null }],
  'switches the protocol': [(response) => response.socket!.end('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'), { response_status: null, error: /another protocol/ }],
  'is no HTTP': [(response) => response.socket!.end('SSH-2.0-x\r\n'), { response_status: null, error: /HPE_/ }],
  'has endless headers': [(response) => response.writeHead(200, { 'x-a': 'a'.repeat(20_000) }).end(), { response_status: null, error: /HPE_HEADER_OVERFLOW/ }]
} // prettier-ignore

const assertFits = (row: Record<string, unknown>, expected: object, title: string) => {
  for (const [name, value] of Object.entries(expected))
    if (value instanceof RegExp) assert.match(String(row[name]), value, title)
    else assert.equal(row[name], value, `${title}: ${name}`)
}

describe('webhooks that a receiver does not take', () => {
  let world: World
  let receiver: Receiver
  const mailbox = new Mailbox()
  before(async () => {
    await mailbox.open()
    receiver = await new Receiver().open()
    const mail = { smtp_url: mailbox.url, from: 'Rachis <r@example.com>', folder: '' }
    world = await openStage({ ...options, config: { ...config, mail } as never })
  })
  after(async () => {
    await world?.close()
    await receiver?.close()
    await mailbox.close()
  })
  afterEach(async () => {
    await delivered(world)
    await world.sql('delete from webhook_endpoints')
    receiver.forget()
  })
  const write = async (title: string) => (await world.as('owner').post('/letters', { title })).body

  for (const [title, [behave, expected]] of Object.entries(FAULTS))
    it(`are tried again where it ${title}, with the same id`, async () => {
      const { id } = await endpointOf(world, 'owner', receiver)
      world.app.get('webhooks').timeout = /never|byte by byte/.test(title) ? 1 : 10
      receiver.behave = (response) => {
        // The second attempt is taken.
        if (receiver.received.length > 1) return response.writeHead(204).end()
        return behave(response)
      }
      const told = await world.as('owner').events()
      await write(title)
      const { data } = await told.event(
        'webhook-deliveries patched',
        (row) => row.endpoint_id === id && row.attempts === 1
      )
      assertFits(data, { ...expected, attempts: 1, state: 'pending' }, title)
      const [first, second] = await receiver.some(2)
      await delivered(world)
      assert.deepEqual([second!.path, second!.text], [first!.path, first!.text])
      assert.equal(second!.headers['webhook-id'], first!.headers['webhook-id'])
      assert.equal(receiver.received.length, 2)
      const [row] = await deliveriesOf(world, id)
      assertFits(row!, { state: 'delivered', attempts: 2, error: null }, title)
      assert.equal((await world.sql('select failing_since from webhook_endpoints'))[0]!.failing_since, null)
    })

  it('are taken with the beginning of a huge answer, which is not read to its end', async () => {
    const { id } = await endpointOf(world, 'owner', receiver)
    let sent = 0
    receiver.behave = (response) => {
      response.writeHead(200)
      const more = () => {
        while (sent < 1e9 && !response.destroyed && response.write('x'.repeat(65_536))) sent += 65_536
      }
      response.on('drain', more)
      more()
    }
    await write('huge')
    await delivered(world)
    const [row] = await deliveriesOf(world, id)
    assert.deepEqual([row!.state, row!.response_body.length], ['delivered', 4096])
    assert.ok(sent < 1e8, `${sent} bytes were sent`)
  })

  it('are tried a day later at most, however long their receiver asks to be left alone', async () => {
    await endpointOf(world, 'owner', receiver)
    const told = await world.as('owner').events()
    receiver.behave = (response) => response.writeHead(429, { 'retry-after': '9'.repeat(14) }).end()
    await write('later')
    const { data } = await told.event('webhook-deliveries patched', (row) => row.response_status === 429)
    const pause = Date.parse(data.next_attempt_at) - Date.parse(data.last_attempt_at)
    assert.ok(Math.abs(pause - 86_400_000) < 60_000, `${pause} ms`)
    await world.sql('delete from webhook_endpoints')
  })

  it('fail for good after their retries, and one or all of them are sent again when asked to', async () => {
    const { id } = await endpointOf(world, 'owner', receiver)
    receiver.behave = (response) => response.writeHead(503).end()
    const since = (await write('f1')).created_at
    await write('f2')
    await delivered(world)
    const rows = await deliveriesOf(world, id)
    assert.deepEqual(rows.map(({ state, attempts }) => [state, attempts]), [['failed', 4], ['failed', 4]]) // prettier-ignore
    receiver.forget()
    const { status, body } = await world.as('owner').post(`/webhook-deliveries/${rows[0]!.id}/replay`)
    assert.deepEqual([status, body.attempts], [202, 0])
    await delivered(world)
    assert.deepEqual(receiver.received.map(({ headers }) => headers['webhook-id']), [rows[0]!.event_id]) // prettier-ignore
    assert.equal((await world.as('owner').post(`/webhook-endpoints/${id}/replay`, { since })).status, 202)
    await receiver.some(2)
    await delivered(world)
    assert.deepEqual(receiver.received.map(({ headers }) => headers['webhook-id']), rows.map(({ event_id }) => event_id)) // prettier-ignore
    await world.as('owner').post(`/webhook-endpoints/${id}/replay`, { since, include_delivered: true })
    await receiver.some(4)
  })

  it('end an endpoint that answers 410, whose owner is mailed, until it is enabled and replayed', async () => {
    const { id } = await endpointOf(world, 'owner', receiver, { url: `${receiver.url}/path-of-an-owner` })
    receiver.behave = (response) => response.writeHead(410).end()
    const told = await world.as('owner').events()
    const since = (await write('g1')).created_at
    const { data } = await told.event('webhook-endpoints patched', (row) => row.id === id && !row.is_active)
    assert.equal(data.disabled_reason, 'gone')
    const [letter] = await mailbox.to('owner@example.com', /switched off/)
    assert.ok(!/path-of-an-owner/.test(letter!.mail.text!))
    assert.match(letter!.mail.text!, /127\.0\.0\.1.*\n\nIts receiver answered that it is gone/)
    await write('g2')
    await delivered(world)
    assert.equal(receiver.received.length, 1)
    assert.equal((await world.as('owner').post(`/webhook-endpoints/${id}/test`)).status, 409)
    receiver.forget()
    await world.as('owner').post(`/webhook-endpoints/${id}/enable`)
    await world.as('owner').post(`/webhook-endpoints/${id}/replay`, { since })
    const titles = (await receiver.some(2)).map(({ body }) => body.data.title)
    assert.deepEqual(titles.sort(), ['g1', 'g2'])
  })

  it('switch off an endpoint that has failed for long, and mail its owner', async () => {
    const { id } = await endpointOf(world, 'stranger', receiver)
    await world.sql(`update webhook_endpoints set failing_since = now() - interval '6 days' where id = $1`, [
      id
    ])
    receiver.behave = (response) => response.writeHead(500).end()
    await world.as('stranger').post('/letters', { title: 'h' })
    await mailbox.to('stranger@example.com', /switched off/)
    const [row] = await world.sql('select disabled_reason from webhook_endpoints where id = $1', [id])
    assert.equal(row!.disabled_reason, 'failing')
  })

  it('are not sent over TLS that nobody vouches for', async () => {
    const server = createServer({ key, cert }, (_request, response) =>
      assert.fail(response.end() && 'was asked')
    )
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
    const { body } = await world.as('owner').post('/webhook-endpoints', { url })
    await write('i')
    await delivered(world)
    const [row] = await deliveriesOf(world, body.id)
    assertFits(row!, { state: 'failed', error: /DEPTH_ZERO_SELF_SIGNED_CERT/ }, 'self-signed')
    server.close()
  })

  it('are not sent to what speaks no TLS, nor is that waited for for longer than other receivers', async () => {
    const silent = createTcpServer(() => undefined)
    await once(silent.listen(0, '127.0.0.1'), 'listening')
    world.app.get('webhooks').timeout = 0.5
    const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port
    const made = []
    for (const port of [portOf(receiver.server), portOf(silent)])
      made.push((await world.as('owner').post('/webhook-endpoints', { url: `https://127.0.0.1:${port}` })).body.id as number)
    await write('l')
    await delivered(world)
    const [plain, never] = await Promise.all(made.map(async (id) => (await deliveriesOf(world, id))[0]!))
    assertFits(plain!, { state: 'failed', attempts: 4, response_status: null, error: /EPROTO|SSL|ECONNRESET|closed/ }, 'no TLS')
    assertFits(never!, { state: 'failed', attempts: 4, response_status: null, error: /took too long/ }, 'silent')
    assert.deepEqual(receiver.received, [])
    world.app.get('webhooks').timeout = 10
    silent.close()
  }) // prettier-ignore

  it('are sent whole where they are large, and kept as far as people look at them', async () => {
    const { id } = await endpointOf(world, 'owner', receiver)
    const long = 'ä'.repeat(10_000)
    await world.as('owner').post('/letters', { title: long, answer: long })
    const { body, text } = await receiver.one()
    assert.deepEqual([body.data.title, body.data.answer], [long, long])
    await delivered(world)
    const [row] = await deliveriesOf(world, id)
    assert.equal(row!.request_body, text.slice(0, 16_384))
  })

  it('that fail with an answer without an end are tried again', async () => {
    const { id } = await endpointOf(world, 'owner', receiver)
    receiver.behave = (response) => {
      if (receiver.received.length > 1) return response.writeHead(204).end()
      return endless(response)
    }
    await write('m')
    await receiver.some(2)
    await delivered(world)
    const [row] = await deliveriesOf(world, id)
    assertFits(row!, { state: 'delivered', attempts: 2, response_status: 204 }, 'endless')
  })

  it('that this server cannot prepare fail as others do, and say nothing of why', async () => {
    const { id } = await endpointOf(world, 'owner', receiver)
    await world.sql(`update webhook_endpoints set secrets = 'nothing that can be opened' where id = $1`, [id])
    await write('k')
    await delivered(world)
    const [row] = await deliveriesOf(world, id)
    const error = 'This server could not prepare or record the attempt'
    assertFits(row!, { state: 'failed', attempts: 4, error, response_status: null }, 'broken')
    assert.deepEqual(receiver.received, [])
  })

  it('are tried by an event that says nothing', async () => {
    const { id } = await endpointOf(world, 'owner', receiver)
    const { status, body } = await world.as('owner').post(`/webhook-endpoints/${id}/test`)
    assert.equal(status, 202)
    const { body: sent } = await receiver.one()
    assert.deepEqual([sent.type, sent.data], ['webhook.test', { endpoint_id: id }])
    await delivered(world)
    assert.equal((await world.as('owner').get(`/webhook-deliveries/${body.id}`)).body.state, 'delivered')
  })
})
