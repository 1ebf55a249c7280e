import assert from 'node:assert/strict'
import { createApp } from '../../packages/rachis/src/create-app'
import { defineJob, jobs } from '../../packages/rachis/src/jobs'
import { Type } from '../../packages/rachis/src/declare'
import type { World } from '../helpers/world'
import { anonymous } from '../helpers/world'
import { openStage } from '../modules/stage'
import { behaviour, next, options, report, stamp, unlisted } from './stage'

const titles = async (world: World, title: string): Promise<number> => {
  const [{ count }] = (await world.sql('select count(*)::int as count from letters where title = $1', [title])) as [{ count: number }] // prettier-ignore
  return count
}
const jobsOf = (world: World, title: string) =>
  world.sql(`select state, retry_count from pgboss.job where data -> 'input' ->> 'title' = $1`, [title])

describe('jobs', () => {
  let world: World
  before(async () => void (world = await openStage(options)))
  after(() => world?.close())
  afterEach(() => {
    behaviour.stamp = behaviour.report = async () => {}
  })
  const post = (title: string, more: object = {}) =>
    world.as('owner').post('/letters/post', { title, ...more })

  it('run after the commit of the call, for whoever made it, and their writes are told as theirs', async () => {
    const events = await world.as('owner').events()
    const foreign = await world.as('stranger').events()
    const done = next('stamp', 'a')
    const { status, body } = await post('a')
    assert.equal(status, 200)
    const { id, attempt, user } = await done
    const { id: user_id } = await world.person('owner')
    assert.deepEqual([id, attempt, user?.id], [body.id, 1, user_id])
    await events.event('letters created', ({ title }) => title === 'stamped a')
    await world.settled()
    assert.deepEqual(await foreign.told(), [])
    const [change] = await world.sql(`select user_id from changes where after ->> 'title' = 'stamped a'`)
    assert.equal(String(change!.user_id), String(user_id))
  })

  it('are not enqueued by a call that is rolled back, nor twice for one key', async () => {
    assert.equal((await post('b', { fails: true })).status, 500)
    assert.deepEqual(await jobsOf(world, 'b'), [])
    const done = next('stamp', 'c')
    assert.match((await post('c', { key: 'k' })).body.id, /^[0-9a-f-]{36}$/)
    await done
    assert.equal((await post('c', { key: 'k' })).body.id, null)
    assert.equal(await titles(world, 'stamped c'), 1)
  })

  it('are tried again where they throw, with what they wrote taken back', async () => {
    behaviour.stamp = async ({ attempt }) => {
      if (attempt === 1) throw new Error('The first attempt')
    }
    const done = next('stamp', 'd')
    await post('d')
    assert.equal((await done).attempt, 2)
    await world.app.get('jobQueues').close()
    assert.equal(await titles(world, 'stamped d'), 1)
    await world.app.get('jobQueues').open()
  })

  it('that fail for good are dead letters for administrators, replayed or discarded by them alone', async () => {
    const admin = world.as('admin')
    const told = await admin.events()
    const foreign = await world.as('owner').events()
    foreign.forget()
    behaviour.stamp = async () => {
      throw new Error('No stamps left')
    }
    for (const title of ['e', 'f']) await post(title)
    const { data: first } = await told.event('dead-letters created', ({ input }) => input.title === 'e')
    await told.event('dead-letters created', ({ input }) => input.title === 'f')
    const { id: user_id } = await world.person('owner')
    assert.deepEqual(
      [first.job, first.error, first.attempts, first.enqueued_by],
      ['stamp', 'Error: No stamps left', 2, String(user_id)]
    )
    for (const [who, status] of [['owner', 403], ['manager', 403], ['anonymous', 401]] as const) {
      assert.equal((await world.as(who).get('/dead-letters')).status, status, who)
      const { status: refused } = await world.as(who).post(`/dead-letters/${first.id}/replay`)
      assert.ok([401, 403, 404].includes(refused), who)
    } // prettier-ignore
    assert.deepEqual(await foreign.told(), [])
    behaviour.stamp = async () => {}
    const done = next('stamp', 'e')
    const { status, body } = await admin.post(`/dead-letters/${first.id}/replay`)
    assert.equal(status, 200, JSON.stringify(body))
    assert.equal((await done).id, body.job_id)
    const { data } = (await admin.get('/dead-letters')).body
    assert.deepEqual(data.map(({ input }: { input: object }) => input), [{ title: 'f' }]) // prettier-ignore
    assert.deepEqual((await admin.post(`/dead-letters/${data[0].id}/discard`)).body, { success: true })
    assert.equal((await admin.post(`/dead-letters/${data[0].id}/discard`)).status, 404)
    assert.deepEqual((await admin.get('/dead-letters')).body.data, [])
  })

  it('that take too long are aborted, and leave nothing that they wrote', async () => {
    let reason: unknown
    behaviour.report = ({ signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject((reason = signal.reason)))) // prettier-ignore
    const told = await world.as('admin').events()
    await report.enqueue({ title: 'slow' }, { app: world.app })
    const { data: dead } = await told.event('dead-letters created', ({ input }) => input.title === 'slow')
    assert.equal((reason as Error).name, 'TimeoutError')
    assert.deepEqual([dead.job, dead.attempts, dead.enqueued_by], ['report', 1, null])
  })

  it('of a process that was killed are tried again by another, once their time is over', async () => {
    // As a process leaves it that was killed after it took the job: it is taken, and nobody works on it.
    const done = next('stamp', 'g')
    const { id } = await world.person('owner')
    await world.sql(
      `insert into pgboss.job (id, name, data, state, retry_limit, dead_letter, started_on, expire_in)
       values (gen_random_uuid(), 'stamp', '{"job":"stamp","user_id":"${id}","input":{"title":"g"}}', 'active', 1, 'dead_letters', now() - interval '1 minute', '2 seconds')`
    )
    assert.equal((await done).attempt, 2)
  }).timeout(15_000)

  it('go back to their queue when the process stops, with all their attempts', async () => {
    let begun: () => void
    const isBegun = new Promise<void>((resolve) => (begun = resolve))
    behaviour.stamp = ({ signal }) => (
      begun(),
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
    ) // prettier-ignore
    await post('h')
    await isBegun
    await world.app.get('jobQueues').close()
    assert.deepEqual(await jobsOf(world, 'h'), [{ state: 'created', retry_count: 0 }])
    assert.equal(await titles(world, 'stamped h'), 0)
    behaviour.stamp = async () => {}
    const done = next('stamp', 'h')
    await world.app.get('jobQueues').open()
    assert.equal((await done).attempt, 1)
  })

  it('have the rights of whoever enqueued them in calls on their behalf', async () => {
    await world.as('stranger').post('/letters', { title: 'theirs' })
    const { id } = await world.person('owner')
    const seen = new Promise<unknown[]>((resolve, reject) => {
      behaviour.report = async ({ app, asCaller, knex, readable }, { title }) => {
        if (title !== 'mine') return
        const found = await app.service('letters' as never as 'users').find(asCaller as never).catch(reject) // prettier-ignore
        const { rows } = await knex.raw('select title from ? as letters', [readable('letters' as never)])
        resolve([JSON.stringify(found), JSON.stringify(rows)])
      }
    })
    await report.enqueue({ title: 'mine' }, { app: world.app, user: { id: id! } })
    for (const text of await seen) {
      assert.match(text as string, /stamped a/)
      assert.doesNotMatch(text as string, /theirs/)
    }
  })

  it('run by themselves where they have a schedule, in its time zone', async () => {
    const [row] = await world.sql('select name, cron, timezone from pgboss.schedule')
    assert.deepEqual(row, { name: 'report', cron: '* * * * *', timezone: 'Asia/Tokyo' })
    const found = await world.sql(`select 1 from pgboss.job where name = 'report' and data -> 'input' ->> 'title' = 'by itself'`) // prettier-ignore
    if (found.length === 0) await next('report', 'by itself')
  }).timeout(70_000)

  it('are counted in /metrics', async () => {
    const text = await (await fetch(`${world.url}/metrics`)).text()
    const counted = text.split('\n').filter((line) => line.startsWith('rachis_job'))
    for (const line of [/total\{job="stamp",outcome="completed"\} [1-9]/, /total\{job="stamp",outcome="failed"\} 2/, /total\{job="stamp",outcome="released"\} 1/, /waiting\{job="report"\} \d/, /seconds_count\{job="stamp"\} \d/]) assert.ok(counted.some((one) => line.test(one)), `${line.source}: ${counted.join('\n')}`) // prettier-ignore
  })

  it('are in the document', async () => {
    const { paths } = (await (await fetch(`${world.url}/openapi.json`)).json()) as { paths: object }
    for (const path of ['', '/{id}', '/{id}/replay', '/{id}/discard'])
      assert.ok(`/dead-letters${path}` in paths || `/api/v1/dead-letters${path}` in paths, path)
  })

  it('refuse what is wrong with a declaration or an input, by name', async () => {
    const input = Type.Object({})
    const run = async () => {}
    assert.throws(() => defineJob('Send Mail', { input, run }), /"Send Mail" is not named in snake_case/)
    assert.throws(() => defineJob('x', { input, run, retries: -1 }), /job x has retries -1: give .* 0 to 100/)
    assert.throws(
      () => createApp({ resources: [], modules: [...options.modules!.slice(0, 1), jobs([stamp, stamp])] }),
      /The job stamp is listed twice/
    )
    const { app } = world
    await assert.rejects(unlisted.enqueue({ title: 'x' }, { app }), /unlisted is not listed: add it to jobs/)
    await assert.rejects(stamp.enqueue({ title: '' }, { app }), /input of the job stamp is wrong: title must/)
    assert.equal((await world.rest(anonymous, 'POST', '/letters/post', { body: { title: 'x' } })).status, 401)
  })
})
