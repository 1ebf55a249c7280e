import assert from 'node:assert/strict'
import { mayConnect, networkList } from '../../packages/rachis/src/webhooks/network/addresses'
import type { Resolve } from '../../packages/rachis/src/webhooks/network/lookup'
import { post } from '../../packages/rachis/src/webhooks/network/post'
import type { World } from '../helpers/world'
import { openStage } from '../modules/stage'
import { Receiver } from './receiver'
import { config, deliveriesOf, delivered, options } from './stage'

/** Hosts of URLs that lead to this machine, its network, or what a cloud tells its machines about themselves. */
const HOSTS = [
  '127.0.0.1', '127.1', '127.0.1', '2130706433', '0x7f000001', '0x7f.0.0.1', '0177.0.0.1', '017700000001', '0x7f.1', '127.0.0.1.',
  '127.255.255.254', '0.0.0.0', '0', '0.1.2.3', '10.0.0.1', '012.0.0.1', '167772161', '100.64.0.1', '100.100.100.200', '169.254.169.254',
  '2852039166', '0xa9fea9fe', '0251.0376.0251.0376', '169.254.170.2', '172.16.0.1', '172.31.255.255', '192.0.0.192', '192.0.2.1',
  '192.88.99.1', '192.168.1.1', '0300.0250.1.1', '198.18.0.1', '198.51.100.1', '203.0.113.1', '224.0.0.1', '240.0.0.1', '255.255.255.255',
  '168.63.129.16', '１２７.０.０.１', '127。0。0。1', '[::]', '[::1]', '[0:0:0:0:0:0:0:1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]',
  '[::ffff:10.0.0.1]', '[::ffff:169.254.169.254]', '[::ffff:8.8.8.8]', '[::127.0.0.1]', '[::ffff:0:127.0.0.1]', '[64:ff9b::7f00:1]',
  '[64:ff9b::169.254.169.254]', '[64:ff9b:1::7f00:1]', '[100::1]', '[2001::1]', '[2001:db8::1]', '[2001:10::1]', '[2002:7f00:1::]',
  '[2002:a9fe:a9fe::1]', '[3fff::1]', '[5f00::1]', '[fc00::1]', '[fd00:ec2::254]', '[fe80::1]', '[fec0::1]', '[ff02::1]', '[4000::1]'
] // prettier-ignore

/** Names under which clouds answer their machines, and the addresses that those lead to. */
const METADATA: Record<string, string> = {
  'metadata.google.internal': '169.254.169.254',
  'metadata': '169.254.169.254',
  'instance-data.ec2.internal': '169.254.169.254',
  'metadata.tencentyun.com': '169.254.0.23',
  'metadata.azure.internal': '168.63.129.16',
  'metadata.oraclecloud.com': '192.0.0.192',
  'metadata.alibaba.example': '100.100.100.200',
  'aws-v6.example': 'fd00:ec2::254',
  '169.254.169.254.nip.io': '169.254.169.254',
  'mapped.example': '::ffff:169.254.169.254',
  'nat64.example': '64:ff9b::a9fe:a9fe'
} // prettier-ignore

/** What else is wrong with a URL, by what is said of it. */
const WRONG: Record<string, RegExp> = {
  'https://ada:secret@example.com/': /user name or a password/,
  'https://ada@example.com/': /user name or a password/,
  'http://example.com/': /must begin with https/,
  'ftp://example.com/': /must begin with https/,
  'file:///etc/passwd': /must begin with https/,
  'gopher://example.com/x': /must begin with https/,
  'https://example.com/#part': /behind #/,
  'https://': /must be a URL/,
  'https:///x': /must be a URL/,
  'https:example.com': /must be a URL/,
  'https:\\\\example.com': /must be a URL/,
  ' https://example.com': /must be a URL/,
  'https://example.com/\r\nX-Y: z': /must be a URL/,
  'https://exa\tmple.com': /must be a URL/,
  'example.com/hooks': /must be a URL/,
  'https://exa mple.com': /must be a URL/,
  'https://256.256.256.256/': /must be a URL/,
  'https://[::1%25lo]/': /must be a URL/
}

const signal = () => AbortSignal.timeout(5000)
const nowhere = { allow_http: true, allowed: networkList([]) }
const sent = { headers: { 'content-type': 'application/json' }, body: '{}' }
/** Answers each question with the next of these lists of addresses, and counts how often it was asked. */
const resolving = (...answers: readonly string[][]) => {
  let asked = 0
  const resolve: Resolve = async () => answers[Math.min(asked++, answers.length - 1)]!

  return { resolve, count: () => asked }
}

describe('where webhooks are sent', () => {
  let world: World
  let receiver: Receiver
  before(async () => {
    receiver = await new Receiver().open()
    const { allow_http, allowed_networks, ...own } = config.webhooks
    world = await openStage({ ...options, config: { ...config, webhooks: own } as never })
    assert.ok(allow_http && allowed_networks, 'other tests allow what this one does not')
  })
  after(async () => {
    await world?.close()
    await receiver?.close()
  })
  const create = (url: string) => world.as('owner').post('/webhook-endpoints', { url })

  it('is no private or special address, however it is written', async () => {
    for (const host of HOSTS) {
      const { status, body } = await create(`https://${host}/hooks`)
      assert.equal(status, 422, host)
      assert.equal(body.error.field, 'url', host)
      assert.match(body.error.message, /private or special network|must be a URL/, host)
    }
    assert.deepEqual(await world.sql('select url from webhook_endpoints'), [])
  })

  it('is a URL over https without credentials', async () => {
    for (const [url, message] of Object.entries(WRONG)) {
      const { status, body } = await create(url)
      assert.equal(status, 422, url)
      assert.match(body.error.message, message, url)
    }
    const { status, body } = await create('https://example.com/hooks')
    assert.equal(status, 201)
    for (const url of ['https://10.0.0.1/', 'http://example.com/'])
      assert.equal((await world.as('owner').patch(`/webhook-endpoints/${body.id}`, { url })).status, 422)
    await world.as('owner').delete(`/webhook-endpoints/${body.id}`)
  })

  it('is asked again when it is sent: a name that leads to this machine is not connected to', async () => {
    const { port } = new URL(receiver.url)
    const { body } = await create(`https://localhost:${port}/`)
    await world.as('owner').post('/letters', { title: 'x' })
    await delivered(world)
    const [{ state, error }] = (await deliveriesOf(world, body.id)) as [{ state: string; error: string }]
    assert.deepEqual(
      [state, error],
      ['failed', 'The host leads to an address of a private or special network']
    )
    // What an endpoint was given before the configuration was made stricter.
    await world.sql(`update webhook_endpoints set url = $1`, [`${receiver.url}/`])
    await world.as('owner').post('/letters', { title: 'y' })
    await delivered(world)
    const [, last] = await deliveriesOf(world, body.id)
    assert.match(last!.error, /must begin with https/)
    assert.deepEqual(receiver.received, [])
  })

  it('is refused where one of the addresses of a name is, and is the one that was checked', async () => {
    const url = receiver.url.replace('127.0.0.1', 'rebinding.example')
    const request = { ...sent, url, signal: signal() }
    for (const addresses of [['127.0.0.1'], ['8.8.8.8', '127.0.0.1'], ['2606:4700::1', '::1'], ['::ffff:127.0.0.1'], []]) {
      const { resolve } = resolving(addresses)
      await assert.rejects(post({ ...request, reach: nowhere, resolve }), /private or special network/, addresses.join())
    } // prettier-ignore
    // Allowed at first, and forbidden when it is asked once more: it is not asked once more.
    const reach = { allow_http: true, allowed: networkList(['127.0.0.0/8']) }
    const { resolve, count } = resolving(['127.0.0.1'], ['10.0.0.1'])
    assert.equal((await post({ ...request, reach, resolve })).status, 204)
    assert.equal(count(), 1)
    assert.equal(receiver.received.length, 1)
  })

  it('is not what clouds tell their machines, by whatever name, nor what a name leads to once it leads elsewhere', async () => {
    const reach = { allow_http: true, allowed: networkList([]) }
    for (const [host, address] of Object.entries(METADATA)) {
      const { resolve } = resolving([address])
      const asked = post({
        ...sent,
        url: `http://${host}/latest/meta-data/`,
        reach,
        resolve,
        signal: signal()
      })
      await assert.rejects(asked, /private or special network/, host)
    }
    // Between two attempts. The first is let through by the list of networks, the second by nothing.
    const { port } = new URL(receiver.url)
    const local = { allow_http: true, allowed: networkList(['127.0.0.1']) }
    const { resolve, count } = resolving(['127.0.0.1'], ['127.0.0.2'])
    const request = { ...sent, url: `http://rebinding.example:${port}`, reach: local, resolve }
    assert.equal((await post({ ...request, signal: signal() })).status, 204)
    await assert.rejects(post({ ...request, signal: signal() }), /private or special network/)
    assert.equal(count(), 2)
  })

  it('is not where a redirect leads', async () => {
    receiver.forget()
    receiver.behave = (response) => response.writeHead(302, { location: '/elsewhere' }).end('moved')
    const reach = { allow_http: true, allowed: networkList(['127.0.0.1']) }
    const { status, body } = await post({ ...sent, url: receiver.url, reach, signal: signal() })
    assert.deepEqual([status, body, receiver.received.map(({ path }) => path)], [302, 'moved', ['/']])
  })

  it('may be the public internet, and networks that the configuration names', () => {
    const none = networkList([])
    for (const address of [
      '8.8.8.8',
      '1.1.1.1',
      '172.15.0.1',
      '172.32.0.1',
      '100.128.0.1',
      '2606:4700::1',
      '2a00::1'
    ])
      assert.ok(mayConnect(address, none), address)
    const some = networkList(['10.1.0.0/16', 'fd00::/8', '192.168.0.7'])
    for (const address of ['10.1.2.3', 'fd12::1', '192.168.0.7'])
      assert.ok(mayConnect(address, some), address)
    for (const address of ['10.2.0.1', 'fc00::1', '192.168.0.8', '', 'example.com'])
      assert.ok(!mayConnect(address, some), address)
  })
})
