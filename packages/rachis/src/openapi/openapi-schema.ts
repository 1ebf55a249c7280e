import type { Annotations, FieldInfo } from '../declare'
import { typeInfo } from '../declare/column-types'
import { checkSentences } from '../model/check-sentence'
import type { Model } from '../model/model'
import type { RelationInfo } from '../model/models'
import { followable } from './offered'
import { exampleOf } from './openapi-example'
import type { Schema } from './openapi-document'
import { schemaRef } from './openapi-document'
import { fieldRule } from '../rules/policy'
import { asksOfRecord } from '../declare/predicate'
import { ruleData, ruleText } from './openapi-access'
import type { Written } from '../model/schemas'
import { dataSchema, fieldsSchema, readBack } from '../model/schemas'
import { isObject } from '../util/is-object'

/** As an object, so that an annotation which is added to our language cannot be forgotten here. */
const OURS: Record<Exclude<keyof Annotations, 'readOnly' | 'writeOnly'>, true> = {
  column: true, unique: true, immutable: true, computed: true, normalize: true, hash: true, references: true, owner: true, state: true, was: true
} // prettier-ignore

const NAMED = new Set(['properties', 'patternProperties', 'dependentSchemas', '$defs'])
const NESTED = new Set([
  'anyOf', 'oneOf', 'allOf', 'prefixItems', 'items', 'additionalProperties', 'contains', 'propertyNames', 'not', 'if', 'then', 'else'
]) // prettier-ignore

const cleanValue = (key: string, value: unknown): unknown => {
  if (NAMED.has(key) && isObject(value))
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, clean(inner as Schema)]))
  if (NESTED.has(key) && Array.isArray(value)) return value.map((inner) => clean(inner as Schema))

  return NESTED.has(key) && isObject(value) ? clean(value) : value
}

/** `multipleOf: 0.01` refuses 19.99 in every validator that computes in binary, so it is said in words. */
const decimals = ({ multipleOf, description }: Schema): Schema =>
  typeof multipleOf !== 'number' || Number.isInteger(multipleOf)
    ? {}
    : { multipleOf: undefined, description: [description, `A multiple of ${multipleOf}.`].filter(Boolean).join(' ') } // prettier-ignore

const ANY_NAME = '^.*$'

/** `Type.Record` says "any property" by a pattern, which most readers of OpenAPI pass over. */
const freeForm = ({ patternProperties }: Schema): Schema => {
  const names = Object.keys((patternProperties ?? {}) as object)
  if (names.length !== 1 || names[0] !== ANY_NAME) return {}
  const inner = (patternProperties as Record<string, Schema>)[ANY_NAME]!

  return {
    patternProperties: undefined,
    additionalProperties: Object.keys(inner).length === 0 ? true : inner
  }
}

/**
 * A schema of ours as the rest of the world reads it: without what only our compilers understand, and without TypeBox's
 * symbols. Properties may have the names of annotations; only keywords are taken away.
 */
export const clean = (schema: Schema): Schema =>
  Object.fromEntries(
    Object.entries({ ...schema, ...decimals(schema), ...freeForm(schema) })
      .filter(([key, value]) => !(key in OURS) && value !== undefined)
      .map(([key, value]) => [key, cleanValue(key, value)])
  )

const stepsOf = ({ states }: Model, { name }: FieldInfo) =>
  states?.field === name
    ? `Steps: ${states.transitions.map(({ name: step, from, to }) => `${step} (${from.join(' or ')} → ${to})`).join(', ')}.`
    : undefined

const defaultText = (value: unknown) =>
  value === undefined || value === null ? undefined : `${JSON.stringify(value)} where it is left out.`

/** Who reads a field; of a rule that asks of the record, that the field is there where it holds. */
const readText = (model: Model, { name }: FieldInfo): string => {
  const rule = fieldRule(model, name, 'read')

  return `Read by ${ruleText(rule)}.${asksOfRecord(rule) ? ' Left out of the records of which the reader may not read it.' : ''}`
}

/** What a field's schema does not say by itself. */
const factsOf = (model: Model, field: FieldInfo, description: unknown): string =>
  [
    description,
    field.references && `The id of one of ${field.references.resource}.`,
    field.owner && 'Set to the caller at creation.',
    field.unique && 'No two records share it.',
    field.normalize && `Kept in ${field.normalize} case.`,
    field.computed && 'Computed from other fields.',
    stepsOf(model, field),
    field.read !== true && readText(model, field),
    field.write !== true &&
      field.writable !== 'never' &&
      `Written by ${ruleText(fieldRule(model, field.name, 'write'))}.`
  ]
    .filter(Boolean)
    .join(' ')

const rulesOf = (model: Model, { name, read, write, writable }: FieldInfo) => ({
  ...(read === true ? {} : { 'x-read-rule': ruleData(fieldRule(model, name, 'read')) }),
  ...(write === true || writable === 'never'
    ? {}
    : { 'x-write-rule': ruleData(fieldRule(model, name, 'write')) })
})

/** The schemas of a model's enumerated fields, by the name of the field. */
export type Enums = ReadonlyMap<string, string>

/** The words of a field under a name of their own, since generators name an inline list after its field alone. */
export const wordsRef = (schema: Schema, field: FieldInfo, enums: Enums): Schema => {
  const name = enums.get(field.name)
  const isSame = (words: unknown) => JSON.stringify(words) === JSON.stringify(field.enum)
  if (name === undefined) return schema
  const { type: _type, enum: words, anyOf, ...rest } = schema as Schema & { anyOf?: Schema[] }
  if (isSame(words)) return { ...rest, ...schemaRef(name) }

  return anyOf?.some((part) => isSame(part.enum))
    ? { ...rest, anyOf: anyOf.map((part) => (isSame(part.enum) ? schemaRef(name) : part)) }
    : schema
}

const fieldSchema = (model: Model, name: string, raw: Schema, enums: Enums): Schema => {
  const field = model.fields.get(name)!
  // With a default, generators take a property for one that is always there: also where it need not be sent.
  const { default: _default, ...schema } = clean(raw)
  const description = factsOf(model, field, schema.description)
  const { documentedFormat } = typeInfo(field.type)

  return {
    ...wordsRef(schema, field, enums),
    ...(documentedFormat ? { format: documentedFormat } : {}),
    ...(description ? { description } : {}),
    ...rulesOf(model, field)
  }
}

type Traits = (field: FieldInfo, schema: Schema) => Schema

const withFields = (model: Model, raw: Schema, enums: Enums, more: Traits): Schema => {
  const { required, properties, ...rest } = clean(raw) as { required: string[]; properties: object }
  const fields = Object.entries(properties).map(([name, inner]) => {
    const schema = fieldSchema(model, name, inner as Schema, enums)
    return [name, { ...schema, ...more(model.fields.get(name)!, schema) }]
  }) // prettier-ignore

  return {
    ...rest,
    properties: Object.fromEntries(fields) as Schema,
    ...(required.length > 0 ? { required } : {})
  }
}

/** What an input takes where a property is left out, in words: see `fieldSchema`. */
export const withoutDefaults = (schema: Schema): Schema =>
  Object.fromEntries(
    Object.entries(schema).flatMap(([key, value]): [string, unknown][] => {
      if (key === 'default') return []
      if (key === 'properties' && isObject(value))
        return [[key, Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withoutDefault(inner as Schema)]))]]
      if (NESTED.has(key) && Array.isArray(value)) return [[key, value.map((inner) => withoutDefaults(inner as Schema))]]

      return [[key, NESTED.has(key) && isObject(value) ? withoutDefaults(value) : value]]
    })
  ) // prettier-ignore
const withoutDefault = (schema: Schema): Schema => {
  const said = [schema.description, defaultText(schema.default)].filter(Boolean).join(' ')
  return { ...withoutDefaults(schema), ...(said ? { description: said } : {}) }
}

/** With its example, where one could be found that is valid: made of the words themselves, not of references to them. */
const exemplified = (model: Model, raw: Schema, enums: Enums, more: Traits): Schema => {
  const example = exampleOf(withFields(model, raw, new Map(), more))
  const schema = withFields(model, raw, enums, more)

  return example === undefined ? schema : { ...schema, examples: [example] }
}

const relationSchema = ({ name, kind, target }: RelationInfo, nameOf: (model: Model) => string): Schema => {
  const ref = schemaRef(nameOf(target))
  const description = `With include=${name}.`

  return kind === 'many'
    ? { type: 'array', items: ref, readOnly: true, description }
    : { anyOf: [ref, { type: 'null' }], readOnly: true, description }
}

/** A field with words of its own, by the name that its schema has in the document. */
export const enumSchemas = (model: Model, enums: Enums): Record<string, Schema> =>
  Object.fromEntries(
    [...enums].map(([field, name]) => {
      const words = model.fields.get(field)!.enum!
      return [name, { type: 'string', enum: words, examples: [words[0]] }]
    })
  )

/** A record as it is answered. */
export const recordSchema = (model: Model, nameOf: (model: Model) => string, enums: Enums): Schema => {
  const traits: Traits = ({ writable }) => (writable === 'never' ? { readOnly: true } : {})
  const { examples, ...record } = exemplified(model, model.record, enums, traits)
  const related = followable(model).map((relation) => [relation.name, relationSchema(relation, nameOf)])

  return {
    ...record,
    properties: { ...(record.properties as object), ...Object.fromEntries(related) },
    ...(examples ? { examples } : {})
  }
}

/** A record of which only some fields were asked for: the id is always there. */
export const selectionSchema = ({ required: _required, ...record }: Schema): Schema => ({
  ...record,
  description: 'The id is always there, another field where it was asked for and its reader may see it.',
  required: ['id']
})

const inputTraits =
  (method: Written) =>
  (field: FieldInfo, { description }: Schema) => {
    const usual = method === 'create' ? defaultText(field.default) : undefined
    const said = [description, usual].filter(Boolean).join(' ')

    return { ...(field.hidden ? { writeOnly: true } : {}), ...(said ? { description: said } : {}) }
  }

const READ_BACK = 'Set by the server: may be sent back as it was read, and is refused where it differs.'
const asReadTraits: Traits = (_field, { description }) => ({
  description: [description, READ_BACK].filter(Boolean).join(' ')
})

/** What a client sends to create, replace or change a record. */
export const writtenSchema = (model: Model, method: Written, enums: Enums): Schema => {
  const written = exemplified(model, dataSchema(model, method), enums, inputTraits(method))
  const asRead = withFields(model, fieldsSchema(readBack(model, method)), enums, asReadTraits)

  const checks = checkSentences(model).map((sentence) => sentence.replace(/[^.!?]$/, '$&.'))

  return {
    ...written,
    ...(checks.length > 0 ? { description: checks.join(' ') } : {}),
    properties: { ...(written.properties as object), ...(asRead.properties as object) } as Schema
  }
}
