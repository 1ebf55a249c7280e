import assert from 'node:assert/strict'
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import fc from 'fast-check'
import type { Knex } from 'knex'
import { Client } from 'pg'
import { planMigration } from '../../packages/rachis/src/database/migration'
import type { Migration } from '../../packages/rachis/src/database/migration'
import { migrationFile } from '../../packages/rachis/src/database/migration-file'
import { lowerAll } from '../../packages/rachis/src/model/lower'
import type { Table } from '../../packages/rachis/src/model/table'
import { indexesOf } from '../../packages/rachis/src/model/table'
import { migrate, migrationStatus, rollback } from '../../packages/rachis/src/database/migrate'
import { runCli } from '../helpers/cli'
import { MIGRATIONS } from '../helpers/database'
import { DEPTH } from '../helpers/depth'
import type { AnyResource } from '../../packages/rachis/src/declare'
import { verify } from '../../packages/rachis/src/declare/verify'
import { resources } from '../helpers/declared'
import { accounts } from '../../packages/rachis/src/accounts'
import { evolution } from './declaration-arbitraries'
import type { Entry } from './migrations'
import { catalogOf, Databases, execute, folderWith, folderWithCore } from './migrations'

const tablesOf = (declared: readonly AnyResource[]): Table[] =>
  lowerAll(declared).flatMap(({ table }) => (table ? [table] : []))
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T
const writing = (folder: string, name: string, migration: Migration) =>
  writeFileSync(path.join(folder, `${name}.ts`), migrationFile(migration))

const ROOT = path.join(__dirname, '../..')
/** Names as the command lists them. */
const lines = (names: readonly string[]) => names.map((name) => `  ${name}\n`).join('')

/** A migration file that does this and nothing when it is taken back. */
const doing = (sql: string, head = '') =>
  `${head}\nexport const up = (knex) => knex.raw(${JSON.stringify(sql)})\nexport const down = async () => undefined\n`
const CREATES = doing('create table made (id int)')

const OLD_TRANSACTIONS = `select query from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid() and clock_timestamp() - xact_start > interval '700 ms'`

/** A database as new, with the engine's own tables only. */
const emptied = async (knex: Knex) => {
  await knex.raw('drop schema public cascade; create schema public')
  await migrate(knex, folderWithCore())
}

const namesIn = (catalog: readonly Entry[], kind: Entry['kind']) =>
  catalog.filter((entry) => entry.kind === kind).map(({ table, name }) => `${table}.${name}`)
const sorted = (names: readonly string[]) => [...names].sort()
const isLocked = async (knex: Knex) =>
  (await knex.raw<{ rows: unknown[] }>('select is_locked from knex_migrations_lock')).rows

/** Tables that no declaration asks for: of the engine, and of accounts. */
const SERVERS = ['changes', 'feed_consumers', 'feed_horizon', 'rate_limits']

/** The names of the migrations of a folder. */
const scriptsIn = (folder: string) =>
  readdirSync(folder).flatMap((file) => (file.endsWith('.ts') ? [file.replace('.ts', '')] : []))

describe('migrations', () => {
  const databases = new Databases()
  const declared = tablesOf(resources)
  const shipped = MIGRATIONS.flatMap((folder) => scriptsIn(folder).sort())
  afterEach(() => databases.close())

  describe('as shipped', () => {
    it('know of every declaration', () => {
      const known = JSON.parse(readFileSync(path.join(ROOT, 'migrations/schema.json'), 'utf8')) as Table[]
      assert.deepEqual(
        known,
        plain(tablesOf(resources).slice(tablesOf(accounts.resources).length)),
        'The declarations have changed since the last migration: run npm run migrate:make, read what it writes, and commit it'
      )
    })

    it('give exactly the declared tables', async () => {
      const knex = await databases.empty()
      assert.deepEqual(await migrate(knex, MIGRATIONS), shipped)
      const catalog = await catalogOf(knex)
      const own = catalog.filter(({ table }) => !SERVERS.includes(table))
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
      assert.deepEqual(namesIn(own, 'trigger'), sorted(declared.map(({ name }) => `${name}.record_change`)))
    })

    it('give what the declarations alone would give', async () => {
      const [migrated, direct] = [await databases.empty(), await databases.empty()]
      await migrate(migrated, MIGRATIONS)
      await migrate(direct, folderWithCore())
      await execute(direct, planMigration([], declared).up)
      const withoutCounts = (catalog: Entry[]) => catalog.filter(({ table }) => table !== 'rate_limits')
      assert.deepEqual(withoutCounts(await catalogOf(migrated)), await catalogOf(direct))
    })

    it('go down, leaving nothing, and up again', async () => {
      const knex = await databases.empty()
      await migrate(knex, MIGRATIONS)
      const before = await catalogOf(knex)
      const undone = await rollback(knex, MIGRATIONS, { all: true })
      assert.deepEqual(undone, [...shipped].reverse())
      assert.deepEqual(await catalogOf(knex), [])
      assert.deepEqual(
        [await rollback(knex, MIGRATIONS), await rollback(knex, MIGRATIONS, { all: true })],
        [[], []]
      )
      assert.deepEqual(await migrate(knex, MIGRATIONS), shipped)
      assert.deepEqual(await catalogOf(knex), before)
    })

    it('take what an earlier one did at once, and do what it left', async () => {
      const knex = await databases.empty()
      await migrate(knex, MIGRATIONS)
      const before = await catalogOf(knex)
      const split = shipped.filter((name) => /_search_(columns_of_|indexes)/.test(name))
      await knex('knex_migrations').whereIn('name', split).delete()
      await knex.raw('drop index tasks_search_idx')
      await knex.raw(`create index tasks_search_idx on tasks using gin (to_tsvector('simple', title))`)
      assert.deepEqual(await migrate(knex, MIGRATIONS), split)
      assert.deepEqual(await catalogOf(knex), before)
    })

    it('go down one by one, also those that one start has applied', async () => {
      const knex = await databases.empty()
      await migrate(knex, MIGRATIONS)
      const last = shipped.at(-1)!
      assert.deepEqual(await rollback(knex, MIGRATIONS), [last])
      assert.deepEqual(await migrationStatus(knex, MIGRATIONS), {
        done: shipped.slice(0, -1),
        pending: [last]
      })
      assert.deepEqual(await rollback(knex, MIGRATIONS), [shipped.at(-2)])
      assert.deepEqual(await migrate(knex, MIGRATIONS), shipped.slice(-2))
    })

    it('tell which of them ran', async () => {
      const knex = await databases.empty()
      assert.deepEqual(await migrationStatus(knex, MIGRATIONS), { done: [], pending: shipped })
      await migrate(knex, MIGRATIONS)
      assert.deepEqual(await migrationStatus(knex, MIGRATIONS), { done: shipped, pending: [] })
      assert.deepEqual(await migrate(knex, MIGRATIONS), [])
    })
  })

  describe('made from any declarations', () => {
    it('give them, change them and take the change back', async function () {
      this.timeout(180_000)
      const [knex, other] = [await databases.empty(), await databases.empty()]
      /** The catalog of a database that has had these tables from the start, made without a file. */
      const built = async (tables: readonly Table[]) => {
        await emptied(other)
        await execute(other, planMigration([], tables).up)

        return catalogOf(other)
      }
      const property = fc.asyncProperty(evolution, async ({ before, after }) => {
        verify(before)
        verify(after)
        const [a, b] = [tablesOf(before), tablesOf(after)]
        const folder = folderWithCore()
        await emptied(knex)
        writing(folder, '1_create', planMigration([], a))
        assert.deepEqual(await migrate(knex, folder), ['1_create'])
        const created = await catalogOf(knex)
        assert.deepEqual(created, await built(a), 'the tables as declared')

        // As from migrations/schema.json.
        const change = planMigration(plain(a), b)
        assert.deepEqual(change.refused, [])
        writing(folder, '2_change', change)
        await migrate(knex, folder)
        assert.deepEqual(await catalogOf(knex), await built(b), 'the tables as declared anew')
        assert.deepEqual(planMigration(plain(b), b), { up: [], down: [], refused: [] })

        await rollback(knex, folder)
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
        [shipped]
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
      await setTimeout(1000)
      assert.equal(isDone, false)
      const { rows } = await other.query(OLD_TRANSACTIONS)
      assert.deepEqual(rows, [], 'an index that is built concurrently would wait for them, and they for it')
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

  describe('by command', () => {
    let project: string
    let url: string
    /** `npm run migrate…`, in a copy of the project. */
    const command = (...args: string[]) => runCli('migrate', args, { url, cwd: project })
    const files = () => readdirSync(path.join(project, 'migrations')).filter((file) => file.endsWith('.ts'))
    const declare = (fields: string) =>
      writeFileSync(
        path.join(project, 'src/services/resources.ts'),
        `import { defineResource, nullable, text } from 'rachis'
        import { resources as shipped } from './shipped'
        const extra = defineResource('extra' as never, { fields: { ${fields} }, access: {} })
        export const resources = [...shipped, extra]`
      )

    before(() => {
      project = mkdtempSync(path.join(tmpdir(), 'rachis-project-'))
      for (const name of ['src', 'migrations', 'config', 'package.json', 'tsconfig.json'])
        cpSync(path.join(ROOT, name), path.join(project, name), { recursive: true })
      symlinkSync(path.join(ROOT, 'node_modules'), path.join(project, 'node_modules'))
      const services = path.join(project, 'src/services')
      renameSync(path.join(services, 'resources.ts'), path.join(services, 'shipped.ts'))
      writeFileSync(path.join(services, 'resources.ts'), "export { resources } from './shipped'")
    })

    it('are made, applied, told of and taken back', async function () {
      this.timeout(120_000)
      url = await databases.create()
      const shippedFiles = files()
      await migrate(databases.connect(url), MIGRATIONS)

      declare('a: nullable(text())')
      const made = await command('make', 'an extra table')
      assert.equal(made.code, 0)
      const [file] = files().filter((name) => !shippedFiles.includes(name))
      assert.match(file!, /^\d{14}_an_extra_table\.ts$/)
      assert.ok(file! > shippedFiles.at(-1)!, 'it comes after those that are there')
      assert.match(made.out, new RegExp(`Wrote migrations/${file} with 2 statements`))
      const name = file!.replace('.ts', '')
      assert.deepEqual(await command(), { code: 0, out: lines([name]) })
      assert.deepEqual(namesIn(await catalogOf(databases.connect(url)), 'table').filter((table) => table.startsWith('extra')), ['extra.extra']) // prettier-ignore
      assert.deepEqual(await command('rollback'), { code: 0, out: lines([name]) })
      assert.deepEqual(await command('status'), { code: 0, out: `Done:\n${lines(shipped)}Pending:\n${lines([name])}` }) // prettier-ignore
    })

    it('are made as far as nothing is lost, and tell what is left', async function () {
      this.timeout(60_000)
      declare('a: nullable(text()), b: nullable(text())')
      await command('make', 'base')
      declare('a: nullable(text()), c: text(), d: nullable(text())')
      const refused = await command('make', 'half')
      assert.equal(refused.code, 1)
      assert.match(refused.out, /^Wrote migrations\/\d+_half.*Not written.*column extra\.b is no longer declared.*column extra\.c may not be null/s) // prettier-ignore
      const written = readFileSync(path.join(project, 'migrations', files().at(-1)!), 'utf8')
      assert.match(written, /add column "d"/)
      assert.doesNotMatch(written, /"c"|"b"/)
      const before = files()
      const again = await command('make', 'again')
      assert.match(again.out, /^Not written/, 'the rest is a decision; there is nothing more to write')
      declare("a: nullable(text({ format: 'nonsense' }))")
      const wrong = await command('make')
      assert.equal(wrong.code, 1)
      assert.match(wrong.out, /a has the format nonsense/)
      assert.deepEqual(files(), before)
    })

    it('refuse an option that they do not know, and change nothing', async function () {
      this.timeout(60_000)
      url = await databases.create()
      const options = [['latest', '--dry'], ['rollback', '--step=2'], ['status', '--json'], ['make', '--dry-run']] // prettier-ignore
      const before = files()
      const answers = await Promise.all(options.map((words) => command(...words)))
      for (const [index, { code, out }] of answers.entries()) {
        assert.equal(code, 1, out)
        assert.match(out, new RegExp(`Unknown option '${options[index]![1]!.replace(/=.*/, '')}'`))
        assert.doesNotMatch(out, /\n {4}at /)
      }
      assert.deepEqual(await catalogOf(databases.connect(url)), [])
      assert.deepEqual(files(), before)
    })

    it('fail with a word where there is no such command, or no database', async function () {
      this.timeout(60_000)
      assert.deepEqual(await command('up'), { code: 1, out: 'Unknown command up; there are make, latest, rollback, status\n' }) // prettier-ignore
      url = 'postgresql://nobody:hunter2@127.0.0.1:1/none'
      const { code, out } = await command()
      assert.equal(code, 1)
      assert.match(out, /^The database at 127\.0\.0\.1:1 cannot be used .*ECONNREFUSED.*set DATABASE_URL/)
      assert.doesNotMatch(out, /hunter2|Acquire connection/)
      assert.doesNotMatch(out, /\n {4}at /)
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
