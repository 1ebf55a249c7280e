import assert from 'node:assert/strict'
import type { Knex } from 'knex'
import { driftOf } from '../../packages/rachis/src/database/plan/drift'
import { createDatabase, dropDatabase } from '../helpers/database'
import { runCli } from '../helpers/cli'
import { resources } from '../helpers/declared'
import { Databases, plain, tablesOf } from './migrations'

const DECLARED = plain(tablesOf(resources))

/** What somebody does by hand, and what would take it back. */
const BY_HAND: readonly (readonly [sql: string, difference: string])[] = [
  ['drop index tasks_due_date_idx', 'build index tasks.tasks_due_date_idx'],
  ['create index slow on tasks (title)', 'drop index tasks.slow'],
  [`alter table tasks alter priority set default 'high'`, 'set default tasks.priority'],
  ['alter table tasks alter description set not null', 'drop not null tasks.description'],
  ['alter table tasks add column extra text', 'drop column tasks.extra'],
  ['alter table tasks drop constraint tasks_title_check', 'add constraint tasks.tasks_title_check'],
  [`alter table tasks drop constraint tasks_title_check, add constraint tasks_title_check check (char_length(title) >= 1 and char_length(title) <= 255) not valid`, 'replace constraint tasks.tasks_title_check'],
  ['alter table tasks drop constraint tasks_user_id_fkey', 'add constraint tasks.tasks_user_id_fkey'],
  ['alter table tasks alter due_date type date', 'change type tasks.due_date'],
  ['alter table stores drop column region cascade', 'by hand stores.region'],
  ['drop table order_items', 'create table order_items'],
  ['drop trigger record_change on tasks', 'unheard tasks'],
  ['alter table tasks disable trigger record_truncation', 'unheard tasks'],
  [`drop trigger record_change on users; create trigger record_change after insert or update or delete on users for each row execute function record_change('users')`, 'replace trigger users']
] // prettier-ignore

describe('the difference between a database and its migrations', () => {
  const databases = new Databases()
  let url: string
  let knex: Knex
  beforeEach(async () => {
    url = await createDatabase()
    knex = databases.connect(url)
  })
  afterEach(async () => {
    await databases.close()
    await dropDatabase(url)
  })

  const differences = async () => {
    const { steps, refused, unheard } = await driftOf(knex, DECLARED)
    return [
      ...steps.map(({ kind, table, name }) => `${kind} ${name ? `${table}.${name}` : table}`),
      ...refused.map(({ name }) => `by hand ${name}`),
      ...unheard.map((name) => `unheard ${name}`)
    ]
  }

  it('is none once all have run, and leaves nothing behind', async () => {
    assert.deepEqual(await differences(), [])
    const { rows } = await knex.raw<{ rows: unknown[] }>(`select from pg_class where relname = 'tasks'`)
    assert.equal(rows.length, 1)
  })

  for (const [sql, difference] of BY_HAND)
    it(`tells of: ${sql.slice(0, 70)}`, async () => {
      await knex.raw(sql)
      const found = await differences()
      assert.ok(found.includes(difference), found.join('\n'))
    })

  it('is told by npm run check -- --database, which then fails', async function () {
    this.timeout(60_000)
    const same = await runCli('check', ['--database'], { url })
    assert.match(same.out, /The database is as its migrations made it\./)
    assert.equal(same.code, 0)
    await knex.raw('drop index tasks_due_date_idx')
    const other = await runCli('check', ['--database'], { url })
    assert.match(other.out, /This would have to be done:\n {2}- build index tasks\.tasks_due_date_idx\n/)
    assert.equal(other.code, 1)
  })
})
