import assert from 'node:assert/strict'
import pg from 'pg'
import { explainGeneric } from '../../packages/rachis/src/database/explain'
import { slowQueries } from '../../packages/rachis/src/observe/slow-queries'
import { logger } from '../../packages/rachis/src/util/logger'
import type { Person, World } from '../helpers/world'
import { startWorld } from '../helpers/world'
import type { LogLine } from './log-lines'
import { linesOf, writtenBy } from './log-lines'

describe('statements that are slow', () => {
  let world: World
  let owner: Person
  const { level } = logger
  before(async () => {
    logger.level = 'warn'
    world = await startWorld({ settings: { database: { slow_query: 50, slow_query_plan: true } } })
    owner = await world.person('owner')
    await world.rest(owner, 'POST', '/tasks', { body: { title: 'very-secret-word' } })
  })
  after(async () => {
    logger.level = level
    await world.close()
  })

  /** What the log says of statements on tasks while somebody else holds the table for a while. */
  const whileLocked = async (ask: () => Promise<unknown>): Promise<LogLine[]> => {
    const client = new pg.Client(world.database)
    await client.connect()
    const text = await writtenBy(async () => {
      await client.query('begin; lock table tasks in access exclusive mode')
      const asked = ask()
      await client.query('select pg_sleep(0.15); commit')
      await asked
      // Its plan is asked for behind the answer.
      await world.app.get('connection').own.raw('select 1')
      await new Promise((resolve) => setTimeout(resolve, 100))
    })
    await client.end()

    // A busy machine makes others slow as well, such as the one that asks for the plan.
    return linesOf(text).filter(
      ({ msg, sql }) => msg === 'A statement was slow' && /^select .*from "tasks"/s.test(String(sql))
    )
  }

  it('are logged with their time and the plan for any values, without a value', async () => {
    const [line, ...more] = await whileLocked(() => world.rest(owner, 'GET', '/tasks?title=very-secret-word'))
    assert.equal(more.length, 0)
    assert.match(String(line!.sql), /from "tasks"/)
    assert.ok(Number(line!.ms) >= 50)
    assert.match((line!.plan as string[]).join('\n'), /(Scan|Result).*[\s\S]*\$\d/)
    assert.ok(!JSON.stringify(line).includes('very-secret-word'))
  })

  it('are explained once a minute, however often they are slow', async () => {
    const ask = () => world.rest(owner, 'GET', '/tasks?title=another-word')
    const [before] = await whileLocked(ask)
    const [line] = await whileLocked(ask)
    assert.deepEqual([line!.sql, line!.plan], [before!.sql, undefined])
    assert.equal(typeof line!.ms, 'number')
  })

  it('say nothing of quick ones, and leave the answer as it is', async () => {
    const text = await writtenBy(() => world.rest(owner, 'GET', '/tasks'))
    assert.equal(linesOf(text).length, 0)
  })

  it('are explained without being executed, with operators that look like parameters', async () => {
    const { own } = world.app.get('connection')
    const sql = `delete from tasks where title = $1 and to_jsonb(tasks) ? 'title'`
    assert.match((await explainGeneric(own, sql)).join('\n'), /Delete on tasks/)
    const [{ count }] = (await world.sql('select count(*)::int as count from tasks')) as [{ count: number }]
    assert.equal(count, 1)
  })

  it('are logged where they fail, and where they cannot be explained it says why', async () => {
    const text = await writtenBy(async () => {
      const explain = () => Promise.reject(new Error('no such plan'))
      const observe = slowQueries({ threshold: 0, logger, explain })
      observe('select nonsense')(new Error('refused'))
      await Promise.resolve()
    })
    const [line] = linesOf(text)
    assert.deepEqual([line!.sql, line!.plan_error], ['select nonsense', 'no such plan'])
  })
})
