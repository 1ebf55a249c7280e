import path from 'path'
import { planMigration } from '../database/migration'
import type { Operation } from '../model/operations'
import { servicesWithoutRule } from '../service/hooks/service-rules'
import { ruleText } from '../openapi/openapi-access'
import { verifiedModels } from './project'
import type { Project } from './project'
import { loadTables } from './tables'
import { PREFIX } from '../model/prefix'

const print = (line: string): void => void process.stdout.write(`${line}\n`)

const rowOf = ({ resource, name, http, rule }: Operation): string[] => [
  resource, name, http.method, `${PREFIX}${http.path}`, ruleText(rule)
] // prettier-ignore

const table = (rows: readonly string[][]): string[] => {
  const widths = rows[0]!.map((_cell, index) => Math.max(...rows.map((row) => row[index]!.length)))
  return rows.map((row) => row.map((cell, index) => cell.padEnd(widths[index]!)).join('  ').trimEnd()) // prettier-ignore
}

/** What is declared and not yet migrated would fail, or hold for the API and not for the database. */
const checkMigrations = async (project: Project) => {
  const { last, declared } = await loadTables(project, path.join(project.root, 'migrations'))
  const { up, refused } = planMigration(last, declared)
  if (up.length + refused.length === 0) return
  print('The declarations and the migrations do not agree: run npm run migrate:make')
  process.exitCode = 1
}

/** Checks the declarations and shows what they allow to whom, and the services that nothing is declared of. */
export const check = async (project: Project): Promise<void> => {
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
  await checkMigrations(project)
  for (const path of undeclared)
    print(`undeclared: ${path} — it publishes nothing and has no rule; declare it or give it guardService`)
}
