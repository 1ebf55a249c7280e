import { existsSync, readFileSync } from 'fs'
import { createRequire } from 'module'
import path from 'path'
import { constantOf, pathOf, UsageError } from './draft'

interface Directories {
  readonly lib: string
  readonly test: string
}

/** Where the Feathers CLI writes, too. */
export const directoriesOf = (root: string): Directories => {
  const file = path.join(root, 'package.json')
  const { directories = {} } = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as { directories?: Partial<Directories> })
    : {}

  return { lib: directories.lib ?? 'src', test: directories.test ?? 'test' }
}

/** The files of a resource, from the project's folder. */
export const filesOf = (root: string, name: string) => {
  const { lib, test } = directoriesOf(root)
  const service = pathOf(name)

  return {
    declaration: path.join(lib, 'services', service, `${service}.ts`),
    test: path.join(test, 'services', `${service}.test.ts`),
    registration: path.join(lib, 'services', 'resources.ts'),
    app: path.join(lib, 'app'),
    access: 'access.txt'
  }
}

type Options = Readonly<Record<string, unknown>>
interface Formatter {
  resolveConfig(file: string): Promise<Options | null>
  format(text: string, options: Options): Promise<string>
}

/** The project's own formatter with the project's settings; where there is none, the text stays as it is. */
const formatterOf = (root: string): Formatter | undefined => {
  try {
    return createRequire(path.join(root, 'package.json'))('prettier') as Formatter
  } catch {
    return undefined
  }
}

/** A text as the project formats it. @param file from the project's folder; need not be there */
export const formatted = async (root: string, file: string, text: string): Promise<string> => {
  const formatter = formatterOf(root)
  if (!formatter) return text
  const filepath = path.join(root, file)

  return formatter.format(text, { ...(await formatter.resolveConfig(filepath)), filepath })
}

/** @throws {UsageError} where one of them is there: nobody's file is written over */
export const assertFree = (root: string, files: readonly string[]): void => {
  const there = files.find((file) => existsSync(path.join(root, file)))
  if (there !== undefined) throw new UsageError(`There is a file ${there} already.`, 'Type another name, or move that file away.') // prettier-ignore
}

const LIST = /(export const resources\b[^=]*=\s*\[)([^\]]*?)(,?\s*\])/s

/**
 * The list of declarations with one more.
 *
 * @throws {UsageError} where the list is not written as one
 */
export const registered = (text: string, name: string): string => {
  const constant = constantOf(name)
  if (!LIST.test(text))
    throw new UsageError('src/services/resources.ts has no list to add the declaration to.', 'Write export const resources: readonly AnyResource[] = [ … ] in it.') // prettier-ignore
  const statement = `import { ${constant} } from './${pathOf(name)}/${pathOf(name)}'\n`
  const last = [...text.matchAll(/^import [^;]*? from '[^']+';?\n/gms)].at(-1)
  const place = last ? last.index + last[0].length : 0
  const imported = text.slice(0, place) + statement + text.slice(place)

  return imported.replace(LIST, (_all, open: string, items: string, close: string) =>
    `${open}${items}${items.trim() && ', '}${constant}${close.replace(',', '')}`
  ) // prettier-ignore
}
