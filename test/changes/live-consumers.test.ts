import assert from 'node:assert/strict'
import type { Listener, Person, World } from '../helpers/world'
import { anonymous, startWorld } from '../helpers/world'
import { Recorder, SECRET } from './recorder'

const TASK = 'insert into tasks (title, user_id) values ($1, $2)'
/** More than wait for a live consumer. */
const MANY = `insert into tasks (title, user_id) select 'One of many', $1 from generate_series(1, 10500)`

describe('live consumers of the feed', () => {
  let world: World
  let owner: Person
  let stranger: Person
  let sockets: Record<'owner' | 'stranger' | 'anonymous', Listener>
  let steady: Recorder
  let failing: Recorder
  before(async () => {
    steady = new Recorder('steady', 'live')
    failing = new Recorder('failing', 'live')
    // In front of the one that keeps up, so that it would be the first to be held up.
    world = await startWorld({ consumers: [failing, steady] })
    owner = await world.register('owner')
    stranger = await world.register('stranger')
    sockets = {
      owner: await world.socket(owner),
      stranger: await world.socket(stranger),
      anonymous: await world.socket(anonymous)
    }
  })
  after(() => world?.close())
  beforeEach(async () => {
    for (const socket of Object.values(sockets)) {
      await socket.told()
      socket.forget()
    }
    for (const recorder of [steady, failing]) recorder.titles.length = recorder.losses.length = recorder.attempts = 0
  }) // prettier-ignore

  const create = async (title: string) => {
    const { status } = await world.rest(owner, 'POST', '/tasks', { body: { title } })
    assert.equal(status, 201)
  }
  const health = async () => {
    const response = await fetch(`${world.url}/health/ready`)
    return { status: response.status, text: await response.text() }
  }

  it('are told of each change once, in order', async () => {
    for (const title of ['a', 'b', 'c']) await create(title)
    await world.sql(TASK, ['by hand', owner.id])
    await world.settled()
    for (const { titles } of [steady, failing]) assert.deepEqual(titles, ['a', 'b', 'c', 'by hand'])
    assert.deepEqual(
      steady.ids,
      [...steady.ids].sort((a, b) => a - b)
    )
    assert.equal(new Set(steady.ids).size, steady.ids.length)
  })

  it('hear on, as sockets do, while another one fails, which then gets all in order', async () => {
    failing.fails = ({ after }) => after?.title === 'poison'
    for (const title of ['before', 'poison', 'behind']) await create(title)
    await sockets.owner.event('tasks created', ({ title }) => title === 'behind')
    await steady.until(({ titles }) => titles.includes('behind'))
    await failing.until(({ attempts }) => attempts > 3)
    assert.deepEqual([...new Set(failing.titles)], ['before'], 'nothing behind what fails')
    failing.fails = () => false
    await failing.until(({ titles }) => titles.includes('behind'))
    assert.deepEqual([...new Set(failing.titles)], ['before', 'poison', 'behind'])
    assert.deepEqual(steady.titles, ['before', 'poison', 'behind'])
    assert.deepEqual(failing.losses, [])
    const told = sockets.owner.events.filter(({ name }) => name === 'tasks created')
    assert.deepEqual(told.map(({ data }) => data.title), ['before', 'poison', 'behind'])
    for (const other of [sockets.stranger, sockets.anonymous])
      assert.deepEqual((await other.drained()).filter((name) => name.startsWith('tasks')), [])
  }) // prettier-ignore

  it('are reported while they fail, by name and time, without what the error says', async () => {
    assert.deepEqual(Object.keys(JSON.parse((await health()).text)), ['status', 'database', 'migrations', 'feed'])
    failing.fails = () => true
    const began = Date.now()
    await create('fails')
    await failing.until(({ attempts }) => attempts > 1)
    const { status, text } = await health()
    assert.equal(status, 200, 'the process serves all the same')
    const { consumers, ...rest } = JSON.parse(text)
    assert.equal(rest.status, 'degraded')
    assert.deepEqual(consumers.map(({ name }: { name: string }) => name), ['failing'])
    assert.deepEqual(Object.keys(consumers[0]), ['name', 'since', 'lag'])
    assert.ok(Date.parse(consumers[0].since) >= began && Date.parse(consumers[0].since) <= Date.now())
    assert.ok(consumers[0].lag >= 0.1 && consumers[0].lag < 60)
    assert.ok(!text.includes(SECRET) && !text.includes('No answer'))
    failing.fails = () => false
    await failing.until(({ titles }) => titles.includes('fails'))
    await world.settled()
    assert.equal(JSON.parse((await health()).text).status, 'ready')
  }) // prettier-ignore

  it('begin anew where more waits for them than is kept, and are told so', async () => {
    failing.fails = () => true
    await world.sql(TASK, ['before', stranger.id])
    await failing.until(({ attempts }) => attempts > 0)
    await world.sql(MANY, [stranger.id])
    await failing.until(({ losses }) => losses.length > 0)
    failing.fails = () => false
    await world.settled()
    const [loss] = failing.losses
    assert.equal(loss!.reason, 'backlog')
    await create('afterwards')
    await failing.until(({ titles }) => titles.includes('afterwards'))
    assert.ok(!failing.titles.includes('before'))
    assert.ok(failing.ids.at(-1)! > loss!.position)
    assert.equal(steady.titles.filter((title) => title === 'One of many').length, 10_500)
    assert.deepEqual(steady.losses, [])
  })

  it('are told of tables that were truncated, and of another history', async () => {
    await world.sql('truncate tasks cascade')
    await steady.until(({ losses }) => losses.length > 0)
    assert.deepEqual(steady.losses.map(({ reason }) => reason), ['truncated'])
    assert.ok(steady.losses[0]!.resources!.includes('tasks'))
    await world.sql('truncate changes restart identity')
    await steady.until(({ losses }) => losses.length > 1)
    assert.deepEqual(steady.losses.map(({ reason }) => reason), ['truncated', 'epoch'])
    await create('after all')
    await steady.until(({ titles }) => titles.includes('after all'))
  }) // prettier-ignore

  it('have a name each', () => {
    const { feed } = world.app.get('engine')
    assert.throws(() => feed.consume(new Recorder('steady', 'live')), /Two consumers .* steady/)
  })
})
