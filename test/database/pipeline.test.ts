import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import type { CallDatabase } from '../../packages/rachis/src/sql/database'
import { connect } from '../../packages/rachis/src/database/connection'
import type { Connection } from '../../packages/rachis/src/database/connection'
import { createDatabase as createRunner } from '../../packages/rachis/src/database/query'
import { configuredApp } from '../../packages/rachis/src/settings/settings'
import { StatementWatch } from '../../packages/rachis/src/util/statement-watch'
import { createDatabase, dropDatabase } from '../helpers/database'

const PID = { text: 'select pg_backend_pid() as pid' as string, values: [], effect: 'read' } as const
/** A connection that runs it takes no other statement meanwhile. */
const SLOW_PID = { ...PID, text: 'select pg_backend_pid() as pid, pg_sleep(0.1)' as string }
/** A value of each type that has a parser of its own, NULL among them. */
const VALUES = {
  text: `select $1::bigint as id, 19.90::numeric(12,2) as price, '{"size": 1}'::jsonb as attributes, null::text as nothing,
    timestamptz '2026-11-28 12:00:00+02' as at, date '2026-11-28' as day, array['a', null] as tags, true as yes`,
  effect: 'read'
} as const

describe('single reads on one connection', function () {
  this.timeout(60_000)
  let url: string
  let connection: Connection
  let database: CallDatabase
  let pool: CallDatabase
  const open = (settings: object = {}) =>
    connect({ ...configuredApp().get('database'), url, pipeline: true, ...settings })
  const pids = async (database: CallDatabase, statement = PID, count = 10): Promise<Set<unknown>> => {
    const rows = await Promise.all(Array.from({ length: count }, () => database.sendOne(statement)))
    return new Set(rows.map(([row]) => row!.pid))
  }
  /** The pool answers until the connection is there, and while it rests, of which no event tells. Asked without a pause it would keep the machine busy. */
  const pipelined = async (): Promise<number> => {
    for (;;) {
      const found = await pids(database)
      if (found.size === 1) return [...found][0] as number
      await setTimeout(20)
    }
  }

  before(async () => {
    url = await createDatabase()
    connection = open()
    database = createRunner(connection.knex, connection.pipeline)
    pool = createRunner(connection.knex)
    await connection.knex.raw(
      'create table held (id bigint primary key, size bigint); insert into held values (1, 2)'
    )
  })
  after(async () => {
    await connection?.close()
    if (url) await dropDatabase(url)
  })

  it('share it, have the session of the program and the rows of the pool, as objects and as lists', async () => {
    await pipelined()
    const [shown, expected] = await Promise.all(
      [database, pool].map((one) => one.sendOne({ text: 'show timezone', values: [], effect: 'read' }))
    )
    assert.deepEqual(shown, expected)
    for (const rowMode of [undefined, 'array'] as const)
      for (const id of [1, 2]) {
        const statement = { ...VALUES, values: [id], rowMode }
        assert.deepEqual(await database.sendOne(statement), await pool.sendOne(statement))
      }
  })

  it('are counted also where they are of more shapes than are prepared', async () => {
    await pipelined()
    const { reads } = connection.pipeline!
    const shapes = createRunner(connection.knex, connection.pipeline)
    const before = reads.pipeline + reads.pool
    for (let shape = 0; shape < 510; shape++)
      await shapes.sendOne({ text: `select ${shape} as shape`, values: [], effect: 'read' })
    assert.equal(reads.pipeline + reads.pool - before, 510)
  })

  it('are told to who watches statements, as those of the pool are', async () => {
    const told: string[] = []
    const watch = new StatementWatch([(sql) => () => void told.push(sql)])
    const watched = connect({ ...configuredApp().get('database'), url, pipeline: true }, undefined, watch)
    try {
      const reads = createRunner(watched.knex, watched.pipeline)
      while ((await pids(reads)).size > 1) await setTimeout(20)
      told.length = 0
      await reads.sendOne({ text: 'select $1::text as secret', values: ['hidden'], effect: 'read' })
      assert.deepEqual(told, ['select $1::text as secret'])
    } finally {
      await watched.close()
    }
  })

  it('fail each for itself', async () => {
    const pid = await pipelined()
    const divide = (by: number) =>
      database.sendOne({ text: 'select 12 / $1::integer as result', values: [by], effect: 'read' })
    const answers = await Promise.allSettled([3, 0, 4, 0, 6].map(divide))
    assert.deepEqual(
      answers.map((answer) => (answer.status === 'fulfilled' ? answer.value[0]!.result : answer.reason.code)),
      [4, '22012', 3, '22012', 2]
    )
    const circle: Record<string, unknown> = {}
    circle.of = circle
    const json = (value: unknown) =>
      database.sendOne({ text: 'select $1::jsonb as value', values: [value], effect: 'read' })
    for (let time = 0; time < 2; time++) {
      const [row] = await Promise.all([divide(2), assert.rejects(json(circle), /circular/)])
      assert.deepEqual(row, [{ result: 6 }])
      assert.deepEqual(await json({ size: 1 }), [{ value: { size: 1 } }])
    }
    assert.deepEqual(await pids(database), new Set([pid]), 'the statement is prepared there all the same')
  })

  it('leave the connection where one waits for a lock, and the others behind it are answered meanwhile', async () => {
    await pipelined()
    const holding = await connection.knex.transaction()
    await holding.raw('lock table held in access exclusive mode')
    const waiting = database.sendOne({
      text: 'select id from held where id = $1',
      values: [1],
      effect: 'read'
    })
    const behind = database.sendOne({ text: 'select 1 as one', values: [], effect: 'read' })
    // Both hold only if the one behind is answered before the lock is given back.
    assert.deepEqual(await behind, [{ one: 1 }])
    await holding.rollback()
    assert.deepEqual(await waiting, [{ id: 1 }])
  })

  it('are read anew where a column has another type now', async () => {
    const read = () =>
      database.sendOne({ text: 'select size from held where id = $1', values: [1], effect: 'read' })
    await pipelined()
    await Promise.all([read(), read()])
    await connection.knex.raw('alter table held alter size type text')
    assert.deepEqual(await Promise.all([read(), read(), read()]), Array(3).fill([{ size: '2' }]))
    await pipelined()
    assert.deepEqual(await read(), [{ size: '2' }])
  })

  it('are asked again on the pool where the server ends the connection, and find another one', async () => {
    const pid = await pipelined()
    const terminate = {
      text: 'select pg_terminate_backend(pid) from pg_stat_activity where pid = $1',
      values: [pid],
      effect: 'read'
    } as const
    const [ended, ...rows] = await Promise.all([
      database.sendOne(terminate),
      ...Array.from({ length: 8 }, () => database.sendOne(PID))
    ])
    // The pool finds nobody any more that it could end.
    assert.ok(ended.length <= 1)
    for (const [row] of rows) assert.ok(Number(row!.pid) > 0)
    assert.notEqual(await pipelined(), pid)
  })

  it('are shared with the pool where each takes long, since one connection does one after the other', async () => {
    await pipelined()
    const slow = { ...PID, text: 'select pg_backend_pid() as pid, pg_sleep(0.005)' as string }
    for (let n = 0; n < 40; n++) await database.sendOne(slow)
    const { pipeline, pool } = connection.pipeline!.reads
    assert.ok((await pids(database, slow, 40)).size > 1)
    const reads = connection.pipeline!.reads
    assert.ok(reads.pipeline - pipeline < 20, `${reads.pipeline - pipeline} of 40 waited for each other`)
    assert.equal(reads.pipeline + reads.pool - pipeline - pool, 40)
    await pipelined()
  })

  it('are left to the pool where nothing is prepared, and writes are anyway', async () => {
    const other = open({ prepare: false })
    try {
      const unprepared = createRunner(other.knex, other.pipeline)
      assert.ok((await pids(unprepared, SLOW_PID)).size > 1)
    } finally {
      await other.close()
    }
    const pid = await pipelined()
    const rows = await database.sendOne({ ...PID, effect: 'write' })
    assert.notEqual(rows[0]!.pid, pid)
  })
})
