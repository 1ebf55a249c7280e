import assert from 'node:assert/strict'
import { createDatabase, dropDatabase, onServer } from '../helpers/database'
import { noPgBouncer, startPgBouncer } from '../helpers/pgbouncer'
import type { Person, World } from '../helpers/world'
import { anonymous, PASSWORD, startWorld } from '../helpers/world'

type PgBouncer = Awaited<ReturnType<typeof startPgBouncer>>

/** Connections of the server that were used before, and by others, have other settings than ours. */
const HOSTILE = { DateStyle: 'SQL, DMY', TimeZone: 'Asia/Kolkata', extra_float_digits: '-3', default_transaction_isolation: 'serializable' } // prettier-ignore

const MODES: [string, string, boolean][] = [
  ['that refuses options, with a direct address', '', true],
  ['that drops options, without one', 'ignore_startup_parameters = options', false]
]

for (const [how, settings, isDirect] of MODES)
  describe(`behind a PgBouncer in transaction mode ${how}`, () => {
    let database: string
    let bouncer: PgBouncer
    let world: World
    let owner: Person
    before(async function () {
      if (noPgBouncer) return this.skip()
      database = await createDatabase('template0')
      const name = new URL(database).pathname.slice(1)
      // Without a direct address an index that is built concurrently is looked for where the role's own search path leads.
      const hostile = { ...HOSTILE, ...(isDirect ? { search_path: 'nowhere' } : {}) }
      await onServer(async (client) => {
        for (const [key, value] of Object.entries(hostile))
          await client.query(`alter database ${name} set ${key} = '${value}'`)
      })
      bouncer = await startPgBouncer(database, settings)
      const direct_url = isDirect ? database : ''
      world = await startWorld({
        database: bouncer.url,
        settings: { database: { direct_url }, metrics: { open: 'always' } }
      })
      owner = await world.register('owner')
    })
    after(async () => {
      await world?.close(true)
      await bouncer?.stop()
      if (database) await dropDatabase(database)
    })

    const create = (title: string) => world.rest(owner, 'POST', '/tasks', { body: { title, due_date: '2030-02-01T05:06:07.089Z' } }) // prettier-ignore

    it('migrates, writes and reads the same values over many connections', async () => {
      const created = await Promise.all(Array.from({ length: 20 }, (_, n) => create(`Task ${n}`)))
      assert.deepEqual(created.map(({ status }) => status), Array(20).fill(201)) // prettier-ignore
      for (const { body } of created) {
        assert.equal(body.due_date, '2030-02-01T05:06:07.089Z')
        assert.ok(Math.abs(Date.parse(body.created_at as string) - Date.now()) < 60_000)
      }
      const lists = await Promise.all(
        Array.from({ length: 20 }, () => world.rest(owner, 'GET', '/tasks?limit=2'))
      )
      for (const { status, body } of lists) assert.deepEqual([status, body.total], [200, 20])
    })

    it('keeps transactions whole, and a failed one leaves nothing', async () => {
      const { body: task } = await create('Steps')
      const steps = await Promise.all([1, 2, 3].map(() => world.rest(owner, 'POST', `/tasks/${task.id}/complete`)))
      assert.deepEqual(steps.map(({ status }) => status).sort(), [200, 409, 409])
      const twice = { email: owner.email, username: 'owner2', password: PASSWORD }
      assert.equal((await world.rest(anonymous, 'POST', '/auth/register', { body: twice })).status, 409)
      const refreshed = await world.rest(anonymous, 'POST', '/auth/refresh', { body: { refresh_token: owner.refresh_token } })
      assert.equal(refreshed.status, 200)
      assert.equal((await fetch(`${world.url}/health/ready`)).status, 200)
    }) // prettier-ignore

    it('reads single records over the pool alone, whatever `database.pipeline` says', async () => {
      assert.equal(world.app.get('database').pipeline, true)
      const { body } = await create('Single')
      for (let round = 0; round < 5; round++) {
        const answers = await Promise.all(
          Array.from({ length: 10 }, () => world.rest(owner, 'GET', `/tasks/${body.id}`))
        )
        for (const { body: found } of answers) assert.equal(found.title, 'Single')
      }
      const metrics = await (await fetch(`${world.url}/metrics`)).text()
      assert.match(metrics, /^rachis_database_pipeline_open 0$/m)
      assert.match(metrics, /^rachis_database_single_reads_total{by="pipeline"} 0$/m)
      assert.match(metrics, /^rachis_database_single_reads_total{by="pool"} [1-9]/m)
    })

    it('tells what happens, also by another process', async () => {
      const socket = await world.socket(owner)
      const { body } = await create('Live')
      await socket.event('tasks created', ({ id }) => id === body.id)
      const by = { connectionString: database }
      await onServer(
        (client) => client.query(`update public.tasks set title = 'By hand' where id = $1`, [body.id]),
        by
      )
      await socket.event('tasks patched', ({ title }) => title === 'By hand')
    })
  })

describe('behind a PgBouncer in statement mode', () => {
  it('the start says that transactions are missing', async function () {
    if (noPgBouncer) return this.skip()
    const database = await createDatabase()
    const bouncer = await startPgBouncer(database, 'pool_mode = statement')
    await assert.rejects(
      startWorld({ database: bouncer.url }),
      /transaction blocks not allowed in statement pooling mode/
    )
    await bouncer.stop()
    await dropDatabase(database)
  })
})
