import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { accounts } from '../../packages/rachis/src/accounts'
import type { AppOptions } from '../../packages/rachis/src/create-app'
import { createApp } from '../../packages/rachis/src/create-app'
import { Type } from '../../packages/rachis/src/declare'
import { defineJob, jobs } from '../../packages/rachis/src/jobs'
import type { World } from '../helpers/world'
import { openStage } from '../modules/stage'

const input = Type.Object({})
const ran = new EventEmitter()
let count = 0
const rationed = defineJob('rationed', {
  input,
  concurrency: 10,
  rate: { max: 2, seconds: 3600 },
  run: async () => void (count++, ran.emit('rationed'))
})
const free = defineJob('free', { input, run: async () => void ran.emit('free') })
const options: AppOptions = {
  resources: [],
  modules: [accounts, jobs([rationed, free])],
  config: { jobs: { poll_interval: 50, maintenance: 30, shutdown_grace: 0 } }
}

describe('the rate of a job', () => {
  let world: World
  before(async () => void (world = await openStage(options)))
  after(() => world?.close())

  it('holds for all processes together, and what is beyond it waits', async () => {
    const secret_key = world.app.get('secret_key')
    const migrations = (world.app.get('migrations') as string[]).at(-1)!
    const config = { ...options.config, secret_key, database: { url: world.database } }
    const second = createApp({ ...options, migrations, config })
    await second.listen(0, '127.0.0.1')
    const { app } = world
    for (let n = 0; n < 5; n++) await rationed.enqueue({}, { app: n % 2 ? app : second })
    // Both processes have looked at their queues many times by then.
    const free_ran = once(ran, 'free')
    await free.enqueue({}, { app }, { after: 1 })
    await free_ran
    assert.equal(count, 2)
    const more = once(ran, 'rationed')
    await world.sql(
      `update pgboss.job set started_on = started_on - interval '2 hours' where name = 'rationed'`
    )
    await more
    await second.teardown()
    assert.ok(count <= 4, String(count))
  })

  it('is a whole number of attempts in at most an hour', () => {
    for (const rate of [
      { max: 0, seconds: 1 },
      { max: 1, seconds: 3601 },
      { max: 1.5, seconds: 1 }
    ])
      assert.throws(
        () => defineJob('wrong', { input, rate, run: async () => {} }),
        /wrong has a rate that is not/
      )
  })
})
