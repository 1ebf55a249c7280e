import { existsSync, readFileSync } from 'fs'
import path from 'path'
import type { TSchema } from '@feathersjs/typebox'
import type { Variables } from './declaration'
import { isNested, merged } from './merge'

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
  if (!isNested(value)) return value
  const properties = (schema?.properties ?? {}) as Readonly<Record<string, TSchema>>

  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, readTexts(properties[name], inner)])
  )
}

/** A variable by itself, or with the format that node-config reads it by. */
const variableOf = (value: unknown): string | undefined => {
  const name = isNested(value) ? value.__name : value
  return typeof name === 'string' ? name : undefined
}

/** `{ http: { port: 'PORT' } }` as `[['http.port', 'PORT']]`. */
const flattened = (value: Texts, before = ''): [setting: string, variable: string][] =>
  Object.entries(value).flatMap(([name, inner]) => {
    const variable = variableOf(inner)
    if (variable !== undefined) return [[`${before}${name}`, variable]]

    return isNested(inner) ? flattened(inner, `${before}${name}.`) : []
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

/**
 * The settings that the environment says by declared variables. Those that config/custom-environment-variables.json names are left
 * out: they are read with the folder. An empty variable says nothing, as there.
 *
 * @example fromEnvironment([{ http: { port: 'PORT' } }], '/app/config', { PORT: '80' }) // { http: { port: '80' } }
 */
export const fromEnvironment = (
  declared: readonly Variables[],
  folder: string,
  environment: Readonly<Record<string, string | undefined>> = process.env
): object => {
  const named = new Set(flattened(variablesIn(folder)).map(([setting]) => setting))

  return declared
    .flatMap((variables) => flattened(variables))
    .filter(([setting, variable]) => !named.has(setting) && environment[variable])
    .map(([setting, variable]) => nested(setting.split('.'), environment[variable]!))
    .reduce((all, one) => merged(all, one), {})
}
