import { existsSync, readFileSync } from 'fs'
import path from 'path'
import type { TSchema } from '@feathersjs/typebox'
import type { Variables } from './declaration'
import { merged } from './merge'
import { isObject } from '../util/is-object'
import { similar } from '../util/similar'

type Texts = Readonly<Record<string, unknown>>

const WORDS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  1: true,
  false: false,
  no: false,
  0: false
}

const NUMBER = /^-?\d+(\.\d+)?$/

const readList = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** The texts of a list that is written with commas in the environment, wherever the list comes from. */
const splitList = (separator: string, value: unknown): unknown => {
  const items = typeof value === 'string' ? value.split(separator) : value
  if (!Array.isArray(items)) return value

  return items.map((item: unknown) => (typeof item === 'string' ? item.trim() : item)).filter(Boolean)
}

/** What cannot be read is left as it is, so that the schema refuses it. */
const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  boolean: (text) => WORDS[text.toLowerCase()] ?? text,
  number: (text) => (NUMBER.test(text) ? Number(text) : text),
  integer: (text) => (NUMBER.test(text) ? Number(text) : text),
  array: readList
}

/**
 * The settings with the texts of the environment read by the types of the schema. `true`, `yes` and `1`, and `false`, `no` and `0`, in any case,
 * are booleans; a list is JSON, or has commas where its schema says so. A text that cannot be read is kept as it is.
 *
 * @example readTexts(Type.Object({ port: Type.Integer(), seed: Type.Boolean() }), { port: '3030', seed: 'yes' })
 * // { port: 3030, seed: true }
 */
export const readTexts = (schema: TSchema | undefined, value: unknown): unknown => {
  if (typeof schema?.separator === 'string') return splitList(schema.separator, value)
  if (typeof value === 'string') return READERS[schema?.type as string]?.(value.trim()) ?? value
  if (!isObject(value)) return value
  const properties = (schema?.properties ?? {}) as Readonly<Record<string, TSchema>>

  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, readTexts(properties[name], inner)])
  )
}

/** A variable by itself, or with the format that node-config reads it by. */
const variableOf = (value: unknown): string | undefined => {
  const name = isObject(value) ? value.__name : value
  return typeof name === 'string' ? name : undefined
}

/** `{ http: { port: 'PORT' } }` as `[['http.port', 'PORT']]`. */
const flattened = (value: Texts, before = ''): [setting: string, variable: string][] =>
  Object.entries(value).flatMap(([name, inner]) => {
    const variable = variableOf(inner)
    if (variable !== undefined) return [[`${before}${name}`, variable]]

    return isObject(inner) ? flattened(inner, `${before}${name}.`) : []
  })

/** What config/custom-environment-variables.json names in a folder, if it is there. */
const variablesIn = (folder: string): Texts => {
  const file = path.join(folder, 'custom-environment-variables.json')

  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Texts) : {}
}

/**
 * The variable of the environment for each setting that has one: as it is declared, unless config/custom-environment-variables.json
 * names another.
 *
 * @example variablesOf('/app/config', [{ port: 'PORT' }]) // { port: 'PORT' }
 */
export const variablesOf = (
  folder: string,
  declared: readonly Variables[] = []
): Readonly<Record<string, string>> =>
  Object.fromEntries([...declared, variablesIn(folder)].flatMap((variables) => flattened(variables)))

/** `['http', 'port']`, `'80'` as `{ http: { port: '80' } }`. */
const nested = (steps: readonly string[], value: string): object =>
  steps.reduceRight<unknown>((inner, step) => ({ [step]: inner }), value) as object

const FILE = '_FILE'

/** @throws {Error} where the variable is set as well, or the file cannot be read */
const readSecret = (variable: string, environment: Environment): string | undefined => {
  const file = environment[`${variable}${FILE}`]
  if (!file) return undefined
  if (environment[variable]) throw new Error(`${variable} and ${variable}${FILE} are both set; unset one of them`)
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    throw new Error(`${variable}${FILE} names a file that cannot be read (${(error as NodeJS.ErrnoException).code}): ${file}`, { cause: error })
  }
} // prettier-ignore

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The settings that the environment says by their variables. An empty variable says nothing. `<variable>_FILE` names a file that holds the value, as orchestrators hand
 * secrets to programs. Those that config/custom-environment-variables.json names are read with the folder, unless they stand in a file.
 *
 * @throws {Error} where a file cannot be read, or where its variable is set as well
 * @example fromEnvironment([{ http: { port: 'PORT' } }], '/app/config', { PORT: '80' }) // { http: { port: '80' } }
 */
export const fromEnvironment = (
  declared: readonly Variables[],
  folder: string,
  environment: Environment = process.env
): object => {
  const named = new Set(flattened(variablesIn(folder)).map(([setting]) => setting))

  return Object.entries(variablesOf(folder, declared))
    .map(([setting, variable]) => {
      const secret = readSecret(variable, environment)
      return [setting, secret ?? (named.has(setting) ? undefined : environment[variable])] as const
    })
    .filter(([, value]) => value)
    .map(([setting, value]) => nested(setting.split('.'), value!))
    .reduce((all, one) => merged(all, one), {})
}

/**
 * Variables that begin as those of the settings do and that nothing reads, each with the one that is most like it.
 *
 * @example strayVariables(['DATABASE_'], ['DATABASE_URL'], { DATABASE_UR: 'x' }) // [{ name: 'DATABASE_UR', meant: 'DATABASE_URL' }]
 */
export const strayVariables = (
  prefixes: readonly string[],
  known: readonly string[],
  environment: Environment = process.env
): { readonly name: string; readonly meant?: string }[] => {
  const read = new Set(known.flatMap((name) => [name, `${name}${FILE}`]))

  return Object.keys(environment)
    .filter((name) => prefixes.some((prefix) => name.startsWith(prefix)) && !read.has(name))
    .map((name) => ({ name, meant: similar(name, known) }))
}
