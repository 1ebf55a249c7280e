import { spawnSync } from 'child_process'
import { existsSync, readdirSync, readFileSync, realpathSync, rmdirSync, rmSync, writeFileSync } from 'fs'
import path from 'path'
import type { TSchema } from '@feathersjs/typebox'
import { isObject } from '../../util/is-object'
import { print } from '../print'
import type { DraftField } from './draft'
import { optionsText, UsageError } from './draft'
import { directoriesOf } from './project-files'

/** What `feathers generate service` wrote of a service. */
export interface GeneratedService {
  readonly name: string
  readonly table: string
  /** The list of generated services that names it, from the project's folder. */
  readonly index: string
  /** From the project's folder. */
  readonly files: readonly string[]
  /** The schemas of its fields, where it has any. */
  readonly properties: Readonly<Record<string, TSchema>>
  readonly required: readonly string[]
}

const ENDINGS = ['.ts', '.class.ts', '.schema.ts', '.shared.ts']

const propertiesOf = (file: string): Pick<GeneratedService, 'properties' | 'required'> => {
  const schemas = existsSync(file) ? Object.entries(require(file) as object) : []
  const [, schema] = schemas.find(([name, value]) => /^\w+Schema$/.test(name) && !/(Data|Patch|Query)Schema$/.test(name) && isObject(value) && 'properties' in value) ?? [] // prettier-ignore

  return { properties: {}, required: [], ...(schema as object | undefined) }
}

/** The path of a service as Feathers generates it; of these signs each stands for itself in a regular expression, too. */
const NAME = /^[a-z0-9][\w-]*(\/[a-z0-9][\w-]*)*$/i
const EXAMPLE = 'Type its path as it was generated, such as --from-service gadgets'

/** The folder of services, and the files of one without their endings, from the project's folder. */
const pathsOf = (root: string, name: string) => {
  const { lib, test } = directoriesOf(root)
  const services = path.join(lib, 'services')
  const file = path.join(name, path.basename(name))

  return {
    services,
    base: path.join(services, file),
    index: path.join(services, 'index.ts'),
    test: path.join(test, 'services', `${file}.test.ts`)
  }
}

/** @throws {UsageError} where the name leads out of the folder of services, or to no service that was generated */
const locate = (root: string, name: string): ReturnType<typeof pathsOf> => {
  if (!NAME.test(name)) throw new UsageError(`${name} is not the path of a service.`, EXAMPLE)
  const paths = pathsOf(root, name)
  const source = path.join(root, `${paths.base}.class.ts`)
  if (!existsSync(source))
    throw new UsageError(`${paths.base}.class.ts is not there, so that ${name} is no service that feathers generate service wrote.`, EXAMPLE) // prettier-ignore
  const within = realpathSync(path.join(root, paths.services)) + path.sep
  if (!realpathSync(source).startsWith(within))
    throw new UsageError(`${paths.base}.class.ts is a link to a file outside of ${paths.services}.`, EXAMPLE)
  if (!existsSync(path.join(root, paths.index)))
    throw new UsageError(`${paths.index} is not there, where feathers generate service lists what it writes.`, `Restore it, such as by git checkout ${paths.index}`) // prettier-ignore

  return paths
}

/** @throws {UsageError} where the class of the service names no table */
const tableOf = (root: string, file: string): string => {
  const table = /\bname: '([^']+)'/.exec(readFileSync(path.join(root, file), 'utf8'))?.[1]
  if (!table)
    throw new UsageError(`${file} names no table.`, 'Declare the resource by hand: npm run generate -- resource NAME FIELDS') // prettier-ignore

  return table
}

/**
 * A service as it was generated.
 *
 * @param name its path, such as `gadgets` or `admin/gadgets`
 * @throws {UsageError} where there is no such service, or it has no table
 */
export const generatedService = (root: string, name: string): GeneratedService => {
  const { base, index, test } = locate(root, name)
  const table = tableOf(root, `${base}.class.ts`)
  const files = [...ENDINGS.map((ending) => base + ending), test]

  return {
    name,
    table,
    index,
    files: files.filter((file) => existsSync(path.join(root, file))),
    ...propertiesOf(path.join(root, `${base}.schema.ts`))
  }
}

/** What the service's schema says beyond the table: which fields must be there, and how long texts are. */
export const withSchema = (fields: readonly DraftField[], { properties, required }: GeneratedService): DraftField[] =>
  fields.map((field) => {
    const { type, minLength, maxLength, pattern } = (properties[field.name] ?? {}) as Partial<TSchema>
    const options = optionsText({ minLength, maxLength, pattern })
    const isBounded = type === 'string' && options !== '' && field.type.startsWith('text(')
    const wrappers = field.wrappers.filter((wrapper) => wrapper !== 'nullable' || !required.includes(field.name))

    return { ...field, wrappers, ...(isBounded ? { type: `text(${options})` } : {}) }
  }) // prettier-ignore

const isCommitted = (root: string, file: string): boolean => {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: root }).status === 0
  return git('ls-files', '--error-unmatch', file) && git('diff', '--quiet', 'HEAD', '--', file)
}

/** @throws {UsageError} where a file that would be replaced is nowhere else */
export const assertReplaceable = (root: string, { files }: GeneratedService, isForced: boolean): void => {
  const only = isForced ? undefined : files.find((file) => !isCommitted(root, file))
  if (only !== undefined) throw new UsageError(`${only} is not committed, and would be removed.`, 'Commit it first, or type --force as well.') // prettier-ignore
}

/** A file, and its folder where nothing else is in it. */
const removeFile = (file: string): void => {
  rmSync(file)
  if (readdirSync(path.dirname(file)).length === 0) rmdirSync(path.dirname(file))
}

/** The list of generated services without one. */
const without = (list: string, name: string): string => {
  const found = new RegExp(`^import \\{ (\\w+) \\} from './${name}/[^']+';?\\n`, 'm').exec(list)
  if (!found) return list
  const [statement, constant] = found

  return list
    .replace(statement, '')
    .replace(new RegExp(`^\\s*app\\.configure\\(${constant}\\);?\\n`, 'm'), '')
}

/** Takes a generated service out of the project; its migration stays, since databases have it. */
export const removeService = (root: string, { name, index, files }: GeneratedService): void => {
  const target = path.join(root, index)
  writeFileSync(target, without(readFileSync(target, 'utf8'), name))
  for (const file of files) removeFile(path.join(root, file))
  print(`Removed ${files.join(', ')} and their place in ${index}. Hooks of your own in them have to be moved into the declaration by hand.`) // prettier-ignore
}
