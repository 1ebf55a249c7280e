import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { createClient } from '../../packages/rachis/src/client'
import type { ServiceTypes } from '../../packages/rachis/src/declare/declarations'
import type { Person, World } from '../helpers/world'
import { anonymous, PASSWORD, startWorld } from '../helpers/world'
import { noReplication, Replicated } from './replicated'

type Answer = Awaited<ReturnType<World['rest']>>

describe('a replica that reads go to', function () {
  this.timeout(120_000)
  let servers: Replicated
  let world: World
  let owner: Person
  let stranger: Person
  let admin: Person
  before(async function () {
    if (noReplication) {
      console.log(`      skipped: ${noReplication}`)
      return this.skip()
    }
    servers = await Replicated.start()
    world = await startWorld({
      database: servers.primary.url,
      settings: {
        database: { replica_url: servers.replica.url, replica_max_lag: 600 },
        metrics: { open: 'always' }
      }
    })
    ;[owner, stranger, admin] = await Promise.all(['owner', 'stranger', 'admin'].map((name) => world.person(name))) as [Person, Person, Person] // prettier-ignore
    await caughtUp()
  })
  afterEach(async () => {
    await servers?.goOn()
    if (world) await caughtUp()
  })
  after(async () => {
    await world?.close(true)
    servers?.remove()
  })

  const reads = () => world.app.get('replicaReads')!
  /** Until somebody who has written a moment ago reads the replica again. */
  const caughtUp = async () => {
    for (;;) {
      const before = reads().reads.replica
      await Promise.all([owner, stranger, admin].map((person) => world.rest(person, 'GET', '/tasks')))
      if (reads().reads.replica === before + 3) return
    }
  }
  /** What a call did, by the server that it went to. */
  const during = async (call: () => Promise<unknown>) => {
    const before = { ...reads().reads }
    await call()
    return {
      primary: reads().reads.primary - before.primary,
      replica: reads().reads.replica - before.replica
    }
  }
  const PRIMARY = { primary: 1, replica: 0 }
  const REPLICA = { primary: 0, replica: 1 }
  const titles = ({ body }: Answer) => (body.data as { title: string }[]).map(({ title }) => title).sort()
  const create = async (person: Person, title: string) => {
    const answer = await world.rest(person, 'POST', '/tasks', { body: { title } })
    assert.equal(answer.status, 201)
    return answer
  }

  it('answers lists, records, groups, reports, exports and relations of who has written nothing since', async () => {
    const { body: task } = await create(owner, 'seen everywhere')
    await caughtUp()
    const answered = (person: Person, path: string) => during(async () => assert.equal((await world.rest(person, 'GET', path)).status, 200, path)) // prettier-ignore
    const paths = ['/tasks', `/tasks/${task.id}`, '/tasks/search?q=seen', '/tasks/aggregate?group=status&count=*', '/stores?include=manager', '/order-items'] // prettier-ignore
    for (const path of paths) assert.deepEqual(await answered(owner, path), REPLICA, path)
    assert.deepEqual(await answered(admin, '/analytics/sales?days=30'), REPLICA)
    const csv = { headers: { accept: 'text/csv' } }
    assert.deepEqual(await during(async () => assert.match((await world.rest(owner, 'GET', '/tasks', csv)).body as never, /seen everywhere/)), REPLICA) // prettier-ignore
  })

  it('is not read by who has written, until it has their write; others read on there, and see what was before', async () => {
    await servers.holdUp()
    await create(owner, 'new')
    for (const path of ['/tasks', '/tasks?sort=title', '/tasks?title=new'])
      assert.ok(titles(await world.rest(owner, 'GET', path)).includes('new'), path)
    assert.deepEqual(await during(() => world.rest(owner, 'GET', '/tasks')), PRIMARY)
    assert.deepEqual(await during(() => world.rest(stranger, 'GET', '/tasks')), REPLICA)
    assert.deepEqual(await during(() => world.rest(anonymous, 'GET', '/categories?limit=1&name=x')), REPLICA)
    await servers.goOn()
    await caughtUp()
    assert.ok(titles(await world.rest(owner, 'GET', '/tasks')).includes('new'))
  })

  it('is not read by who has written on another process, once this one has heard of it, or by the header of the answer', async () => {
    const other = await startWorld({
      database: servers.primary.url,
      settings: { secret_key: `of-the-tests-only-${servers.primary.url}` }
    })
    await servers.holdUp()
    const written = await other.rest(owner, 'POST', '/tasks', { body: { title: 'elsewhere' } })
    const headers = { 'X-Rachis-Tx': written.headers.get('x-rachis-tx')! }
    assert.deepEqual(titles(await world.rest(owner, 'GET', '/tasks?title=elsewhere', { headers })), [
      'elsewhere'
    ])
    assert.deepEqual(await during(() => world.rest(stranger, 'GET', '/tasks', { headers })), PRIMARY)
    await world.settled()
    assert.deepEqual(titles(await world.rest(owner, 'GET', '/tasks?title=elsewhere')), ['elsewhere'])
    await servers.goOn()
    await caughtUp()
    assert.deepEqual(await during(() => world.rest(stranger, 'GET', '/tasks', { headers })), REPLICA)
    await other.close(true)
  })

  it('is not read by a client that has written on another process, whichever way its calls go', async () => {
    const other = await startWorld({
      database: servers.primary.url,
      settings: { secret_key: `of-the-tests-only-${servers.primary.url}` }
    })
    // As a balancer does that gives each request to another process.
    const balanced: typeof fetch = (url, init) =>
      fetch(init?.method === 'GET' || init?.method === undefined ? url : String(url).replace(world.url, other.url), init) // prettier-ignore
    const client = createClient<ServiceTypes>(world.url, { fetch: balanced })
    await client.login({ email: stranger.email!, password: PASSWORD })
    await caughtUp()
    await servers.holdUp()
    const written = await client.service('tasks').create({ title: 'by the client' })
    const { data } = await client.service('tasks').find({ query: { title: 'by the client' } })
    assert.deepEqual(data.map(({ id }) => id), [written.id]) // prettier-ignore
    assert.equal((await client.fetch(`/tasks/${written.id}`)).status, 200)
    client.close()
    await other.close(true)
  })

  it('is not read by who has sent a file, from when it is one', async () => {
    const headers = { Authorization: `Bearer ${owner.token}`, 'Content-Type': 'multipart/form-data; boundary=x' } // prettier-ignore
    const form = request(`${world.url}/api/v1/files`, { method: 'POST', headers })
    form.write('--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nte')
    while ((await world.sql('select from uploads')).length === 0) await new Promise(setImmediate)
    await caughtUp()
    await servers.holdUp()
    form.end('xt\r\n--x--\r\n')
    const [answer] = (await once(form, 'response')) as [IncomingMessage]
    answer.resume()
    assert.equal(answer.statusCode, 201)
    const { status } = await world.rest(owner, 'GET', answer.headers.location!.replace('/api/v1', ''))
    assert.equal(status, 200)
  })

  it('gives lists a position of which nothing is missed behind', async () => {
    await servers.holdUp()
    await create(owner, 'behind the position')
    await world.settled()
    const { headers, body } = await world.rest(admin, 'GET', '/categories?sort=name')
    await world.rest(admin, 'POST', '/categories', { body: { name: 'After', slug: 'after' } })
    await world.settled()
    const stale = await world.rest(stranger, 'GET', '/categories?sort=name')
    assert.deepEqual(stale.body.data, body.data)
    const place = (answer: Answer) => answer.headers.get('x-rachis-position')!
    // A reader that goes on behind what the replica had is told of what it lacked.
    const missed = await fetch(`${world.url}/api/v1/events/poll?resources=categories&after=${encodeURIComponent(place(await world.rest(anonymous, 'GET', '/categories?sort=name&limit=7')))}`) // prettier-ignore
    const told = JSON.stringify(await missed.json())
    assert.match(told, /"After"/)
    assert.ok(headers.get('x-rachis-position'))
  })

  it('is not read by sockets that were told of a change that it lacks, nor for lists that say which changes they include', async () => {
    const socket = await world.socket(owner)
    await servers.holdUp()
    await create(owner, 'told')
    await socket.event('tasks created', ({ title }) => title === 'told')
    const strangers = await world.socket(stranger)
    assert.deepEqual(await during(() => strangers.call('find', 'tasks', {})), PRIMARY)
    assert.deepEqual(await during(() => strangers.call('subscribe', 'tasks', {})), { primary: 0, replica: 0 })
  })

  it('is not read by whose rights have changed, nor where other records decide, since those have', async () => {
    await servers.holdUp()
    const { id } = await world.person('stranger')
    const promoted = await world.rest(admin, 'PATCH', `/users/${id}`, { body: { role: 'manager' } })
    assert.equal(promoted.status, 200)
    await world.settled()
    assert.deepEqual(await during(() => world.rest(stranger, 'GET', '/tasks')), PRIMARY)
    assert.deepEqual(await during(() => world.rest(owner, 'GET', '/order-items')), REPLICA)
    await world.sql(`insert into orders (user_id, order_number, subtotal, tax_amount, shipping_amount, total, shipping_address, billing_address, payment_method, currency, status, payment_status) values ($1, 'ORD-X', 1, 0, 0, 1, '{}', '{}', 'card', 'USD', 'pending', 'pending')`, [id]) // prettier-ignore
    await world.settled()
    assert.deepEqual(await during(() => world.rest(owner, 'GET', '/order-items')), PRIMARY)
    assert.deepEqual(await during(() => world.rest(owner, 'GET', '/tasks')), REPLICA)
    await servers.goOn()
    await caughtUp()
    const back = await world.rest(admin, 'PATCH', `/users/${id}`, { body: { role: 'user' } })
    assert.equal(back.status, 200)
  })

  it('that lags beyond the bound, or is gone, is not read, which metrics and health tell; it is read again by itself', async () => {
    const ready = async () => (await (await fetch(`${world.url}/health/ready`)).json()) as { status: string; replica: { status: string; lag: number } } // prettier-ignore
    const until = async (status: string) => {
      for (;;) {
        const found = await ready()
        if (found.replica.status === status) return found
      }
    }
    assert.deepEqual((await until('ok')).status, 'ready')
    servers.replica.kill()
    assert.equal((await world.rest(stranger, 'GET', '/tasks')).status, 200)
    assert.equal((await until('unreachable')).status, 'degraded')
    assert.deepEqual(await during(() => world.rest(stranger, 'GET', '/tasks')), PRIMARY)
    const metrics = await (await fetch(`${world.url}/metrics`)).text()
    assert.match(metrics, /^rachis_replica_usable(\{.*\})? 0$/m)
    servers.replica.start()
    assert.equal((await until('ok')).status, 'ready')
    await caughtUp()
    assert.match(await (await fetch(`${world.url}/metrics`)).text(), /^rachis_replica_usable(\{.*\})? 1$/m)
  })
})
