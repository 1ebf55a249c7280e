import assert from 'node:assert/strict'
import type { Answer, Json, Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'

describe('events for caches', () => {
  let here: World
  let there: World
  let cast: Record<'anonymous' | 'owner' | 'stranger' | 'manager' | 'admin', Person>
  before(async () => {
    const settings = { sockets: { poll_wait: 1 }, rate_limit: { requests: 0 } } as object
    here = await startWorld({ settings })
    there = await startWorld({ settings, database: here.database })
    cast = await here.cast()
  })
  beforeEach(() => settled())
  after(async () => {
    await there?.close(true)
    await here?.close()
  })

  const settled = () => Promise.all([here.settled(), there.settled()])
  const ask = (next: string, world = here, person = anonymous): Promise<Answer> =>
    world.rest(person, 'GET', next.replace('/api/v1', ''))
  const poll = async (next: string, world = here): Promise<Json> => {
    const { status, body } = await ask(next, world)
    assert.equal(status, 200, JSON.stringify(body))

    return body
  }
  const START = '/events/poll?resources=categories'
  const create = async (name: string): Promise<Json> => {
    const { status, body } = await here.rest(cast.admin, 'POST', '/categories', { body: { name, slug: name.toLowerCase() } }) // prettier-ignore
    assert.equal(status, 201, JSON.stringify(body))

    return body
  }
  const told = ({ events }: Json) =>
    events.map(({ event, data }: Json) => `${event} ${data.name ?? data.reason}`)

  it('tell from the position of a list on what anybody may read, and nothing else', async () => {
    const list = await here.rest(anonymous, 'GET', '/products')
    const position = list.headers.get('x-rachis-position')
    const { id: category_id } = await create('Tea')
    const product = { name: 'Assam', price: 5, cost: 1, category_id, sku: 'A-12', stock_quantity: 3 }
    const made = await here.rest(cast.admin, 'POST', '/products', { body: product })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    await here.rest(cast.owner, 'POST', '/tasks', { body: { title: 'private' } })
    await settled()
    const chunk = await poll(`/events/poll?resources=products,categories&after=${position}`, there)
    const shown = await here.rest(anonymous, 'GET', `/products/${made.body.id}`)
    assert.deepEqual(chunk.events.map(({ event }: Json) => event), ['categories created', 'products created'])
    assert.deepEqual(chunk.events[1].data, shown.body)
    assert.equal(chunk.up_to_date, true)
    const filtered = await poll(`/events/poll?resources=products&filter[products][sku]=NONE&after=${position}`)
    assert.deepEqual(filtered.events, [])
  }) // prettier-ignore

  it('are the same for all who ask from one place, at any process, whoever they are', async () => {
    const { next } = await poll(START)
    await create('Same')
    await settled()
    const answers = await Promise.all([ask(next), ask(next, there), ask(next, there, cast.admin), ask(next.replace('resources', 'x').replace('x', 'resources'))]) // prettier-ignore
    for (const { body } of answers) assert.deepEqual(body, answers[0]!.body)
    const { headers } = answers[0]!
    assert.equal(headers.get('cache-control'), 'public, max-age=5, stale-while-revalidate=5')
    for (const name of ['x-request-id', 'ratelimit', 'x-ratelimit-remaining', 'set-cookie'])
      assert.equal(headers.get(name), null, name)
  })

  it('wait where all is told, and are answered by what happens', async () => {
    const { next } = await poll(START)
    const waiting = Promise.all([ask(next), ask(next, there)])
    await create('Awaited')
    for (const { body } of await waiting) assert.deepEqual(told(body), ['categories created Awaited'])
  })

  it('say that nothing happened with another address, which no cache has', async () => {
    const { next, position } = await poll(START)
    const begun = Date.now()
    const waited = await poll(next)
    assert.ok(Date.now() - begun >= 950)
    assert.deepEqual([waited.events, waited.position, waited.up_to_date], [[], position, true])
    assert.notEqual(waited.next, next)
  })

  it('are cut at fixed places, and what is past stays as it was', async () => {
    const { position } = await poll(START)
    await here.sql(
      `insert into categories (name, slug) select 'Many ' || at, 'many-' || at from generate_series(1, 1500) as at`
    )
    await settled()
    const chunks: Json[] = []
    for (let next = `${START}&after=${position}`; chunks.at(-1)?.up_to_date !== true;) {
      chunks.push(await poll(next))
      next = chunks.at(-1)!.next
    }
    assert.deepEqual(
      chunks.flatMap(told),
      Array.from({ length: 1500 }, (_, at) => `categories created Many ${at + 1}`)
    )
    const first = `${START}&after=${position}`
    await create('Later')
    await settled()
    const [again, other] = [await ask(first), await ask(first, there)]
    assert.equal(again.headers.get('cache-control'), 'public, max-age=60, stale-while-revalidate=300')
    assert.deepEqual([again.body, other.body], [chunks[0], chunks[0]])
  })

  it('say what to fetch anew, and why', async () => {
    const mine = (await here.rest(cast.owner, 'GET', '/categories')).headers.get('x-rachis-position')
    const { position } = await poll(START)
    for (const [after, reason] of [['nonsense', 'epoch'], [position.replace(/^1\.\w/, (start: string) => (start === '1.0' ? '1.1' : '1.0')), 'epoch'], [mine, 'rights']]) {
      const chunk = await poll(`${START}&after=${after}`)
      assert.deepEqual([told(chunk), chunk.up_to_date], [[`categories reset ${reason}`], true])
      assert.deepEqual(told(await poll(chunk.next)), [])
    }
    await here.sql(`select setval(pg_get_serial_sequence('changes', 'id'), (select max(id) + 10100 from changes))`)
    await create('Far')
    await settled()
    assert.deepEqual(told(await poll(`${START}&after=${position}`)), ['categories reset size'])
  }) // prettier-ignore

  it('refuse what not anybody may read, and what they do not know, for no cache to keep', async () => {
    const cases: [string, number, string][] = [
      ['/events/poll?resources=tasks', 401, 'NOT_AUTHENTICATED'],
      ['/events/poll', 400, 'BAD_QUERY'],
      [`${START}&filter[categories][name][$lt]=m`, 422, 'NOT_SUBSCRIBABLE'],
      [`${START}&live=soon`, 400, 'BAD_QUERY'],
      [`${START}&last_event_id=1`, 400, 'BAD_QUERY'],
      [`${START}&after=1&after=2`, 400, 'BAD_QUERY'],
      [`${START}&ticket=x`, 400, 'BAD_QUERY']
    ]
    for (const [path, status, code] of cases) {
      const answer = await ask(path, here, cast.admin)
      assert.deepEqual([answer.status, answer.body.error.code, answer.headers.get('cache-control')], [status, code, 'no-store'], path) // prettier-ignore
    }
    assert.equal((await here.rest(anonymous, 'POST', '/events/poll', { body: {} })).status, 405)
  })

  it('are answered when the process stops', async () => {
    const third = await startWorld({ settings: { sockets: { poll_wait: 50 } } as object, database: here.database }) // prettier-ignore
    await third.settled()
    const waiting = poll((await poll(START, third)).next, third)
    while (third.app.get('engine').polls.asked === 0) await new Promise(setImmediate)
    await third.close(true)
    assert.deepEqual((await waiting).events, [])
  })
})
