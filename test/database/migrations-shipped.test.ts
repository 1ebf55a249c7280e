import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { createSql } from '../../packages/rachis/src/database/plan/plan'
import type { Table } from '../../packages/rachis/src/model/table'
import { indexesOf } from '../../packages/rachis/src/model/table'
import { migrate, migrationStatus, rollback } from '../../packages/rachis/src/database/migrate'
import { MIGRATIONS } from '../helpers/database'
import { ofModules, resources } from '../helpers/declared'
import type { Entry } from './migrations'
import {
  catalogOf,
  Databases,
  execute,
  folderWithCore,
  namesIn,
  plain,
  SHIPPED,
  tablesOf
} from './migrations'

const ROOT = path.join(__dirname, '../..')
/** The table of changes is in parts. */
const PART = /^changes_(recent|audited)/
const sorted = (names: readonly string[]) => [...names].sort()

/** Tables that no declaration asks for: of the engine, of accounts, of files and of webhooks. */
const SERVERS = [
  'changes',
  'event_tickets',
  'feed_audited',
  'feed_consumers',
  'feed_epoch',
  'feed_horizon',
  'idempotency_keys',
  'rate_limits',
  'upload_claims',
  'webhook_claims'
]

describe('migrations', () => {
  const databases = new Databases()
  const declared = tablesOf(resources)
  afterEach(() => databases.close())

  describe('as shipped', () => {
    it('know of every declaration', () => {
      const known = JSON.parse(readFileSync(path.join(ROOT, 'migrations/schema.json'), 'utf8')) as Table[]
      assert.deepEqual(
        known,
        plain(tablesOf(resources).slice(tablesOf(ofModules).length)),
        'The declarations have changed since the last migration: run npm run migrate:make, read what it writes, and commit it'
      )
    })

    it('give exactly the declared tables', async () => {
      const knex = await databases.empty()
      assert.deepEqual(await migrate(knex, MIGRATIONS), SHIPPED)
      const catalog = await catalogOf(knex)
      const own = catalog.filter(({ table }) => !SERVERS.includes(table) && !PART.test(table))
      assert.deepEqual(namesIn(own, 'table'), sorted(declared.map(({ name }) => `${name}.${name}`)))
      assert.deepEqual(
        own.filter(({ kind }) => kind === 'column').map(({ table, name, sql }) => `${table}.${name} ${described(sql)}`),
        sorted(declared.flatMap((table) => columnsOf(table).map((column) => `${table.name}.${expected(column)}`)))
      ) // prettier-ignore
      assert.deepEqual(
        namesIn(own, 'constraint'),
        sorted(declared.flatMap(({ name, constraints }) => constraints.map((one) => `${name}.${one.name}`)))
      )
      assert.deepEqual(
        namesIn(own, 'index'),
        sorted(declared.flatMap((table) => indexNames(table).map((name) => `${table.name}.${name}`)))
      )
      assert.deepEqual(
        namesIn(own, 'trigger'),
        sorted([
          'orders.count_version',
          ...declared.flatMap(({ name }) => [`${name}.record_change`, `${name}.record_truncation`])
        ])
      )
    })

    it('give what the declarations alone would give', async () => {
      const [migrated, direct] = [await databases.empty(), await databases.empty()]
      await migrate(migrated, MIGRATIONS)
      await migrate(direct, folderWithCore())
      await execute(direct, createSql(declared))
      // What accounts, files and webhooks keep beside their declarations.
      const withoutOwn = (catalog: Entry[]) =>
        catalog.filter(
          ({ table }) => !['event_tickets', 'rate_limits', 'upload_claims', 'webhook_claims'].includes(table)
        )
      assert.deepEqual(withoutOwn(await catalogOf(migrated)), await catalogOf(direct))
    })

    it('go down, leaving nothing, and up again', async () => {
      const knex = await databases.empty()
      await migrate(knex, MIGRATIONS)
      const before = await catalogOf(knex)
      const undone = await rollback(knex, MIGRATIONS, { all: true })
      assert.deepEqual(undone, [...SHIPPED].reverse())
      assert.deepEqual(await catalogOf(knex), [])
      assert.deepEqual(
        [await rollback(knex, MIGRATIONS), await rollback(knex, MIGRATIONS, { all: true })],
        [[], []]
      )
      assert.deepEqual(await migrate(knex, MIGRATIONS), SHIPPED)
      assert.deepEqual(await catalogOf(knex), before)
    })

    it('take what an earlier one did at once, and do what it left', async () => {
      const knex = await databases.empty()
      await migrate(knex, MIGRATIONS)
      const before = await catalogOf(knex)
      const split = SHIPPED.filter((name) => /_search_(columns_of_|indexes)/.test(name))
      await knex('knex_migrations').whereIn('name', split).delete()
      await knex.raw('drop index tasks_search_idx')
      await knex.raw(`create index tasks_search_idx on tasks using gin (to_tsvector('simple', title))`)
      assert.deepEqual(await migrate(knex, MIGRATIONS), split)
      assert.deepEqual(await catalogOf(knex), before)
    })

    it('go down one by one, also those that one start has applied', async () => {
      const knex = await databases.empty()
      await migrate(knex, MIGRATIONS)
      const last = SHIPPED.at(-1)!
      assert.deepEqual(await rollback(knex, MIGRATIONS), [last])
      assert.deepEqual(await migrationStatus(knex, MIGRATIONS), {
        done: SHIPPED.slice(0, -1),
        pending: [last]
      })
      assert.deepEqual(await rollback(knex, MIGRATIONS), [SHIPPED.at(-2)])
      assert.deepEqual(await migrate(knex, MIGRATIONS), SHIPPED.slice(-2))
    })

    it('tell which of them ran', async () => {
      const knex = await databases.empty()
      assert.deepEqual(await migrationStatus(knex, MIGRATIONS), { done: [], pending: SHIPPED })
      await migrate(knex, MIGRATIONS)
      assert.deepEqual(await migrationStatus(knex, MIGRATIONS), { done: SHIPPED, pending: [] })
      assert.deepEqual(await migrate(knex, MIGRATIONS), [])
    })
  })
})

/** How PostgreSQL writes the SQL of a default is compared below. */
const described = (sql: string) =>
  sql.replace('timestamp(3) with time zone', 'timestamptz(3)').replace(/(default|generated) .*/s, '$1')
/** A column of a declaration as the catalog tells of it. */
const expected = ({ name, type, nullable, identity, generated, default: value }: Table['columns'][number]) =>
  [
    `${name} ${type}`,
    ...(nullable ? [] : ['not null']),
    ...(identity ? ['identity'] : []),
    ...(generated ? ['generated'] : []),
    ...(value === undefined ? [] : ['default'])
  ].join(' ')

const columnsOf = ({ columns, search }: Table) => [...columns, ...(search?.columns ?? [])]
const indexNames = (table: Table) => [
  ...table.constraints.filter(({ kind }) => kind === 'unique' || kind === 'primary key'),
  ...indexesOf(table)
].map(({ name }) => name) // prettier-ignore
