import type { Annotations, FieldInfo } from '../resource'
import { recordOf } from '../resource'
import type { Model, RelationInfo } from './model'
import { exampleOf } from './openapi-example'
import type { Schema } from './openapi-document'
import { schemaRef } from './openapi-document'
import { ruleData, ruleText } from './openapi-access'
import type { Written } from './schemas'
import { dataSchema, fieldsSchema, readBack } from './schemas'

/** As an object, so that an annotation which is added to our language cannot be forgotten here. */
const OURS: Record<Exclude<keyof Annotations, 'readOnly' | 'writeOnly'>, true> = {
  column: true, unique: true, immutable: true, computed: true, normalize: true, hash: true, references: true, owner: true, state: true
} // prettier-ignore

const NAMED = new Set(['properties', 'patternProperties', 'dependentSchemas', '$defs'])
const NESTED = new Set([
  'anyOf', 'oneOf', 'allOf', 'prefixItems', 'items', 'additionalProperties', 'contains', 'propertyNames', 'not', 'if', 'then', 'else'
]) // prettier-ignore

const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

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
    field.read !== true && `Read by ${ruleText(field.read)}.`,
    field.write !== true && field.writable !== 'never' && `Written by ${ruleText(field.write)}.`
  ]
    .filter(Boolean)
    .join(' ')

const rulesOf = ({ read, write, writable }: FieldInfo) => ({
  ...(read === true ? {} : { 'x-read-rule': ruleData(read) }),
  ...(write === true || writable === 'never' ? {} : { 'x-write-rule': ruleData(write) })
})

const fieldSchema = (model: Model, name: string, raw: Schema): Schema => {
  const field = model.fields.get(name)!
  const schema = clean(raw)
  const description = factsOf(model, field, schema.description)

  return {
    ...schema,
    ...(field.type === 'bigint' ? { format: 'int64' } : {}),
    ...(description ? { description } : {}),
    ...rulesOf(field)
  }
}

const withFields = (model: Model, raw: Schema, more: (field: FieldInfo) => Schema): Schema => {
  const { required, properties, ...rest } = clean(raw) as { required: string[]; properties: object }
  const fields = Object.entries(properties).map(([name, schema]) => [
    name,
    { ...fieldSchema(model, name, schema as Schema), ...more(model.fields.get(name)!) }
  ])

  return {
    ...rest,
    properties: Object.fromEntries(fields) as Schema,
    ...(required.length > 0 ? { required } : {})
  }
}

/** With its example, where one could be found that is valid. */
export const exemplified = (schema: Schema): Schema => {
  const example = exampleOf(schema)
  return example === undefined ? schema : { ...schema, examples: [example] }
}

/** The relations that somebody may follow from a model: by `include`, and in filters. */
export const followable = (model: Model): RelationInfo[] =>
  Object.keys(model.resource.spec.relations ?? {}).flatMap((name) => {
    const relation = model.relation(name)
    return relation && relation.target.rules.read.length > 0 ? [relation] : []
  })

const relationSchema = ({ name, kind, target }: RelationInfo, nameOf: (model: Model) => string): Schema => {
  const ref = schemaRef(nameOf(target))
  const description = `With include=${name}.`

  return kind === 'many'
    ? { type: 'array', items: ref, readOnly: true, description }
    : { anyOf: [ref, { type: 'null' }], readOnly: true, description }
}

/** A record as it is answered. */
export const recordSchema = (model: Model, nameOf: (model: Model) => string): Schema => {
  const record = withFields(model, recordOf(model.resource), ({ writable }) => writable === 'never' ? { readOnly: true } : {}) // prettier-ignore
  const related = followable(model).map((relation) => [relation.name, relationSchema(relation, nameOf)])
  const { examples, ...rest } = exemplified(record)

  return {
    ...rest,
    properties: { ...(record.properties as object), ...Object.fromEntries(related) },
    ...(examples ? { examples } : {})
  }
}

const inputTraits = (method: Written) => (field: FieldInfo) => ({
  ...(field.hidden ? { writeOnly: true } : {}),
  ...(method === 'create' && field.default !== undefined ? { default: field.default } : {})
})

const READ_BACK = 'Set by the server: may be sent back as it was read, and is refused where it differs.'

/** What a client sends to create, replace or change a record. */
export const writtenSchema = (model: Model, method: Written): Schema => {
  const written = exemplified(withFields(model, dataSchema(model, method), inputTraits(method)))
  const asRead = withFields(model, fieldsSchema(readBack(model, method)), () => ({}))
  const described = Object.entries(asRead.properties as Record<string, Schema>).map(
    ([name, { description, ...schema }]) => [
      name,
      { ...schema, description: [description, READ_BACK].filter(Boolean).join(' ') }
    ]
  )

  return {
    ...written,
    properties: { ...(written.properties as object), ...Object.fromEntries(described) } as Schema
  }
}

const whole = { type: 'integer', minimum: 0 }
const address = { type: ['string', 'null'], description: 'Path and query of that page; null where there is none.' } // prettier-ignore
const page = (title: string, description: string, properties: Schema): Schema => ({
  type: 'object', title, description, properties, required: Object.keys(properties), additionalProperties: false
}) // prettier-ignore

/** The names of a record's fields, as a query may list them. */
export const fieldNames = (model: Model): Schema => ({ type: 'string', enum: model.visible, examples: [model.visible[0]] }) // prettier-ignore

/** What a list answers: by offset, or by page number where the client asked by that. */
export const pageSchema = (name: string, example: unknown): Schema => {
  const items = { type: 'array', items: schemaRef(name) }
  const data = example === undefined ? [] : [example]

  return {
    oneOf: [
      page('By offset', 'The default.', { total: whole, limit: whole, skip: whole, data: items }),
      page('By page', 'With `page` or `page_size`.', { count: whole, next: address, previous: address, results: items }) // prettier-ignore
    ],
    examples: [
      { total: data.length, limit: 50, skip: 0, data },
      { count: data.length, next: null, previous: null, results: data }
    ]
  }
}
