import path from 'path'
import { planMigration } from '../database/migration'
import { lowerAll } from '../model/lower'
import type { Operation } from '../model/operations'
import type { Terms } from '../declare'
import { servicesWithoutRule } from '../service/hooks/service-rules'
import { isParentTerm, operatorsOf, userRef } from '../declare'
import { verify } from '../declare/verify'
import type { AnyResource } from '../declare'
import { allResources } from './project'
import type { Project } from './project'
import { declaredTables, lastTables } from './tables'

const print = (line: string): void => void process.stdout.write(`${line}\n`)

const termText = (column: string, term: unknown): string => {
  const property = userRef(term)
  if (property) return `${column} = $user.${property}`
  if (column === 'deleted_at' && term === null) return 'not removed'
  if (isParentTerm(term)) return `whoever reads the record of ${column}`

  return operatorsOf(term)
    .map(
      ([operator, operand]) => `${column} ${operator === '$eq' ? '=' : operator} ${JSON.stringify(operand)}`
    )
    .join(' and ')
}

const userText = (asked: Terms): string[] => {
  const entries = Object.entries(asked)
  if (entries.length === 0) return ['signed in']

  return entries.map(([property, term]) => {
    const options = (term as { $in?: unknown[] } | null)?.$in ?? [term]
    return `${property} ${options.join('/')}`
  })
}

const clauseText = ({ $user, ...terms }: Terms): string => {
  const parts = [
    ...($user ? userText($user as Terms) : []),
    ...Object.entries(terms).map(([column, term]) => termText(column, term))
  ]

  return parts.join(' and ') || 'anyone'
}

/**
 * A rule in words, for people.
 *
 * @example describeRule([{ user_id: $user.id }, role('admin')]) // user_id = $user.id, or role admin
 */
export const describeRule = (rule: readonly Terms[]): string => rule.map(clauseText).join(', or ') || 'nobody'

const rowOf = ({ resource, name, http, rule }: Operation): string[] => [
  resource, name, http.method, `/api/v1${http.path}`, describeRule(rule)
] // prettier-ignore

const table = (rows: readonly string[][]): string[] => {
  const widths = rows[0]!.map((_cell, index) => Math.max(...rows.map((row) => row[index]!.length)))
  return rows.map((row) => row.map((cell, index) => cell.padEnd(widths[index]!)).join('  ').trimEnd()) // prettier-ignore
}

/** What is declared and not yet migrated would fail, or hold for the API and not for the database. */
const checkMigrations = (resources: readonly AnyResource[], root: string) => {
  const { up, refused } = planMigration(lastTables(path.join(root, 'migrations')), declaredTables(resources))
  if (up.length + refused.length === 0) return
  print('The declarations and the migrations do not agree: run npm run migrate:make')
  process.exitCode = 1
}

/** Checks the declarations and shows what they allow to whom, and the services that nothing is declared of. */
export const check = async (project: Project): Promise<void> => {
  const { root, load } = project
  const resources = await allResources(project)
  verify(resources)
  const models = lowerAll(resources)
  const { app } = await load()
  const undeclared = servicesWithoutRule(
    app,
    models.map(({ path }) => path)
  )
  const head = ['resource', 'operation', 'method', 'path', 'rule']
  for (const line of table([head, ...models.flatMap(({ operations }) => operations.map(rowOf))])) print(line)
  print(`\n${models.length} declarations, none with a problem.`)
  checkMigrations(resources, root)
  for (const path of undeclared)
    print(`undeclared: ${path} — it publishes nothing and has no rule; declare it or give it guardService`)
}
