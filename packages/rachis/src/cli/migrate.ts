import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'fs'
import path from 'path'
import { parseArgs } from 'util'
import type { Knex } from 'knex'
import { planMigration } from '../database/migration'
import type { Migration } from '../database/migration'
import { migrationFile } from '../database/migration-file'
import { locksOf, reachOf } from '../database/migration-reach'
import type { Table } from '../model/table'
import { migrate, migrationStatus, rollback } from '../database/migrate'
import { verifiedModels } from './project'
import type { Command, Project } from './project'
import { migrationFolders } from '../module-parts'
import { ownPart } from '../database/table-extension'
import { loadTables, schemaFile } from './tables'
import type { ProjectTables } from './tables'

/** The application's own folder, the only one that is written to. */
const folderOf = ({ root }: Project) => path.join(root, 'migrations')
const print = (line: string): void => void process.stdout.write(`${line}\n`)
/** The time, but later than that of every migration that is there: their names are their order, and clocks differ. */
const stamp = (folder: string): string => {
  const now = new Date().toISOString().replace(/\D/g, '').slice(0, 14)
  const files = existsSync(folder) ? readdirSync(folder) : []
  const stamps = files.flatMap((file) => /^\d{14}(?=_)/.exec(file) ?? [])
  const last = stamps.sort().at(-1)

  return last === undefined || now > last ? now : String(Number(last) + 1)
}

interface Written {
  readonly migration: Migration
  readonly tables: readonly Table[]
  readonly bases: ProjectTables['bases']
}

const write = (folder: string, name: string, { migration, tables, bases }: Written) => {
  mkdirSync(folder, { recursive: true })
  const file = `${stamp(folder)}_${name.replace(/\W+/g, '_')}.ts`
  writeFileSync(path.join(folder, file), migrationFile(migration))
  writeFileSync(schemaFile(folder), `${JSON.stringify(ownPart(bases, tables), null, 2)}\n`)
  print(`Wrote migrations/${file} with ${migration.up.length} statements. Read it before you commit it.`)
}
const bulleted = (head: string, lines: readonly string[]) => {
  if (lines.length > 0) print([head, ...lines.map((line) => `  - ${line}`)].join('\n'))
}

/**
 * Writes the migration from what the last one left to what is declared now, as far as that loses and converts nothing. What modules
 * declare is made by their own migrations.
 */
const make: Command = async (project, [name = 'declarations']) => {
  await verifiedModels(project)
  const folder = folderOf(project)
  const { bases, last, declared } = await loadTables(project, folder)
  const migration = planMigration(last, declared)
  const { tables, refused } = reachOf(last, declared)
  const isDone = migration.up.length + refused.length === 0
  if (isDone) return print('The declarations and the migrations agree: nothing to do.')
  if (migration.up.length > 0) write(folder, name, { migration, tables, bases })
  bulleted('Others wait for these, as long as the table is large:', locksOf(last, tables))
  bulleted('Not written. Decide on these by hand, in a migration of your own and in schema.json:', refused)
  if (refused.length > 0) process.exitCode = 1
}

const withDatabase = async (
  project: Project,
  work: (knex: Knex, folders: readonly string[]) => Promise<void>
) => {
  const { modules = [] } = await project.loadResources()
  const folders = migrationFolders(modules, folderOf(project))
  const { connectFromSettings } = await import('./database')
  const connection = connectFromSettings({}, project.root)
  await connection.withMigrator((knex) => work(knex, folders)).finally(() => connection.close())
}
const listed = (names: readonly string[], none: string) =>
  print(names.length === 0 ? none : names.map((name) => `  ${name}`).join('\n'))

const isAll = (args: readonly string[]): boolean =>
  parseArgs({ args: [...args], options: { all: { type: 'boolean', default: false } } }).values.all!

/** An option that does not exist, such as `--dry`, must not be passed over: whoever wrote it means something else to happen. */
const assertNoArguments = (args: readonly string[]): void => void parseArgs({ args: [...args], options: {} })

const commands: Record<string, Command> = {
  make: (project, args) => {
    const { positionals } = parseArgs({ args: [...args], options: {}, allowPositionals: true })
    return make(project, positionals)
  },
  latest: async (project, args) => {
    assertNoArguments(args)
    await withDatabase(project, async (knex, folders) =>
      listed(await migrate(knex, folders), 'Nothing to migrate.')
    )
  },
  rollback: (project, args) => {
    const all = isAll(args)
    return withDatabase(project, async (knex, folders) =>
      listed(await rollback(knex, folders, { all }), 'Nothing to roll back.')
    )
  },
  status: async (project, args) => {
    assertNoArguments(args)
    await withDatabase(project, async (knex, folders) => {
      const { done, pending } = await migrationStatus(knex, folders)
      print('Done:')
      listed(done, '  none')
      print('Pending:')
      listed(pending, '  none')
    })
  }
}

/** `migrate`, `migrate make <name>`, `migrate status`, `migrate rollback`. */
export const migrateCommand: Command = async (project, [name = 'latest', ...args]) => {
  const command = commands[name]
  if (!command) throw new Error(`Unknown command ${name}; there are ${Object.keys(commands).join(', ')}`)
  await command(project, args)
}
