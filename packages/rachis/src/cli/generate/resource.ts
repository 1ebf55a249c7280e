import { allResources } from '../project'
import type { Project } from '../project'
import { print } from '../print'
import { snake } from '../../declare/verifiers/shared/name'
import type { AccessOptions } from './access'
import { accessOf, askAccess } from './access'
import { assertResourceName, checkedResource } from './check-draft'
import type { Draft, DraftField } from './draft'
import { UsageError } from './draft'
import { fieldsOfSamples, readSamples } from './from-json'
import type { GeneratedService } from './from-service'
import { assertReplaceable, generatedService, removeService, withSchema } from './from-service'
import { existingTable, writeAdoption } from './from-table'
import { parseField } from './parse-field'
import { askFields, askName, isTerminal } from './prompts'
import { draftOfTable } from './table/draft-of-table'
import { printNext, renderDeclaration, writeFiles, writeMigration } from './write-resource'

export interface ResourceOptions extends AccessOptions {
  readonly fromTable?: string
  readonly fromJson?: string
  readonly fromService?: string
  readonly force?: boolean
}

const EXAMPLE = 'Type npm run generate -- resource invoices number:text:unique total:money'

const namesOf = async (project: Project) =>
  (await allResources(project)).filter(({ spec }) => spec.table !== false).map(({ name }) => name)

const nameOf = async (project: Project, typed: string | undefined): Promise<string> => {
  const resources = await allResources(project)
  const check = (name: string) => assertResourceName(name, resources)
  if (typed === undefined && !isTerminal()) throw new UsageError('The resource has no name.', EXAMPLE)
  const name = typed ?? (await askName(check))
  check(name)

  return name
}

const typedFields = async (words: readonly string[]): Promise<DraftField[]> => {
  if (words.length === 0 && !isTerminal()) throw new UsageError('The resource has no fields.', EXAMPLE)

  return (words.length > 0 ? words : await askFields()).map(parseField)
}

/** What is typed behind the command, and what is asked where that was left out. */
const generateTyped = async (project: Project, name: string | undefined, words: readonly string[], options: ResourceOptions): Promise<Draft> => {
  const resource = await nameOf(project, name)
  const fields = await typedFields(words)
  const access = words.length === 0 ? await askAccess(fields, options) : accessOf(fields, options)

  return write(project, { name: resource, ...access })
} // prettier-ignore

/** Verifies what will be written, and writes it with its migration. */
const write = async (project: Project, draft: Draft): Promise<Draft> => {
  await checkedResource(project, draft)
  writeFiles(project, await renderDeclaration(project, draft))
  writeMigration(project, draft.name)

  return draft
}

/** Fields that are typed as well stand first, and in place of those that the sample shows. */
const generateFromJson = async (project: Project, name: string | undefined, words: readonly string[], options: ResourceOptions): Promise<Draft> => {
  const typed = words.map(parseField)
  const samples = readSamples(project.root, options.fromJson!)
  const resource = await nameOf(project, name)
  const shown = fieldsOfSamples(samples, await namesOf(project), typed.map(({ name }) => name))
  const fields = [...typed, ...shown]
  const renamed = Object.keys(samples[0]!).filter((key) => snake(key) !== key)
  const draft = await write(project, { name: resource, ...accessOf(fields, options) })
  if (renamed.length > 0) print(`Columns and JSON are in snake_case here: ${renamed.map((key) => `${key} is ${snake(key)}`).join(', ')}.`)
  print(`Types were told from ${samples.length === 1 ? 'one record' : `${samples.length} records`}: look at each${typed.length > 0 ? ' that you did not type' : ''}.`)

  return draft
} // prettier-ignore

/** @throws {UsageError} where fields are typed that the table has already said */
const assertNoFields = (option: string, words: readonly string[]): void => {
  if (words.length > 0) throw new UsageError(`${words.join(' ')} is typed, and the fields are those of the table.`, `Leave it out, or leave out ${option}.`) // prettier-ignore
}

/** The declaration of a table that there is, taken over with its rows. */
const generateFromTable = async (project: Project, table: string, options: ResourceOptions, service?: GeneratedService): Promise<Draft> => {
  assertResourceName(table, await allResources(project))
  const was = await existingTable(project, table, service && 'Run npm run migrate first.')
  const { notes, fields, ...said } = draftOfTable(was, await namesOf(project))
  const draft = { name: table, ...said, ...accessOf(service ? withSchema(fields, service) : fields, options) }
  await checkedResource(project, draft)
  // Nothing is removed before all that takes its place is known to be writable.
  const files = await renderDeclaration(project, draft, service?.files)
  if (service) removeService(project.root, service)
  writeFiles(project, files)
  await writeAdoption(project, draft, was)
  for (const note of notes) print(note)

  return draft
} // prettier-ignore

const generateFromService = async (project: Project, name: string, options: ResourceOptions) => {
  const service = generatedService(project.root, name)
  assertReplaceable(project.root, service, options.force ?? false)

  return generateFromTable(project, service.table, options, service)
}

const draftFrom = (project: Project, name: string | undefined, words: readonly string[], options: ResourceOptions): Promise<Draft> => {
  const { fromTable, fromService, fromJson } = options
  const given = [fromTable, fromService, fromJson].filter((option) => option !== undefined)
  if (given.length > 1) throw new UsageError('A resource comes from one thing.', 'Type one of --from-table, --from-json and --from-service.')
  if (fromJson !== undefined) return generateFromJson(project, name, words, options)
  if (given.length === 0) return generateTyped(project, name, words, options)
  assertNoFields(fromTable === undefined ? '--from-service' : '--from-table', [...(name === undefined ? [] : [name]), ...words])

  return fromTable === undefined ? generateFromService(project, fromService!, options) : generateFromTable(project, fromTable, options)
} // prettier-ignore

/** Writes a declaration with its registration, its test and its migration, and says what to do next. */
export const generateResource = async (project: Project, name: string | undefined, words: readonly string[], options: ResourceOptions): Promise<void> => {
  printNext(project, await draftFrom(project, name, words, options))
} // prettier-ignore
