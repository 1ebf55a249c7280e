import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import type { Client } from 'pg'
import { createDatabase, dropDatabase, onServer } from '../helpers/database'
import { onlyInDepth } from '../helpers/depth'
import { Machine } from './machine'

const TOKEN = 'a-token-of-the-operators'

/** Looks again until it is so. */
const until = async (what: string, holds: () => Promise<boolean>) => {
  for (const begun = performance.now(); !(await holds()); await setTimeout(100))
    assert.ok(performance.now() - begun < 45_000, `waited for ${what}`)
}
/** Over a connection of its own. */
const statusOf = async (url: string) => {
  const request = get(url, { agent: false, signal: AbortSignal.timeout(10_000) })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  response.resume()

  return response.statusCode
}

describe('a process that takes the place of one that has ended (TEST_DEPTH=2)', function () {
  this.timeout(120_000)
  let database: string
  let machine: Machine
  before(async function () {
    onlyInDepth(this)
    // No other process can send a signal there.
    if (process.platform === 'win32') this.skip()
    database = await createDatabase()
    machine = await Machine.start(database, {
      METRICS_TOKEN: TOKEN,
      METRICS_OPEN: 'never',
      LOG_LEVEL: 'error'
    })
  })
  after(async () => {
    if (machine) assert.equal(await machine.end(), 0, machine.server.output)
    if (database) await dropDatabase(database)
  })

  const migrates = async (client: Client) => {
    const { rows } = await client.query(
      `select from pg_locks where relation = 'knex_migrations'::regclass and not granted`
    )
    return rows.length > 0
  }
  const readyProcesses = async () => {
    const headers = { Authorization: `Bearer ${TOKEN}` }
    const answer = await fetch(`${machine.world.url}/metrics`, { headers })

    return Number(/^rachis_ready (\d+)$/m.exec(await answer.text())?.[1])
  }
  const askOften = () =>
    Promise.all(Array.from({ length: 20 }, () => statusOf(`${machine.world.url}/api/v1/products`)))

  it('takes connections once it serves: until then the others have them', async () => {
    const holdUp = onServer(async (client) => {
      // Whoever migrates waits for this table.
      await client.query('begin; lock table knex_migrations in access exclusive mode')
      process.kill(machine.workers.at(-1)!, 'SIGKILL')
      await until('the other process to start', () => migrates(client))
      assert.deepEqual(new Set(await askOften()), new Set([200]))
      assert.equal(await readyProcesses(), 1)
      await client.query('rollback')
    }, { connectionString: database }) // prettier-ignore
    await holdUp
    await until('both to serve', async () => (await readyProcesses()) === 2)
    assert.deepEqual(new Set(await askOften()), new Set([200]))
  })

  it('stops in order also before it serves', async () => {
    const holdUp = onServer(async (client) => {
      await client.query('begin; lock table knex_migrations in access exclusive mode')
      process.kill(machine.workers.at(-1)!, 'SIGKILL')
      await until('the other process to start', () => migrates(client))
      const ended = machine.end()
      await client.query('rollback')
      assert.equal(await ended, 0, machine.server.output)
      assert.doesNotMatch(machine.server.output, /Stopping failed/)
    }, { connectionString: database }) // prettier-ignore
    await holdUp
  })
})
