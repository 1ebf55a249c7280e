import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Client } from 'pg'
import { runCli } from '../helpers/cli'
import { createDatabase, dropDatabase, onServer } from '../helpers/database'
import { onlyInDepth } from '../helpers/depth'
import { Server } from '../resilience/server'

const COUNTS =
  'select (select count(*)::int from products) as products, (select count(*)::int from orders) as orders, (select count(*)::int from tasks) as tasks'
/** Ends when somebody has written products, which are neither the first nor the last of the demonstration data. */
const whileFilling = async (client: Client): Promise<void> => {
  const sql = `select 1 from pg_locks where relation = 'products'::regclass and mode = 'RowExclusiveLock'`
  while ((await client.query(sql)).rowCount === 0) continue
}
const countsOf = async (url: string) =>
  (await onServer((client) => client.query(COUNTS), { connectionString: url })).rows[0] as Record<
    string,
    number
  >

const seed = (url: string, ...args: string[]) => runCli('seed', args, { url })

describe('npm run seed', () => {
  it('fills the database, to any size, and ends well (TEST_DEPTH=2)', async function () {
    onlyInDepth(this)
    this.timeout(180_000)
    const url = await createDatabase()
    try {
      for (const misspelt of [['--scale=-1'], ['--size', '9']])
        assert.equal((await seed(url, ...misspelt)).code, 1, misspelt.join(' '))
      assert.deepEqual(await countsOf(url), { products: 0, orders: 0, tasks: 0 })
      assert.deepEqual(await seed(url, '--scale', '1000'), {
        code: 0,
        out: 'The demonstration data is there.\nProducts BULK-1 to BULK-1000 are there.\n'
      })
      const counts = { products: 1500, orders: 2000, tasks: 15 }
      assert.deepEqual(await countsOf(url), counts)
      const again = await seed(url)
      assert.deepEqual([again.code, await countsOf(url)], [0, counts])
      assert.match(again.out, /in use: demonstration data goes into an empty one only/)
    } finally {
      await dropDatabase(url)
    }
  })

  for (const [signal, ended] of [['SIGTERM', 0], ['SIGKILL', 'SIGKILL']] as const)
    it(`what ${signal} interrupts at the first start is there as a whole after the next (TEST_DEPTH=2)`, async function () {
      onlyInDepth(this)
      this.timeout(180_000)
      const url = await createDatabase('template1')
      const spawn = () => Server.spawn({ DATABASE_URL: url, SEED_DEMO: 'true', LOG_LEVEL: 'info' })
      try {
        const first = spawn()
        while (!first.output.includes('Migrated')) await once(first.child.stdout!, 'data')
        await onServer(whileFilling, { connectionString: url })
        assert.equal(await first.end(signal), ended)
        assert.doesNotMatch(first.output, /"level":[56]0|could not/)
        const next = spawn()
        await next.ready()
        assert.equal(await next.end('SIGTERM'), 0)
        assert.deepEqual(await countsOf(url), { products: 500, orders: 2000, tasks: 15 })
      } finally {
        await dropDatabase(url)
      }
    }) // prettier-ignore
})
