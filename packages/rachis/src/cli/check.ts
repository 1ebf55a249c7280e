import { parseArgs } from 'util'
import { migrationStatus } from '../database/migrate'
import type { Drift } from '../database/plan/drift'
import { driftOf, isNone } from '../database/plan/drift'
import { planOf } from '../database/plan/plan'
import type { Model } from '../model/model'
import type { Operation } from '../model/operations'
import { servicesWithoutRule } from '../service/hooks/service-rules'
import { ruleText } from '../openapi/openapi-access'
import { changedAccess } from './access'
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

/** What is declared and not yet migrated would fail, or hold for the API and not for the database. */
const checkMigrations = ({ last, declared }: ProjectTables) => {
  const { steps, refused } = planOf(last, declared)
  if (steps.length + refused.length === 0) return
  print('The declarations and the migrations do not agree: run npm run migrate:make')
  process.exitCode = 1
}

const compare = (drift: Drift) => {
  if (isNone(drift)) return print('The database is as its migrations made it.')
  printDrift(drift)
  process.exitCode = 1
}

/** How the database of the settings differs from where the migrations end; nothing is said while some of them wait. */
const checkDatabase = (project: Project, { last }: ProjectTables): Promise<readonly string[]> =>
  withDatabase(project, async (knex, folders) => {
    const { pending } = await migrationStatus(knex, folders)
    if (pending.length > 0) print('The database is not compared, since migrations wait')
    else compare(await driftOf(knex, last))

    return pending
  })

/** A change of rights is to be seen by whoever reviews the change. */
const checkAccess = (project: Project, models: readonly Model[]) => {
  const changed = changedAccess(project, models)
  if (changed.length === 0) return
  for (const line of changed) print(line)
  print('Rights differ from access.txt: if that is meant, run npm run access -- --save')
  process.exitCode = 1
}

const OPTIONS = { database: { type: 'boolean', default: false } } as const

/** Checks the declarations and shows what they allow to whom, and the services that nothing is declared of. With `--database` also how the database differs. */
export const check: Command = async (project, args) => {
  const { values } = parseArgs({ args: [...args], options: OPTIONS })
  const { load } = project
  const models = await verifiedModels(project)
  const { app } = await load()
  const undeclared = servicesWithoutRule(
    app,
    models.map(({ path }) => path)
  )
  const head = ['resource', 'operation', 'method', 'path', 'rule']
  for (const line of table([head, ...models.flatMap(({ operations }) => operations.map(rowOf))])) print(line)
  print(`\n${models.length} declarations, none with a problem.`)
  const tables = await loadTables(project, folderOf(project))
  checkMigrations(tables)
  const pending = values.database ? await checkDatabase(project, tables) : undefined
  checkAccess(project, models)
  const { modules = [] } = await project.loadResources()
  for (const line of upgradeLines({ app, modules, node: process.version, pending })) print(line)
  for (const path of undeclared)
    print(`undeclared: ${path} — it publishes nothing and has no rule; declare it or give it guardService`)
}
