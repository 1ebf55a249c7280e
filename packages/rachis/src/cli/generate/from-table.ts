import { readFileSync, writeFileSync } from 'fs'
import path from 'path'
import { lower } from '../../model/lower'
import { similar } from '../../util/similar'
import { print } from '../print'
import type { Project } from '../project'
import { UsageError } from './draft'
import type { Draft } from './draft'
import { evaluate } from './check-draft'
import { adoptionFile } from './table/adoption-file'
import type { ExistingTable } from './table/introspect'
import { introspect, tableNames } from './table/introspect'
import { formatted } from './project-files'
import { runCommand } from './write-resource'

/**
 * A table as it is in the project's database.
 *
 * @throws {UsageError} that names a table of a similar name, where there is none of this one
 */
export const existingTable = async (project: Project, name: string, missing?: string): Promise<ExistingTable> => {
  const { withDatabase } = await import('../database')
  const { found, names } = await withDatabase(project, async (knex) => ({ found: await introspect(knex, name), names: await tableNames(knex) }))
  if (found) return found
  const near = similar(name, names)
  throw new UsageError(`The database has no table ${name}.`, missing ?? (near ? `Type --from-table ${near}` : `Type one of ${names.join(', ')}; DATABASE_URL says which database is asked.`))
} // prettier-ignore

/** The migration for databases with the table and for those without. */
export const writeAdoption = async ({ root }: Project, draft: Draft, was: ExistingTable): Promise<void> => {
  const { code, output } = runCommand(root, ['migrate', 'make', draft.name])
  const file = /migrations[\\/](\S+\.ts)/.exec(output)?.[1]
  if (code !== 0 || !file) throw new Error(output)
  const name = path.join('migrations', file)
  const target = path.join(root, name)
  const text = adoptionFile(readFileSync(target, 'utf8'), was, lower(evaluate(draft)).table!)
  writeFileSync(target, await formatted(root, name, text))
  print(`Wrote ${name}, which takes over the table where it is there and makes it where it is not. Read it before you commit it.`) // prettier-ignore
}
