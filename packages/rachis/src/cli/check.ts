import { migrationStatus } from '../database/migrate'
import type { Drift } from '../database/plan/drift'
import { driftOf, isNone } from '../database/plan/drift'
import { planOf } from '../database/plan/plan'
import { DeclarationError } from '../declare/verify'
import type { Operation } from '../model/operations'
import { servicesWithoutRule } from '../service/hooks/service-rules'
import { ruleText } from '../openapi/openapi-access'
import { changedAccess } from './access'
import { optionsOf } from './arguments'
import { folderOf, withDatabase } from './database'
import { printDrift } from './plan'
import { print, table } from './print'
import { verifiedModels } from './project'
import type { Command, Project } from './project'
import type { ProjectTables } from './tables'
import { loadTables } from './tables'
import { upgradeLines } from './upgrade'
import { PREFIX } from '../model/prefix'

const rowOf = ({ resource, name, http, rule }: Operation): string[] => [
  resource, name, http.method, `${PREFIX}${http.path}`, ruleText(rule)
] // prettier-ignore

/** What a check finds. */
interface Report {
  readonly operations: readonly Operation[]
  readonly declarations: number
  /** Whether the migrations make what is declared: what is declared and not migrated would fail, or hold for the API alone. */
  readonly are_migrated: boolean
  /** Migrations that wait, and how the database differs from where they end, which is not asked while some wait. */
  readonly database?: { readonly pending: readonly string[]; readonly drift?: Drift }
  /** How rights differ from access.txt: a change is to be seen by whoever reviews it. */
  readonly access: readonly string[]
  readonly upgrade: readonly string[]
  /** Services without a declaration and without a rule. */
  readonly undeclared: readonly string[]
}

const areMigrated = ({ last, declared }: ProjectTables): boolean => {
  const { steps, refused } = planOf(last, declared)

  return steps.length + refused.length === 0
}

const databaseOf = (project: Project, { last }: ProjectTables): Promise<Report['database']> =>
  withDatabase(project, async (knex, folders) => {
    const { pending } = await migrationStatus(knex, folders)

    return pending.length > 0 ? { pending } : { pending, drift: await driftOf(knex, last) }
  })

const reportOf = async (project: Project, withDrift: boolean): Promise<Report> => {
  const models = await verifiedModels(project)
  const { app } = await project.load()
  const tables = await loadTables(project, folderOf(project))
  const { modules = [] } = await project.loadResources()
  const database = withDrift ? await databaseOf(project, tables) : undefined

  return {
    operations: models.flatMap(({ operations }) => operations),
    declarations: models.length,
    are_migrated: areMigrated(tables),
    database,
    access: changedAccess(project, models),
    upgrade: upgradeLines({ app, modules, node: process.version, pending: database?.pending }),
    undeclared: servicesWithoutRule(app, models.map(({ path }) => path)) // prettier-ignore
  }
}

/** What makes the command fail; the rest is told. */
const isWrong = ({ are_migrated, database, access }: Report): boolean =>
  !are_migrated || access.length > 0 || (database?.drift !== undefined && !isNone(database.drift))

const printDatabase = ({ pending, drift }: NonNullable<Report['database']>) => {
  if (!drift) return print(`The database is not compared, since ${pending.length} migrations wait`)
  if (isNone(drift)) print('The database is as its migrations made it.')
  else printDrift(drift)
}

const printAccess = (changed: readonly string[]) => {
  for (const line of changed) print(line)
  if (changed.length > 0)
    print('Rights differ from access.txt: if that is meant, run npm run access -- --save')
}

const printReport = (report: Report) => {
  const head = ['resource', 'operation', 'method', 'path', 'rule']
  for (const line of table([head, ...report.operations.map(rowOf)])) print(line)
  print(`\n${report.declarations} declarations, none with a problem.`)
  if (!report.are_migrated)
    print('The declarations and the migrations do not agree: run npm run migrate:make')
  if (report.database) printDatabase(report.database)
  printAccess(report.access)
  for (const line of report.upgrade) print(line)
  for (const path of report.undeclared)
    print(`undeclared: ${path} — it publishes nothing and has no rule; declare it or give it guardService`)
}

const printJson = (report: Report) => {
  const { operations, ...rest } = report
  const rows = operations.map((operation) => {
    const [resource, name, method, path, rule] = rowOf(operation)
    return { resource, operation: name, method, path, rule }
  })
  print(JSON.stringify({ is_ok: !isWrong(report), problems: [], ...rest, operations: rows }, null, 2))
}

const OPTIONS = {
  database: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false }
} as const
const USAGE = 'npm run check -- [--database] [--json]'

/** Declarations with problems, as `--json` says them. @throws {unknown} everything else */
const printProblems = (error: unknown): void => {
  if (!(error instanceof DeclarationError)) throw error
  print(JSON.stringify({ is_ok: false, problems: error.problems }, null, 2))
  process.exitCode = 1
}

/**
 * Checks the declarations and shows what they allow to whom, and the services that nothing is declared of. With `--database` also how the
 * database differs, with `--json` as JSON.
 */
export const check: Command = async (project, args) => {
  const { database = false, json } = optionsOf(args, OPTIONS, USAGE)
  try {
    const report = await reportOf(project, database)
    if (isWrong(report)) process.exitCode = 1
    if (json) printJson(report)
    else printReport(report)
  } catch (error) {
    if (!json) throw error
    printProblems(error)
  }
}
