import assert from 'node:assert/strict'
import { readdirSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { Client } from 'pg'
import type { LockWaits } from '../../packages/rachis/src/database/migrate'
import { migrate, migrationStatus } from '../../packages/rachis/src/database/migrate'
import { migrationFile } from '../../packages/rachis/src/database/migration-file'
import { buildIndex } from '../../packages/rachis/src/database/plan/sql'
import { Databases, doing, folderWith, folderWithCore } from './migrations'

const PARTITIONS = '20261129014500_partitions_of_changes.ts'

/** Statements of a table that wait for a lock. */
const WAITING = `select count(*)::int as waiting from pg_locks where not granted and relation = 'made'::regclass`

describe('migrations of a table that is in use', () => {
  const databases = new Databases()
  let [reader, observer]: Client[] = []
  let url: string
  const client = async () => {
    const opened = new Client(url)
    await opened.connect()

    return opened
  }
  const untilSomebodyWaits = async () => {
    for (;;) {
      const { rows } = await observer!.query<{ waiting: number }>(WAITING)
      if (rows[0]!.waiting > 0) return
      await setTimeout(5)
    }
  }

  beforeEach(async () => {
    url = await databases.create()
    ;[reader, observer] = [await client(), await client()]
  })
  afterEach(async () => {
    await Promise.all([reader!.end(), observer!.end()])
    await databases.close()
  })

  it('let others go first, and are applied once nobody reads it', async () => {
    const knex = databases.connect(url)
    const folder = folderWith({ '1.ts': doing('create table made (id int)') })
    await migrate(knex, folder)
    writeFileSync(path.join(folder, '2.ts'), doing('alter table made add column a text'))
    writeFileSync(path.join(folder, '3.ts'), doing('alter table made add column b text'))
    await reader!.query('begin; select * from made')
    const migrated = migrate(knex, folder, { timeout: 100, pause: 50 })
    await untilSomebodyWaits()
    const begun = Date.now()
    await observer!.query('select * from made')
    const waited = Date.now() - begun
    assert.ok(waited < 1500, `who comes behind the migration waited ${waited} ms`)
    assert.deepEqual((await migrationStatus(knex, folder)).done, ['1'])
    await reader!.query('commit')
    assert.deepEqual(await migrated, ['2', '3'])
    await observer!.query('select a, b from made')
  })

  it('give up in the end, and change nothing', async () => {
    const knex = databases.connect(url)
    const folder = folderWith({ '1.ts': doing('create table made (id int)') })
    await migrate(knex, folder)
    writeFileSync(path.join(folder, '2.ts'), doing('alter table made add column a text'))
    await reader!.query('begin; select * from made')
    await assert.rejects(migrate(knex, folder, { timeout: 50, pause: 10, attempts: 2 }), /The migration 2 failed: .*lock timeout/s) // prettier-ignore
    assert.deepEqual(await migrationStatus(knex, folder), { done: ['1'], pending: ['2'] })
  })

  it('let others go first also where an index that was broken off is dropped outside of a transaction', async () => {
    const knex = databases.connect(url)
    const folder = folderWith({ '1.ts': doing('create table made (id int); insert into made values (1), (1)') })
    await migrate(knex, folder)
    await assert.rejects(knex.raw('create unique index concurrently made_idx on made (id)'), /could not create/)
    const steps = buildIndex('made', { name: 'made_idx', sql: '(id)' })
    writeFileSync(path.join(folder, '2.ts'), migrationFile({ up: steps, down: [], isOnline: true }))
    await reader!.query('begin; select * from made')
    const migrated = migrate(knex, folder, { pause: 50 })
    await untilSomebodyWaits()
    // Nobody else would end its waiting: the first reader goes only after it.
    await observer!.query('select * from made')
    await reader!.query('commit')
    assert.deepEqual(await migrated, ['2'])
    const valid = await observer!.query(`select from pg_index where indexrelid = 'made_idx'::regclass and indisvalid`)
    assert.equal(valid.rowCount, 1)
  }) // prettier-ignore

  it('of the table of changes give up in the end as well, and say who holds it', async () => {
    const knex = databases.connect(url)
    const folder = folderWithCore()
    const later = readdirSync(folder).filter((file) => file >= PARTITIONS)
    for (const file of later) renameSync(path.join(folder, file), path.join(folder, `${file}.later`))
    await migrate(knex, folder)
    for (const file of later) renameSync(path.join(folder, `${file}.later`), path.join(folder, file))
    const { lockWaits } = (await import(path.join(folder, PARTITIONS))) as { lockWaits: LockWaits }
    Object.assign(lockWaits, { lock: 20, pause: 5, attempts: 2 })
    await reader!.query(`set application_name = 'of a report'; begin; select * from changes`)
    await assert.rejects(migrate(knex, folder), /locked at each of 2 attempts, now by process \d+ of \w+ \(of a report\)/)
    await reader!.query('commit')
    assert.deepEqual(await migrate(knex, folder), later.map((file) => file.replace('.ts', '')))
  }) // prettier-ignore
})
