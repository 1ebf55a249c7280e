import type { Schema } from './openapi-document'

/** Three parts, as a JWT has them, and nothing in it. */
export const TOKEN = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2lnbmF0dXJl'
/** What people read more easily than a field's own name repeated. Fields of an application say theirs by `examples`. */
const WORDS: Readonly<Record<string, string>> = {
  title: 'A title', name: 'A name', description: 'A few words', password: 'correct-horse', access_token: TOKEN, refresh_token: TOKEN
} // prettier-ignore
const NUMBERS: Readonly<Record<string, number>> = { price: 19.99, id: 7, quantity: 2 }

const INSTANT = '2026-01-31T12:00:00.000Z'
const FORMATS: Readonly<Record<string, string>> = {
  email: 'user@example.com', 'date-time': INSTANT, date: '2026-01-31', time: '12:00:00Z', uuid: '0192f0a0-0000-7000-8000-000000000007',
  uri: 'https://example.com/hook', hostname: 'example.com', ipv4: '192.0.2.1', ipv6: '2001:db8::1', password: 'correct-horse'
} // prettier-ignore
/** Tried in turn where a pattern refuses what the name says. */
const GUESSES = ['example', 'Example', 'EXAMPLE', 'ABC-123', 'ABC', 'abc', 'A1', 'a', 'x', '123', '12', '1', ''] // prettier-ignore

const lengthens = (text: string, { minLength = 0, maxLength = Infinity }: Limits) =>
  text.padEnd(minLength, text || 'x').slice(0, maxLength)
interface Limits {
  minLength?: number
  maxLength?: number
}

const textOf = (schema: Schema, name: string): string | undefined => {
  const { format, pattern } = schema as { format?: string; pattern?: string }
  const known = FORMATS[format ?? '']
  if (known !== undefined) return known
  const words = [WORDS[name], name.replace(/_/g, ' '), ...GUESSES].filter((word) => word !== undefined)

  return words
    .map((word) => lengthens(word, schema))
    .find((word) => pattern === undefined || new RegExp(pattern, 'u').test(word))
}

const numberOf = (schema: Schema, name: string): number => {
  const { minimum = -Infinity, exclusiveMinimum = -Infinity, maximum = Infinity, multipleOf } = schema as Record<string, number> // prettier-ignore
  const step = multipleOf ?? ([schema.type].flat().includes('integer') ? 1 : undefined)
  const wanted = NUMBERS[name] ?? (name.endsWith('_id') ? 1 : step === undefined ? 1.5 : step)
  const inside = Math.min(Math.max(wanted, minimum, exclusiveMinimum + (step ?? 0.5)), maximum)

  return step === undefined ? inside : Math.ceil(inside / step) * step
}

const listOf = (schema: Schema, name: string): unknown[] | undefined => {
  const { items = {}, minItems = 0, uniqueItems } = schema as { items?: Schema; minItems?: number; uniqueItems?: boolean } // prettier-ignore
  if (uniqueItems && minItems > 1) return undefined
  const item = exampleOf(items, name.replace(/s$/, ''))

  return item === undefined
    ? minItems === 0 ? [] : undefined
    : Array.from({ length: Math.max(1, minItems) }, () => item) // prettier-ignore
}

/** Properties for an object that takes any: as many as it must have. */
const freely = ({ additionalProperties: any, minProperties = 0 }: Schema): object => {
  if (any === undefined || any === false) return {}
  const value = any === true ? 'a value' : exampleOf(any as Schema)

  return Object.fromEntries(
    Array.from({ length: minProperties as number }, (_, i) => [`key_${i + 1}`, value])
  )
}

const objectOf = (schema: Schema): object | undefined => {
  const { properties, required = [], maxProperties } = schema as { properties?: Record<string, Schema>; required?: string[]; maxProperties?: number } // prettier-ignore
  if (!properties) return freely(schema)
  const values = Object.entries(properties).map(([key, inner]) => [key, exampleOf(inner, key)] as const)
  const found = values.filter(([, value]) => value !== undefined).slice(0, maxProperties)
  const names = new Set(found.map(([key]) => key))

  return required.every((key) => names.has(key)) ? Object.fromEntries(found) : undefined
}

const OF_TYPE: Readonly<Record<string, (schema: Schema, name: string) => unknown>> = {
  string: textOf,
  number: numberOf,
  integer: numberOf,
  boolean: () => true,
  array: listOf,
  object: objectOf,
  null: () => null
}

/** The first alternative that has an example; null, which says least, only where there is no other. */
const firstOf = (schemas: readonly Schema[], name: string): unknown =>
  [...schemas.filter(({ type }) => type !== 'null'), ...schemas]
    .map((schema) => exampleOf(schema, name))
    .find((example) => example !== undefined)

const merged = (parts: readonly unknown[]): unknown =>
  parts.every((part) => typeof part === 'object') ? Object.assign({}, ...(parts as object[])) : parts[0]

/** What the schema itself names: its own example, its only value, its first one, or the value it takes when left out. */
const saidBy = ({ example, examples, const: only, enum: values, default: usual }: Schema): unknown => {
  const [listed] = [examples, values].flatMap((list) => (Array.isArray(list) ? [list[0] as unknown] : []))
  return (
    only ?? example ?? listed ?? (['string', 'number', 'boolean'].includes(typeof usual) ? usual : undefined)
  )
}

/**
 * A value that the schema allows, the same each time; undefined where none was found.
 *
 * @example exampleOf({ type: 'object', properties: { price: { type: 'number' } } }) // { price: 19.99 }
 */
export const exampleOf = (schema: Schema, name = ''): unknown => {
  const said = saidBy(schema)
  if (said !== undefined) return said
  const { anyOf, oneOf, allOf } = schema as Record<string, Schema[] | undefined>
  if (anyOf ?? oneOf) return firstOf((anyOf ?? oneOf)!, name)
  if (allOf) return merged(allOf.map((part) => exampleOf(part, name)))
  const types = [schema.type].flat() as (string | undefined)[]
  const examples = types.map((type) => OF_TYPE[type ?? '']?.(schema, name))

  return examples.find((example) => example !== undefined)
}
