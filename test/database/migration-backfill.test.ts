import assert from 'node:assert/strict'
import { migrate } from '../../packages/rachis/src/database/migrate'
import { reportProgress } from '../../packages/rachis/src/database/migration-progress'
import { backfillSql } from '../../packages/rachis/src/database/plan/backfill'
import { createSql } from '../../packages/rachis/src/database/plan/plan'
import { nullable } from '../../packages/rachis/src/declare'
import { bare, plain } from '../compilers/bare'
import { Databases, execute, folderWithCore } from './migrations'

const ROWS = 2500
const FILL = { set: `"a" = 'x'`, where: '"a" is null' }

describe('a backfill', () => {
  const databases = new Databases()
  afterEach(() => databases.close())

  for (const id of ['bigint', 'uuid'] as const)
    it(`writes a table with ids of ${id} in batches, says how far it is, and tells the feed where it is to`, async () => {
      const knex = await databases.empty()
      const lines: string[] = []
      reportProgress(knex, (line) => lines.push(line))
      await migrate(knex, folderWithCore())
      const count = async (sql: string) => Number((await knex.raw<{ rows: { count: string }[] }>(sql)).rows[0]!.count)
      await execute(knex, [
        ...createSql([bare({ id, fields: { a: nullable(plain) } })]),
        `insert into things (a) select case when n % 5 = 0 then 'own' end from generate_series(1, ${ROWS}) n`,
        'truncate changes'
      ])

      await execute(knex, [backfillSql('things', { ...FILL, isRecorded: true })])
      assert.equal(await count(`select count(*) from things where a = 'x'`), 2000)
      assert.equal(await count(`select count(*) from changes where event = 'patched'`), 2000)
      assert.equal(await count(`select count(distinct xmin::text) from things where a = 'x'`), 3, 'in three transactions')
      assert.equal(lines.length, 3)
      assert.match(lines.at(-1)!, /^backfill of things: 2000 records written, up to id /)

      // Broken off, it is run again.
      await execute(knex, ['update things set a = null where a = \'own\'', 'truncate changes', backfillSql('things', { ...FILL, isRecorded: false })])
      assert.equal(await count(`select count(*) from things where a = 'x'`), ROWS)
      assert.match(lines.at(-1)!, /: 500 records written/)
      assert.equal(await count(`select count(*) from changes where event = 'patched'`), 0, 'in silence')
    }) // prettier-ignore

  it('makes place for its changes where no server runs that would, and takes any value', async () => {
    const knex = await databases.empty()
    await migrate(knex, folderWithCore())
    const value = `'a$$b$q1$c$'`
    await execute(knex, [
      ...createSql([bare({ fields: { a: nullable(plain) } })]),
      `insert into things (a) select null from generate_series(1, ${ROWS})`,
      `select setval('changes_id_seq', max(substring(pg_get_expr(relpartbound, oid) from 'TO [^0-9]*([0-9]+)')::bigint) - 100)
        from pg_class where relname like 'changes\\_recent\\_%' and relispartition`,
      backfillSql('things', { set: `"a" = ${value}`, where: '"a" is null', isRecorded: true })
    ])
    const { rows } = await knex.raw<{ rows: unknown[] }>(
      `select count(*)::int as count from changes where event = 'patched' and after ->> 'a' = ${value}`
    )
    assert.deepEqual(rows, [{ count: ROWS }])
  })
})
