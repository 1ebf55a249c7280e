import { readdirSync, writeFileSync } from 'fs'
import path from 'path'
import { parseArgs } from 'util'
import { planMigration } from '../database/migration'
import type { Migration } from '../database/migration'
import { migrationFile } from '../database/migration-file'
import { locksOf, reachOf } from '../database/migration-reach'
import type { Table } from '../model/table'
import { migrate, migrationsFolder, migrationStatus, rollback } from '../database/migrate'
import { verify } from '../declare/verify'
import { resources } from '../../../../src/services/resources'
import { declaredTables, lastTables, schemaFile } from './tables'

const print = (line: string): void => void process.stdout.write(`${line}\n`)
/** The time, but later than that of every migration that is there: their names are their order, and clocks differ. */
const stamp = (): string => {
  const now = new Date().toISOString().replace(/\D/g, '').slice(0, 14)
  const stamps = readdirSync(migrationsFolder()).flatMap((file) => /^\d{14}(?=_)/.exec(file) ?? [])
  const last = stamps.sort().at(-1)

  return last === undefined || now > last ? now : String(Number(last) + 1)
}

const write = (name: string, migration: Migration, tables: readonly Table[]) => {
  const file = `${stamp()}_${name.replace(/\W+/g, '_')}.ts`
  writeFileSync(path.join(migrationsFolder(), file), migrationFile(migration))
  writeFileSync(schemaFile(), `${JSON.stringify(tables, null, 2)}\n`)
  print(`Wrote migrations/${file} with ${migration.up.length} statements. Read it before you commit it.`)
}
const bulleted = (head: string, lines: readonly string[]) => {
  if (lines.length > 0) print([head, ...lines.map((line) => `  - ${line}`)].join('\n'))
}

/** Writes the migration from what the last one left to what is declared now, as far as that loses and converts nothing. */
const make = (name = 'declarations') => {
  verify(resources)
  const [last, declared] = [lastTables(), declaredTables()]
  const migration = planMigration(last, declared)
  const { tables, refused } = reachOf(last, declared)
  const isDone = migration.up.length + refused.length === 0
  if (isDone) return print('The declarations and the migrations agree: nothing to do.')
  if (migration.up.length > 0) write(name, migration, tables)
  bulleted('Others wait for these, as long as the table is large:', locksOf(last, tables))
  bulleted('Not written. Decide on these by hand, in a migration of your own and in schema.json:', refused)
  if (refused.length > 0) process.exitCode = 1
}

const withDatabase = async (work: (knex: Parameters<typeof migrate>[0]) => Promise<void>) => {
  const { connectFromSettings } = await import('./database')
  const connection = connectFromSettings()
  await connection.withMigrator(work).finally(() => connection.close())
}
const listed = (names: readonly string[], none: string) =>
  print(names.length === 0 ? none : names.map((name) => `  ${name}`).join('\n'))

const isAll = (args: string[]): boolean =>
  parseArgs({ args, options: { all: { type: 'boolean', default: false } } }).values.all!

const commands: Record<string, () => void | Promise<void>> = {
  make: () => make(process.argv[3]),
  latest: () => withDatabase(async (knex) => listed(await migrate(knex), 'Nothing to migrate.')),
  rollback: () => {
    const all = isAll(process.argv.slice(3))
    return withDatabase(async (knex) => listed(await rollback(knex, { all }), 'Nothing to roll back.'))
  },
  status: () =>
    withDatabase(async (knex) => {
      const { done, pending } = await migrationStatus(knex)
      print('Done:')
      listed(done, '  none')
      print('Pending:')
      listed(pending, '  none')
    })
}

const run = async (name: string) => {
  const command = commands[name]
  if (!command) throw new Error(`Unknown command ${name}; there are ${Object.keys(commands).join(', ')}`)
  await command()
}

run(process.argv[2] ?? 'latest').catch((error: Error) => {
  process.stderr.write(`${error.message}\n`)
  process.exit(1)
})
