import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'fs'
import path from 'path'
import { migrationFiles } from '../database/migration-file'
import type { Plan } from '../database/plan/plan'
import { migrate, migrationStatus, rollback } from '../database/migrate'
import { argumentsOf, optionsOf } from './arguments'
import { folderOf, withDatabase } from './database'
import { decidedPlan, MAKE_OPTIONS } from './migrate-decisions'
import { printJson, printKept, printRefused, printSteps, printWaits } from './plan'
import { print } from './print'
import { verifiedModels } from './project'
import type { Command } from './project'
import { ownPart } from '../database/table-extension'
import { loadTables, schemaFile } from './tables'
import type { ProjectTables } from './tables'

/** The time, but later than that of every migration that is there: their names are their order, and clocks differ. */
const stamp = (folder: string): string => {
  const now = new Date().toISOString().replace(/\D/g, '').slice(0, 14)
  const files = existsSync(folder) ? readdirSync(folder) : []
  const stamps = files.flatMap((file) => /^\d{14}(?=_)/.exec(file) ?? [])
  const last = stamps.sort().at(-1)

  return last === undefined || now > last ? now : String(Number(last) + 1)
}

const write = (folder: string, name: string, plan: Plan, bases: ProjectTables['bases']) => {
  mkdirSync(folder, { recursive: true })
  const base = name.replace(/\W+/g, '_')
  for (const { suffix, text, statements } of migrationFiles(plan.steps)) {
    const file = `${stamp(folder)}_${base}${suffix}.ts`
    writeFileSync(path.join(folder, file), text)
    print(`Wrote migrations/${file} with ${statements} statements.`)
  }
  writeFileSync(schemaFile(folder), `${JSON.stringify(ownPart(bases, plan.tables), null, 2)}\n`)
  print('Read what was written before you commit it.')
}

const MAKE_USAGE = `npm run migrate:make -- [<name>] [--plan] [--json] [--<${Object.keys(MAKE_OPTIONS).slice(2).join('|')}> <table.column> …]`

/**
 * Writes the migration from what the last one left to what is declared now, as far as that loses nothing but what is named by
 * `--drop` and `--narrow`, and so that both programs serve where `--beside` says so. With `--plan` it only says what it would write. What modules declare is made by their own migrations.
 */
const make: Command = async (project, args) => {
  const { positionals, values } = argumentsOf(args, MAKE_OPTIONS, MAKE_USAGE)
  if (positionals.length > 1) throw new Error(`${positionals[1]} is a second name; type one: npm run migrate:make -- ${positionals.join('_')}`) // prettier-ignore
  const models = await verifiedModels(project)
  const folder = folderOf(project)
  const tables = await loadTables(project, folder)
  const plan = decidedPlan(tables, models, values)
  if (plan.refused.length > 0) process.exitCode = 1
  if (values.json) return printJson(plan)
  if (plan.steps.length + plan.refused.length === 0) {
    print('The declarations and the migrations agree: nothing to do.')
    return printKept(plan.kept)
  }
  if (values.plan) printSteps(plan.steps)
  else if (plan.steps.length > 0) write(folder, positionals[0] ?? 'declarations', plan, tables.bases)
  printWaits(plan.steps)
  printRefused(plan.refused)
  printKept(plan.kept)
}

const listed = (names: readonly string[], none: string) =>
  print(names.length === 0 ? none : names.map((name) => `  ${name}`).join('\n'))

const ALL = { all: { type: 'boolean', default: false } } as const
const isAll = (args: readonly string[]): boolean =>
  optionsOf(args, ALL, 'npm run migrate:rollback -- [--all]').all!

/** An option that does not exist, such as `--dry`, must not be passed over: whoever wrote it means something else to happen. */
const assertNoArguments = (args: readonly string[], usage: string): void => void optionsOf(args, {}, usage)

const commands: Record<string, Command> = {
  make,
  latest: async (project, args) => {
    assertNoArguments(args, 'npm run migrate')
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
    assertNoArguments(args, 'npm run migrate:status')
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
