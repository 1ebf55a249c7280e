import assert from 'node:assert/strict'
import { renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import fc from 'fast-check'
import type { Knex } from 'knex'
import { Client } from 'pg'
import { migrationFiles } from '../../packages/rachis/src/database/migration-file'
import { createSql, planOf } from '../../packages/rachis/src/database/plan/plan'
import type { Step } from '../../packages/rachis/src/database/plan/step'
import type { Table } from '../../packages/rachis/src/model/table'
import { migrate, migrationStatus, rollback } from '../../packages/rachis/src/database/migrate'
import { MIGRATIONS } from '../helpers/database'
import { DEPTH } from '../helpers/depth'
import { verify } from '../../packages/rachis/src/model/verify'
import { evolution } from './declaration-arbitraries'
import {
  catalogOf,
  Databases,
  doing,
  execute,
  folderWith,
  folderWithCore,
  namesIn,
  plain,
  SHIPPED,
  tablesOf
} from './migrations'

/** Writes the files of a migration, and answers their names. */
const writing = (folder: string, name: string, steps: readonly Step[]): string[] =>
  migrationFiles(steps).map(({ suffix, text }, index) => {
    const file = `${name}_${index}${suffix}`
    writeFileSync(path.join(folder, `${file}.ts`), text)

    return file
  })

const CREATES = doing('create table made (id int)')

/** When other connections ended a transaction, as long as they have not begun another one. */
const ENDED = `select state_change::text as ended from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid() and state = 'idle'`

/** Waits until others have ended that many transactions. */
const untilEnded = async (client: Client, count: number) => {
  const ended = new Set<string>()
  while (ended.size < count) {
    // A transaction sees always the same ones else.
    await client.query('select pg_stat_clear_snapshot()')
    const { rows } = await client.query<{ ended: string }>(ENDED)
    for (const row of rows) ended.add(row.ended)
    await setTimeout(10)
  }
}

/** That whatever these tables have may be lost. */
const everything = (tables: readonly Table[]) => {
  const names = tables.flatMap(({ name, columns, constraints }) => [
    name,
    ...[...columns, ...constraints].map((part) => `${name}.${part.name}`)
  ])

  return { drop: new Set(names), narrow: new Set(names) }
}

/** A database as new, with the engine's own tables only. */
const emptied = async (knex: Knex) => {
  await knex.raw('drop schema public cascade; create schema public')
  await migrate(knex, folderWithCore())
}

const isLocked = async (knex: Knex) =>
  (await knex.raw<{ rows: unknown[] }>('select is_locked from knex_migrations_lock')).rows

describe('migrations', () => {
  const databases = new Databases()
  afterEach(function () {
    // The server writes what is left of a database to its disk before it drops it.
    this.timeout(60_000)

    return databases.close()
  })

  describe('made from any declarations', () => {
    it('give them, change them and take the change back', async function () {
      this.timeout(600_000)
      const [knex, other] = [await databases.empty(), await databases.empty()]
      /** The catalog of a database that has had these tables from the start, made without a file. */
      const built = async (tables: readonly Table[]) => {
        await emptied(other)
        await execute(other, createSql(tables))

        return catalogOf(other)
      }
      const property = fc.asyncProperty(evolution, async ({ before, after }) => {
        verify(before)
        verify(after)
        const [a, b] = [tablesOf(before), tablesOf(after)]
        const folder = folderWithCore()
        await emptied(knex)
        assert.deepEqual(writing(folder, '1_create', planOf([], a).steps), await migrate(knex, folder))
        const created = await catalogOf(knex)
        assert.deepEqual(created, await built(a), 'the tables as declared')

        // As from migrations/schema.json.
        const change = planOf(plain(a), b, everything(a))
        assert.deepEqual(change.refused, [])
        const files = writing(folder, '2_change', change.steps)
        await migrate(knex, folder)
        assert.deepEqual(await catalogOf(knex), await built(b), 'the tables as declared anew')
        assert.deepEqual(planOf(plain(b), b), { steps: [], refused: [], kept: [], tables: b })

        for (const _file of files) await rollback(knex, folder)
        assert.deepEqual(await catalogOf(knex), created, 'the tables as they were')
      })
      await fc.assert(property, { numRuns: 8 * DEPTH, seed: 20261121 })
    })
  })

  describe('run by several processes', () => {
    it('at once are applied once, and nobody fails', async () => {
      const url = await databases.create()
      const applied = await Promise.all([1, 2, 3, 4].map(() => migrate(databases.connect(url), MIGRATIONS)))
      assert.deepEqual(
        applied.filter((names) => names.length > 0),
        [SHIPPED]
      )
    })

    it('at once may build an index concurrently', async () => {
      const url = await databases.create()
      const folder = folderWith({
        '1.ts': CREATES,
        '2.ts': doing('create index concurrently made_idx on made (id)', 'export const config = { transaction: false }') // prettier-ignore
      })
      const applied = await Promise.all([1, 2, 3].map(() => migrate(databases.connect(url), folder)))
      assert.deepEqual(applied.flat(), ['1', '2'])
    })

    it('wait for one that is at work, and go on where it dies', async () => {
      const url = await databases.create()
      const folder = folderWith({ '1.ts': doing('create table made (id int)') })
      const other = new Client(url)
      other.on('error', () => undefined)
      await other.connect()
      await other.query('begin; select pg_advisory_xact_lock(7226443171)')
      let isDone = false
      const migrated = migrate(databases.connect(url), folder).finally(() => (isDone = true))
      // An index that is built concurrently would wait for one long transaction, and that one for it.
      await untilEnded(other, 8)
      assert.equal(isDone, false)
      await other.end()
      assert.deepEqual(await migrated, ['1'])
    })

    it('go on where one was killed: the lock of Knex that it left behind holds up nobody', async () => {
      const url = await databases.create()
      const knex = databases.connect(url)
      await migrate(knex, folderWith())
      await knex('knex_migrations_lock').update({ is_locked: 1 })
      const folder = folderWith({ '1.ts': CREATES })
      const [one, other] = await Promise.all([migrate(knex, folder), migrate(databases.connect(url), folder)])
      assert.deepEqual([...one, ...other], ['1'])
      assert.deepEqual(await isLocked(knex), [{ is_locked: 0 }])
    })
  })

  describe('that fail', () => {
    const FAILS = doing('create table half (id int); select 1 / 0')

    it('leave nothing behind, and say which', async () => {
      const knex = await databases.empty()
      const folder = folderWith({ '1_good.ts': CREATES, '2_bad.ts': FAILS })
      await assert.rejects(migrate(knex, folder), /^Error: The migration 2_bad failed: .*division by zero/s)
      assert.deepEqual(await catalogOf(knex), [])
      assert.deepEqual(await migrationStatus(knex, folder), { done: [], pending: ['1_good', '2_bad'] })
      writeFileSync(path.join(folder, '3_other.ts'), doing('select 1'))
      // Mended under another name: the failed one is still in the cache of modules.
      renameSync(path.join(folder, '2_bad.ts'), path.join(folder, '2_bad.txt'))
      assert.deepEqual(await migrate(knex, folder), ['1_good', '3_other'])
    })

    it('keep what came before where they run without a transaction', async () => {
      const knex = await databases.empty()
      const head = 'export const config = { transaction: false }'
      const folder = folderWith({ '1_good.ts': CREATES, '2_bad.ts': FAILS, '3_own.ts': doing('select 1', head) }) // prettier-ignore
      await assert.rejects(migrate(knex, folder), /2_bad failed/)
      assert.deepEqual(namesIn(await catalogOf(knex), 'table'), ['made.made'])
      assert.deepEqual(await migrationStatus(knex, folder), { done: ['1_good'], pending: ['2_bad', '3_own'] })
      assert.deepEqual(await isLocked(knex), [{ is_locked: 0 }])
    })

    it('to be taken back say which', async () => {
      const knex = await databases.empty()
      const up = `export const up = (knex) => knex.raw('select 1')\n`
      const folder = folderWith({ '1_bad.ts': `${up}export const down = (knex) => knex.raw('select 1 / 0')\n` }) // prettier-ignore
      await migrate(knex, folder)
      await assert.rejects(rollback(knex, folder), /The migration 1_bad failed: .*division by zero/s)
      assert.deepEqual((await migrationStatus(knex, folder)).done, ['1_bad'])
    })

    it('for want of a file are told by its name', async () => {
      const knex = await databases.empty()
      await migrate(knex, folderWith({ '1_gone.ts': CREATES }))
      await assert.rejects(migrate(knex, folderWith()), /missing: 1_gone/)
    })

    it('for want of a direction are told so', async () => {
      const knex = await databases.empty()
      const folder = folderWith({ '1_half.ts': 'export const up = (knex) => knex.raw("select 1")\n' })
      await assert.rejects(migrate(knex, folder), /1_half must have both an up and down/)
    })
  })

  it('may take longer than a request', async () => {
    const url = new URL(await databases.create())
    url.searchParams.set('options', '-c statement_timeout=200')
    const slow = doing('select pg_sleep(0.5)')
    assert.deepEqual(await migrate(databases.connect(url.toString()), folderWith({ '1.ts': slow })), ['1'])
    // One without a transaction keeps others waiting; those who wait wait on.
    const own = doing('select pg_sleep(0.1)', 'export const config = { transaction: false }')
    const folder = folderWith({ '1.ts': slow, '2.ts': own, '3.ts': slow })
    assert.deepEqual(await migrate(databases.connect(url.toString()), folder), ['2', '3'])
  })

  it('are the same when compiled', async () => {
    const knex = await databases.empty()
    await migrate(knex, folderWith({ '1.ts': CREATES }))
    const compiled = folderWith({ '1.js': 'exports.up = exports.down = () => { throw new Error() }', '1.d.ts': '' }) // prettier-ignore
    assert.deepEqual(await migrate(knex, compiled), [])
  })
})
