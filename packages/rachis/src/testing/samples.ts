import fc from 'fast-check'
import type { Arbitrary } from 'fast-check'
import type { TSchema } from '@feathersjs/typebox'
import type { FieldInfo } from '../declare'
import type { Model } from '../model/model'
import type { Json } from './wire'
import type { Dice } from './dice'

type Schema = TSchema & Json

const letters = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz'), minLength: length, maxLength: length })
const word = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 6 })
const FORMATS: Record<string, Arbitrary<string>> = {
  email: letters(10).map((name) => `${name}@example.com`),
  uuid: fc.uuid(),
  uri: letters(8).map((name) => `https://example.com/${name}`),
  password: letters(12),
  date: fc
    .integer({ min: -36524, max: 36524 })
    .map((day) => new Date(day * 86400000).toISOString().slice(0, 10)),
  'date-time': fc.integer({ min: -2208988800000, max: 4102444800000 }).map((at) => new Date(at).toISOString())
}

/** One for each pattern: to make it takes milliseconds, to draw from it microseconds. */
const matching = new Map<string, Arbitrary<string>>()
const textsOf = (pattern: string): Arbitrary<string> => {
  const texts = matching.get(pattern) ?? fc.stringMatching(new RegExp(pattern))
  matching.set(pattern, texts)

  return texts
}

/** A text that is said again until it is long enough; not longer than it may be. */
const lengthened = (text: string, { minLength = 0, maxLength = 1000 }: Schema): string =>
  text.padEnd(minLength as number, text).slice(0, maxLength as number)

/**
 * Texts that a pattern takes: longer ones first, since they are more likely to be unlike each other. A pattern such as
 * `^[0-9a-f]+$` alone never gives the 64 characters that a minLength may ask for, and the search would not end.
 */
const patterned = (schema: Schema): Arbitrary<string> => {
  const { pattern, minLength = 0, maxLength = 1000 } = schema
  const regex = new RegExp(pattern as string)
  const fits = (text: string) => regex.test(text) && text.length >= minLength && text.length <= maxLength

  return fc
    .array(textsOf(pattern as string), { minLength: 4, maxLength: 4 })
    .map((parts) => {
      const all = parts.join('')
      return [all, parts[0]! + parts[1]!, ...parts, lengthened(all, schema)].find(fits)
    })
    .filter((text) => text !== undefined)
}

const text = (schema: Schema): Arbitrary<string> => {
  const { format, pattern, minLength = 0, maxLength = 1000 } = schema
  if (format) return FORMATS[format as string] ?? letters(10)
  if (pattern) return patterned(schema)

  return fc
    .string({ unit: 'grapheme', minLength: Math.max(minLength, 0), maxLength: Math.min(maxLength, minLength + 10) })
    .filter((value) => !value.includes('\0') && [...value].length <= maxLength && [...value].length >= minLength) // prettier-ignore
}

const number = ({
  type,
  minimum = -1000,
  maximum = minimum + 2000,
  multipleOf
}: Schema): Arbitrary<number> => {
  const [low, high] = [Math.max(minimum, -1000), Math.max(Math.min(maximum, 1000), minimum)]
  if (type === 'integer') return fc.integer({ min: low, max: high })
  const step = (multipleOf as number | undefined) ?? 0.001

  return fc
    .integer({ min: Math.ceil(low / step), max: Math.floor(high / step) })
    .map((steps) => Number((steps * step).toFixed(3)))
}

const anyJson = fc.oneof(
  word,
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.array(word, { maxLength: 2 })
)

const object = ({ properties, required = [] }: Schema): Arbitrary<object> =>
  properties
    ? (fc.record(
        Object.fromEntries(
          Object.entries<Schema>(properties as Json).map(([name, part]) => [name, sampleOf(part)])
        ),
        { requiredKeys: required as never[], noNullPrototype: true }
      ) as Arbitrary<object>)
    : fc.dictionary(textsOf('^[a-z]{1,4}$'), anyJson, { maxKeys: 3, noNullPrototype: true })

const list = ({ items = {}, minItems = 0, maxItems = 3 }: Schema): Arbitrary<unknown[]> =>
  fc.array(sampleOf(items as Schema), {
    maxLength: Math.min(3, maxItems as number),
    minLength: minItems as number
  })

const BY_TYPE: Readonly<Record<string, (schema: Schema) => Arbitrary<unknown>>> = {
  string: text,
  integer: (schema) => number({ ...schema, type: 'integer' } as Schema),
  number: (schema) => number({ ...schema, type: 'number' } as Schema),
  boolean: () => fc.boolean(),
  array: list,
  object,
  null: () => fc.constant(null)
}

/** Values that a JSON schema takes. */
export const sampleOf = (schema: Schema): Arbitrary<unknown> => {
  if (schema.enum) return fc.constantFrom(...(schema.enum as unknown[]))
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.anyOf) return fc.oneof(...(schema.anyOf as Schema[]).map(sampleOf))
  const [type] = [schema.type].flat()

  return BY_TYPE[type as string]?.(schema) ?? anyJson
}

/** Ids of the records that a foreign key may name, by resource. */
export type Ids = (resource: string) => readonly unknown[]

/** A value that the column takes; undefined where it must refer to a record and there is none. */
export const valueFor = (field: FieldInfo, dice: Dice, ids: Ids): unknown => {
  if (field.nullable && dice.chance(0.25)) return null
  if (field.references) {
    const known = ids(field.references.resource)
    return known.length > 0 ? dice.pick(known) : field.nullable ? null : undefined
  }
  const value = dice.value(sampleOf({ ...field.value, enum: field.enum } as unknown as Schema))
  if (field.normalize !== undefined && typeof value === 'string') return normalized(value, field)

  return value
}

/** Letters beyond ASCII have no case that PostgreSQL and JavaScript agree about under every locale. */
const normalized = (value: string, { normalize, value: { minLength = 0 } }: FieldInfo): string => {
  const plain = value.replace(/[^\x20-\x7e]/gu, 'x').padEnd(minLength as number, 'x')
  return normalize === 'lower' ? plain.toLowerCase() : plain.toUpperCase()
}

const isStored = ({ name, computed }: FieldInfo) =>
  !computed && !['id', 'created_at', 'updated_at'].includes(name)

/** A row as somebody could insert it by SQL: every column but those that the database fills in. */
export const rowFor = ({ fields }: Model, dice: Dice, ids: Ids): Json =>
  Object.fromEntries(
    [...fields.values()]
      .filter(isStored)
      .map((field) => [
        field.name,
        field.name === 'deleted_at' && dice.chance(0.8) ? null : valueFor(field, dice, ids)
      ]) // prettier-ignore
      .filter(([, value]) => value !== undefined)
  )

/** What a client may send: every field that it must, and some of those that it may. */
export const dataFor = (
  model: Model,
  schema: Schema,
  dice: Dice,
  ids: Ids,
  { probability = 0.5, without = [] as readonly string[] } = {}
): Json =>
  Object.fromEntries(
    Object.entries<Schema>(schema.properties as Json)
      .filter(([name]) => !without.includes(name))
      .filter(([name]) => (schema.required as string[]).includes(name) || dice.chance(probability))
      .map(([name, part]) => {
        const field = model.fields.get(name)!
        return [name, valueFor({ ...field, enum: (part.enum as string[] | undefined)?.filter((word) => word !== null) ?? field.enum } as FieldInfo, dice, ids)] // prettier-ignore
      })
      .filter(([, value]) => value !== undefined)
  )
