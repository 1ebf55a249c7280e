import { existsSync, readFileSync } from 'fs'
import path from 'path'
import type { TSchema } from '@feathersjs/typebox'

type Texts = Readonly<Record<string, unknown>>

const isNested = (value: unknown): value is Texts =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

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

/** What cannot be read is left as it is, so that the schema refuses it. */
const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  boolean: (text) => WORDS[text.toLowerCase()] ?? text,
  number: (text) => (NUMBER.test(text) ? Number(text) : text),
  integer: (text) => (NUMBER.test(text) ? Number(text) : text),
  array: readList
}

/**
 * The settings with the texts of the environment read by the types of the schema. `true`, `yes` and `1`, and `false`, `no` and `0`, in any case,
 * are booleans; a list is JSON. A text that cannot be read is kept as it is.
 *
 * @example readTexts(Type.Object({ port: Type.Integer(), seed: Type.Boolean() }), { port: '3030', seed: 'yes' })
 * // { port: 3030, seed: true }
 */
export const readTexts = (schema: TSchema | undefined, value: unknown): unknown => {
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

const flattened = (value: Texts, before = ''): [setting: string, variable: string][] =>
  Object.entries(value).flatMap(([name, inner]) => {
    const variable = variableOf(inner)
    if (variable !== undefined) return [[`${before}${name}`, variable]]

    return isNested(inner) ? flattened(inner, `${before}${name}.`) : []
  })

/**
 * The variable of the environment for each setting that has one, as config/custom-environment-variables.json names them.
 *
 * @example variablesOf('/app/config').port // 'PORT'
 */
export const variablesOf = (folder: string): Readonly<Record<string, string>> => {
  const file = path.join(folder, 'custom-environment-variables.json')
  if (!existsSync(file)) return {}

  return Object.fromEntries(flattened(JSON.parse(readFileSync(file, 'utf8')) as Texts))
}
