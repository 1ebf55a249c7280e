import assert from 'node:assert/strict'
import type { Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'

const TOKEN = 'a-token-of-the-operators'

/** `name{labels}` → number. */
const parse = (exposition: string): Map<string, number> =>
  new Map(
    exposition
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))])
  )

describe('the metrics', () => {
  let world: World
  let owner: Person
  before(async () => {
    world = await startWorld({ settings: { metrics: { token: TOKEN } } })
    owner = await world.person('owner')
  })
  after(() => world.close())

  const read = (authorization?: string) =>
    fetch(`${world.url}/metrics`, { headers: authorization ? { authorization } : {} })
  const scrape = async () => parse(await (await read(`Bearer ${TOKEN}`)).text())
  const counted = async (name: string) => (await scrape()).get(name) ?? 0

  it('are shown to the token of the operators, and for everybody else, administrators as well, there are none', async () => {
    const admin = await world.person('admin')
    for (const authorization of [undefined, 'Bearer wrong', `Bearer ${admin.token}`, `Basic ${TOKEN}`]) {
      const { status } = await read(authorization)
      assert.equal(status, 404, authorization)
    }
    const shown = await read(`Bearer ${TOKEN}`)
    assert.equal(shown.status, 200)
    assert.match(shown.headers.get('content-type')!, /^text\/plain; version=0\.0\.4/)
    assert.equal(shown.headers.get('cache-control'), 'no-store')
  })

  it('count requests by declared route, method and status, whichever way they took', async () => {
    const route = '/api/v1/tasks/{id}'
    const { body } = await world.rest(owner, 'POST', '/tasks', { body: { title: 'x' } })
    await world.rest(owner, 'GET', `/tasks/${body.id}`)
    // A page of another origin takes the long way.
    await world.rest(owner, 'GET', `/tasks/${body.id}`, { headers: { Origin: 'http://localhost' } })
    await world.rest(await world.person('stranger'), 'GET', `/tasks/${body.id}`)
    const found = await scrape()
    assert.equal(found.get(`rachis_http_requests_total{route="${route}",method="GET",status="200"}`), 2)
    assert.equal(found.get(`rachis_http_requests_total{route="${route}",method="GET",status="404"}`), 1)
    assert.equal(found.get(`rachis_http_request_duration_seconds_count{route="${route}",method="GET"}`), 3)
  })

  it('have no label that a client could choose', async () => {
    const before = [...(await scrape()).keys()].length
    for (let one = 0; one < 20; one++) {
      await world.rest(anonymous, 'GET', `/no-such-thing-${one}`)
      await world.rest(owner, 'GET', `/tasks/${1000 + one}?title=secret-${one}`)
      await fetch(`${world.url}/elsewhere/${one}`)
      await fetch(`${world.url}/api/v${one + 5}/tasks`)
    }
    const names = [...(await scrape()).keys()]
    assert.ok(names.length < before + 60, `${names.length - before} more series`)
    const text = names.join('\n')
    for (const word of ['no-such-thing', 'secret', 'elsewhere', '1000', owner.email!])
      assert.ok(!text.includes(word), word)
    assert.ok((await counted('rachis_http_requests_total{route="none",method="GET",status="404"}')) >= 60)
  })

  it('count calls over sockets, and what is open', async () => {
    const socket = await world.socket(owner)
    await socket.call('find', 'tasks', {})
    await assert.rejects(socket.call('create', 'tasks', {}))
    const found = await scrape()
    assert.equal(found.get('rachis_socket_calls_total{route="tasks.find",status="200"}'), 1)
    assert.equal(found.get('rachis_socket_calls_total{route="tasks.create",status="422"}'), 1)
    assert.equal(found.get('rachis_sockets'), 1)
    assert.equal(found.get('rachis_connections{user="signed_in"}'), 1)
    await socket.call('subscribe', 'tasks', { query: { title: 'x' } })
    assert.equal(await counted('rachis_subscriptions{kind="subscriptions"}'), 1)
  })

  it('tell of the feed, the pool, the process, and how long events took', async () => {
    await world.rest(owner, 'POST', '/tasks', { body: { title: 'told' } })
    await world.settled()
    const found = await scrape()
    assert.ok(found.get('rachis_event_latency_seconds_count')! >= 1)
    assert.ok(found.get('rachis_event_latency_seconds_sum')! < 60)
    for (const name of ['feed_lag_seconds', 'feed_silent_seconds', 'consumer_behind{consumer="real-time"}'])
      assert.ok(found.get(`rachis_${name}`)! < 30, name)
    assert.equal(found.get('rachis_database_connections_max'), world.app.get('database').pool_max)
    assert.ok(found.has('rachis_database_connections{state="used"}'))
    assert.ok(found.get('nodejs_eventloop_lag_p99_seconds')! >= 0)
    assert.ok(found.get('process_resident_memory_bytes')! > 1e6)
  })

  it('tell how many reads of one record share a connection, which they do where nobody has set it', async () => {
    const { body } = await world.rest(owner, 'POST', '/tasks', { body: { title: 'shared' } })
    const get = async () => assert.equal((await world.rest(owner, 'GET', `/tasks/${body.id}`)).status, 200)
    const shared = 'rachis_database_single_reads_total{by="pipeline"}'
    // It is opened for who asks first, who does not wait for it and is answered by the pool.
    while ((await counted(shared)) === 0) await get()
    assert.ok((await counted(shared.replace('pipeline', 'pool'))) > 0)
    assert.equal(await counted('rachis_database_pipeline_open'), 1)
  })

  it('count what happens when people sign in', async () => {
    const failed = 'rachis_security_events_total{event="login_failed"}'
    const before = await counted(failed)
    await world.rest(anonymous, 'POST', '/auth/login', { body: { email: owner.email, password: 'wrong password' } })
    assert.equal((await counted(failed)) - before, 1)
    assert.ok((await counted('rachis_security_events_total{event="login_succeeded"}')) >= 1)
  }) // prettier-ignore
})

describe('metrics that nobody asked for', () => {
  it('are neither shown nor counted', async () => {
    const world = await startWorld()
    const { status } = await fetch(`${world.url}/metrics`)
    assert.equal(status, 404)
    assert.deepEqual([world.app.get('watch'), world.app.get('metricsRegistry')], [undefined, undefined])
    await world.close()
  })

  it('on a port of their own are on no other', async () => {
    const free = await fetchablePort()
    const world = await startWorld({ settings: { metrics: { port: free } } })
    const own = await fetch(`http://127.0.0.1:${free}/metrics`)
    assert.equal(own.status, 200)
    assert.match(await own.text(), /rachis_ready 1/)
    assert.equal((await fetch(`${world.url}/metrics`)).status, 404)
    await world.close()
    await assert.rejects(fetch(`http://127.0.0.1:${free}/metrics`))
  })
})

const fetchablePort = async (): Promise<number> => {
  const { createServer } = await import('node:net')
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))

  return port
}
