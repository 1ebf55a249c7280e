import { readFileSync } from 'fs'
import path from 'path'
import { snake } from '../../declare/verifiers/shared/name'
import { isObject } from '../../util/is-object'
import type { DraftField } from './draft'
import { UsageError } from './draft'

type Sample = Readonly<Record<string, unknown>>

const RANGE = 2 ** 31
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/^\d{4}-\d\d-\d\d$/, "Type.String({ format: 'date' })"],
  [/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/, 'timestamp()'],
  [/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i, "Type.String({ format: 'uuid' })"],
  [/^[^\s@]+@[^\s@]+\.[^\s@]+$/, "text({ format: 'email', maxLength: 255 })"],
  [/^https?:\/\/\S+$/, "text({ format: 'uri', maxLength: 2000 })"]
]
const MONEY = /price|total|amount|cost|fee|tax|balance|salary|sum$/
/** Columns that every resource has by itself. */
const IMPLICIT = ['id', 'created_at', 'updated_at']

const all = <T>(values: readonly unknown[], test: (value: unknown) => value is T): values is T[] =>
  values.every(test)
const isString = (value: unknown): value is string => typeof value === 'string'
const isNumber = (value: unknown): value is number => typeof value === 'number'
const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean'
const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every(isString)

const textType = (values: readonly string[]): string =>
  PATTERNS.find(([pattern]) => values.every((value) => pattern.test(value)))?.[1] ?? 'text()'

const numberType = (name: string, values: readonly number[]): string => {
  const hasCents = values.every((value) => Math.abs(value * 100 - Math.round(value * 100)) < 1e-6)
  if (hasCents && MONEY.test(name)) return 'money()'
  if (!values.every(Number.isInteger)) return 'Type.Number()'

  return values.every((value) => Math.abs(value) < RANGE) ? 'integer()' : "Type.Integer({ column: 'bigint' })"
}

/** The type of a column that holds all of these values; of nothing but nulls nothing is known. */
const typeOf = (name: string, values: readonly unknown[]): string => {
  if (values.length === 0) return 'text()'
  if (all(values, isString)) return textType(values)
  if (all(values, isNumber)) return numberType(name, values)
  if (all(values, isBoolean)) return 'boolean()'
  if (all(values, isTexts)) return values.flat().some((text) => text.length > 100) ? 'textArray({ maxLength: 1000 })' : 'textArray()' // prettier-ignore
  if (values.every(isObject)) return 'json()'

  return "Type.Array(Type.Unknown(), { column: 'jsonb' })"
}

/** A number in a field such as `customer_id` refers to `customers`, where there is such a resource. */
const referenceOf = (name: string, type: string, resources: readonly string[]): string | undefined => {
  const word = /^(.+)_id$/.exec(name)?.[1]
  if (word === undefined || type !== 'integer()') return undefined

  return [`${word}s`, `${word}es`, word.replace(/y$/, 'ies'), word].find((one) => resources.includes(one))
}

const fieldOf = (key: string, samples: readonly Sample[], resources: readonly string[]): DraftField => {
  const name = snake(key)
  const values = samples.map((sample) => sample[key])
  const present = values.filter((value) => value !== null && value !== undefined)
  const inferred = typeOf(name, present)
  const references = referenceOf(name, inferred, resources)

  return {
    name,
    type: references === undefined ? inferred : `belongsTo('${references}')`,
    wrappers: present.length < values.length ? ['nullable'] : [],
    ...(references === undefined ? {} : { references })
  }
}

const assertMixed = (key: string, samples: readonly Sample[]): void => {
  const kinds = new Set(samples.flatMap((sample) => (sample[key] === null || sample[key] === undefined ? [] : [Array.isArray(sample[key]) ? 'list' : typeof sample[key]]))) // prettier-ignore
  if (kinds.size > 1) throw new UsageError(`${key} is a ${[...kinds].join(' in one record and a ')} in another.`, `Write one type for ${key} in the sample, or leave it out and type ${snake(key)}:json behind the command.`) // prettier-ignore
}

/**
 * The fields that a list of records shows. Keys become snake_case; what is missing or null in one of them may be null.
 *
 * @param resources the names of those there are, which fields may refer to
 * @param given names of fields that are said otherwise
 * @example fieldsOfSamples([{ dueDate: '2026-01-31' }], [])[0] // { name: 'due_date', type: "Type.String({ format: 'date' })", wrappers: [] }
 * @throws {UsageError} where a field has values of two types
 */
export const fieldsOfSamples = (
  samples: readonly Sample[],
  resources: readonly string[],
  given: readonly string[] = []
): DraftField[] => {
  const keys = [...new Set(samples.flatMap((sample) => Object.keys(sample)))]
  const own = keys.filter((key) => ![...IMPLICIT, ...given].includes(snake(key)))
  for (const key of own) assertMixed(key, samples)

  return own.map((key) => fieldOf(key, samples, resources))
}

/** Where lists stand in answers of this API and of others. */
const LISTS = ['data', 'results', 'items'] as const
const samplesIn = (value: unknown): unknown[] => {
  if (Array.isArray(value)) return value
  const list = isObject(value) ? LISTS.map((key) => (value as Sample)[key]).find(Array.isArray) : undefined

  return (list as unknown[] | undefined) ?? [value]
}

const parse = (file: string, text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UsageError(`${file === "-" ? "What is piped in" : file} is not JSON: ${(error as Error).message}.`, 'Type --from-json with a file that holds an object or a list of objects.') // prettier-ignore
  }
}
const read = (root: string, file: string): string => {
  try {
    // The standard input is called - by most programs.
    return readFileSync(file === '-' ? 0 : path.resolve(root, file), 'utf8')
  } catch {
    throw new UsageError(`There is no file ${file}.`, 'Type --from-json with the path of a file, or - to read what is piped in.') // prettier-ignore
  }
}

/**
 * The records of a sample: an object, a list, or an answer with a list in it.
 *
 * @throws {UsageError} where the file cannot be read, or holds no record
 */
export const readSamples = (root: string, file: string): Sample[] => {
  const samples = samplesIn(parse(file, read(root, file)))
  if (samples.length > 0 && samples.every((sample) => isObject(sample) && Object.keys(sample).length > 0)) return samples as Sample[] // prettier-ignore
  throw new UsageError(`${file} holds no record.`, 'Write an object such as {"number":"A1","total":9.5} into it, or a list of them.') // prettier-ignore
}
