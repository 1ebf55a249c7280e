import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { assertToldAsDocumented } from '../helpers/told'
import type { Json, Listener, World } from '../helpers/world'
import { anonymous } from '../helpers/world'
import { UnrecoverableError } from '../../packages/rachis/src/jobs'
import { ask } from '../graphql/ask'
import { openStage } from '../modules/stage'
import { openStream } from '../streams/reader'
import { hang, nightly, options, print, quiet, work } from './runs-stage'

const RUNS = 'job-runs'

describe('runs of jobs', () => {
  let world: World
  let events: Listener
  let admin: Listener
  before(async () => {
    world = await openStage(options)
    events = await world.as('owner').events()
    admin = await world.as('admin').events()
  })
  after(() => world?.close())
  afterEach(() => {
    work.print = async () => {}
  })

  const order = (title: string, more: object = {}) =>
    world.as('owner').post('/prints/order', { title, ...more })
  const run = async (id: string): Promise<Json> => (await world.as('owner').get(`/${RUNS}/${id}`)).body
  /** What the owner has been told of one run once it is so. */
  const told = async (id: string, fits: (run: Json) => boolean): Promise<Json> => {
    return (await events.event(`${RUNS} patched`, (one) => one.id === id && fits(one))).data
  }
  /** A job that goes on when it is told to. */
  const gate = () => {
    const gates = new EventEmitter()
    const begun = once(gates, 'begun')
    const opened = once(gates, 'open')
    return { begun, open: () => gates.emit('open'), pass: () => (gates.emit('begun'), opened) }
  }

  it('are told to their owner while the job runs, and to nobody else', async () => {
    const others = await Promise.all(['stranger', 'manager', anonymous].map((who) => world.as(who).events())) // prettier-ignore
    const stream = await openStream(world, await world.person('owner'), `?resources=${RUNS}`)
    const { begun, open, pass } = gate()
    work.print = async ({ progress }) => {
      progress({ done: 3, total: 8, message: 'Third page' })
      await pass()
    }
    const { status, body } = await order('a')
    assert.equal(status, 202, JSON.stringify(body))
    const { data: queued } = await events.event(`${RUNS} created`, ({ id }) => id === body.run_id)
    const { id: user_id } = await world.person('owner')
    assert.deepEqual([queued.job, queued.user_id, queued.state, queued.attempts, queued.progress], ['print', user_id, 'queued', 0, null]) // prettier-ignore
    await begun
    const half = await told(body.run_id, ({ progress }) => progress === 37)
    assert.deepEqual([half.state, half.attempts, half.done, half.total, half.message], ['active', 1, 3, 8, 'Third page']) // prettier-ignore
    assert.ok(half.started_at && !half.ended_at)
    await stream.event(`${RUNS} patched`, ({ progress }) => progress === 37)
    assert.deepEqual(await run(body.run_id), half)
    open()
    const end = await told(body.run_id, ({ state }) => state === 'completed')
    assert.deepEqual([end.progress, end.done, end.message, end.error], [100, 3, 'Third page', null])
    await admin.event(`${RUNS} patched`, ({ id, state }) => id === body.run_id && state === 'completed')
    for (const other of others) assert.deepEqual(await other.told(), [])
    stream.close()
  })

  it('are read as they are now while what their jobs have written is not committed', async () => {
    const { begun, open, pass } = gate()
    work.print = async ({ knex, progress, user }) => {
      await knex('prints').insert({ title: 'early', user_id: user!.id })
      progress(37)
      await pass()
    }
    const { body } = await order('late')
    await begun
    while ((await run(body.run_id)).progress !== 37);
    assert.deepEqual(await world.sql(`select 1 from prints where title = 'early'`), [])
    open()
    await told(body.run_id, ({ state }) => state === 'completed')
    assert.deepEqual((await world.sql(`select 1 as found from prints where title = 'early'`)).length, 1)
  })

  it('are found by their owner and administrators alone, and written by nobody', async () => {
    const { body } = await order('b')
    await told(body.run_id, ({ state }) => state === 'completed')
    const one = `/${RUNS}/${body.run_id}`
    for (const who of ['owner', 'admin']) {
      assert.equal((await world.as(who).get(one)).body.job, 'print', who)
      const socket = await world.as(who).call('get', RUNS, body.run_id)
      assert.deepEqual(socket, (await world.as(who).get(one)).body)
      const { data, errors } = await ask(world, await world.person(who), `{ job_runs_get(id: "${body.run_id}") { job state progress } }`) // prettier-ignore
      assert.equal(errors, undefined, JSON.stringify(errors))
      assert.deepEqual(data.job_runs_get, { job: 'print', state: 'completed', progress: 100 })
      for (const [method, path] of [['POST', `/${RUNS}`], ['PATCH', one], ['PUT', one], ['DELETE', one]] as const)
        assert.equal((await world.as(who).rest(method, path, { state: 'queued' })).status, 405, `${who} ${method}`)
    } // prettier-ignore
    for (const who of ['stranger', 'manager']) {
      assert.equal((await world.as(who).get(one)).status, 404)
      assert.equal((await world.as(who).call('find', RUNS)).total, 0)
    }
    assert.equal((await world.as(anonymous).get(one)).status, 401)
  })

  it('write their reports twice a second at most, and the last one always', async () => {
    work.print = async ({ progress }) => {
      for (let done = 0; done <= 400; done++) {
        progress({ done, total: 400, message: `Page ${done}` })
        if (done % 100 === 99) await new Promise((resolve) => setTimeout(resolve, 300))
      }
      progress({ message: 'All pages\0' })
    }
    const { body } = await order('c')
    const end = await told(body.run_id, ({ state }) => state === 'completed')
    assert.deepEqual([end.done, end.total, end.message], [400, 400, 'All pages'])
    const changes = await world.sql(`select after ->> 'done' as done from changes where record_id = $1 and after ->> 'state' = 'active'`, [body.run_id]) // prettier-ignore
    // Of 402 reports within a second: the beginning, the first report, and one for each half of a second.
    assert.ok(changes.length >= 3 && changes.length <= 6, JSON.stringify(changes))
  })

  it('say of a failure no more than its code, and begin anew with the next attempt', async () => {
    work.print = async ({ attempt, progress, knex }) => {
      if (attempt === 2) return
      progress(80)
      await knex.raw(`insert into prints (title) values ('of a secret')`)
    }
    const { body } = await order('d')
    const failed = await told(body.run_id, ({ state, attempts }) => state === 'queued' && attempts === 1)
    assert.deepEqual([failed.error, failed.progress, failed.ended_at], ['INTERNAL_ERROR', 80, null])
    const again = await told(body.run_id, ({ state, attempts }) => state === 'active' && attempts === 2)
    assert.deepEqual([again.error, again.progress], [null, null])
    const end = await told(body.run_id, ({ state }) => state === 'completed')
    assert.deepEqual([end.attempts, end.error], [2, null])
    const changes = await world.sql('select after::text from changes where record_id = $1', [body.run_id])
    assert.doesNotMatch(JSON.stringify(changes), /insert|secret|Error:/)
  })

  it('fail with their jobs, and a job that is replayed has another one for the same user', async () => {
    work.print = async () => {
      throw new UnrecoverableError('No more paper in room 7')
    }
    const { body } = await order('e')
    const end = await told(body.run_id, ({ state }) => state === 'failed')
    assert.deepEqual([end.attempts, end.error], [1, 'INTERNAL_ERROR'])
    assert.ok(end.ended_at)
    const { data: dead } = await admin.event('dead-letters created', ({ input }) => input.title === 'e')
    work.print = async () => {}
    const { body: answer } = await world.as('admin').post(`/dead-letters/${dead.id}/replay`)
    await told(answer.job_id, ({ state }) => state === 'completed')
    assert.equal((await run(body.run_id)).state, 'failed')
  })

  it('say that a job took too long', async () => {
    const { id } = await world.person('owner')
    const run_id = (await hang.enqueue({ title: 'x' }, { app: world.app, user: { id: id! } }))!
    const end = await told(run_id, ({ state }) => state === 'failed')
    // Where the queue looks in the moment in which the time is over, it is the queue that ends it.
    assert.ok(['JOB_TIMEOUT', 'JOB_LOST'].includes(end.error as string), String(end.error))
    assert.equal(end.progress, 10)
  })

  it('are there as their jobs are: none of a call that is rolled back, one for a key', async () => {
    const before = (await world.as('owner').get(`/${RUNS}`)).body.total
    assert.equal((await order('f', { fails: true })).status, 500)
    const { body } = await order('g', { key: 'once' })
    await told(body.run_id, ({ state }) => state === 'completed')
    assert.equal((await order('g', { key: 'once' })).body.run_id, null)
    assert.equal((await world.as('owner').get(`/${RUNS}`)).body.total, before + 1)
    // After half a day the queue has forgotten the job: its key, and so its id, is free again.
    await world.sql('delete from pgboss.job where id = $1', [body.run_id])
    const again = (await order('g', { key: 'once' })).body.run_id
    assert.equal(again, body.run_id)
    const runs = await world.sql(`select count(*)::int as count from changes where record_id = $1 and after ->> 'state' = 'queued'`, [again]) // prettier-ignore
    assert.deepEqual(runs, [{ count: 2 }])
  })

  it('wait again where the process stops', async () => {
    const { begun, pass } = gate()
    work.print = async () => void (await pass())
    const { body } = await order('h')
    await begun
    await world.app.get('jobQueues').close()
    const stopped = await run(body.run_id)
    assert.deepEqual([stopped.state, stopped.attempts, stopped.started_at], ['queued', 0, null])
    work.print = async () => {}
    await world.app.get('jobQueues').open()
    assert.equal((await told(body.run_id, ({ state }) => state === 'completed')).attempts, 1)
  })

  it('are not left running by a process that was killed in the last attempt', async () => {
    const { id } = await world.person('owner')
    const run_id = '019ae000-0000-7000-8000-000000000001'
    await world.sql(`insert into job_runs (id, job, user_id, state, attempts) values ($1, 'print', $2, 'active', 2)`, [run_id, id]) // prettier-ignore
    await world.sql(
      `insert into pgboss.job (id, name, data, state, retry_limit, retry_count, dead_letter, started_on, expire_in)
       values ($1, 'print', '{"job":"print","user_id":"${id}","input":{"title":"i"}}', 'active', 1, 1, 'dead_letters', now() - interval '1 minute', '2 seconds')`,
      [run_id]
    )
    const end = await told(run_id, ({ state }) => state === 'failed')
    assert.deepEqual([end.error, end.attempts], ['JOB_LOST', 2])
  }).timeout(20_000)

  it('belong to nobody where a job runs by itself, or is enqueued by the server', async () => {
    const id = (await print.enqueue({ title: 'j' }, { app: world.app }))!
    const { data } = await admin.event(`${RUNS} patched`, (one) => one.id === id && one.state === 'completed')
    assert.equal(data.user_id, null)
    assert.equal((await world.as('owner').get(`/${RUNS}/${id}`)).status, 404)
    // It may have run before anybody listened.
    const { body } = await world.as('admin').get(`/${RUNS}?job=${nightly.name}&state=completed`)
    if (body.total === 0)
      await admin.event(`${RUNS} patched`, ({ job, state }) => job === nightly.name && state === 'completed')
    const [found] = await world.sql(`select user_id, attempts, progress from job_runs where job = $1 and state = 'completed'`, [nightly.name]) // prettier-ignore
    assert.deepEqual(found, { user_id: null, attempts: 1, progress: 100 })
  }).timeout(90_000)

  it('are had by jobs alone that are declared with progress', async () => {
    await quiet.enqueue({ title: 'k' }, { app: world.app })
    const { data } = await admin.event('dead-letters created', ({ job }) => job === 'quiet')
    assert.match(String(data.error), /quiet reports progress that nobody would see: declare it with progress: true/) // prettier-ignore
    assert.deepEqual(await world.sql(`select 1 from job_runs where job = 'quiet'`), [])
  })

  it('are in the documents and on the admin page', async () => {
    const json = async (name: string) => (await (await fetch(`${world.url}/${name}`)).json()) as Json
    const { paths } = await json('openapi.json')
    assert.deepEqual(
      Object.keys(paths['/job-runs']).filter((name) => ['get', 'post'].includes(name)),
      ['get']
    )
    assert.ok(paths['/prints/order'].post.responses['202'])
    assert.match(JSON.stringify(await json('asyncapi.json')), /"job-runs patched"/)
    const { body } = await world.as('owner').get('/admin/description')
    assert.match(JSON.stringify(body), /"job-runs"/)
    await assertToldAsDocumented(world, [...events.events, ...admin.events])
  })
})
