import type { TObject, TSchema } from '@feathersjs/typebox'
import { Type } from '@feathersjs/typebox'
import type { FieldInfo } from '../../declare'
import { parameterInfo } from '../../declare'
import { orNull } from '../../declare/or-null'
import type { Model } from '../model'
import { linkModels } from '../models'
import { NamedMap } from '../named-map'
import type { OldFieldInfo, VersionStep } from './steps'
import { soleField, stepsFrom } from './steps'

/** Objects and lists have a type that null is added to; a union has none. */
const nullOr = (schema: TSchema): TSchema =>
  schema.type === undefined ? Type.Union([schema, Type.Null()]) : orNull(schema)

/** An old field with a schema of its own keeps of the field that it is made from who may read and write it, and whether it may be null. */
const oldInfo = ({ name, schema }: OldFieldInfo, from: FieldInfo): FieldInfo => {
  const info = schema && parameterInfo(name, schema)
  if (!info) return { ...from, name, ...(schema ? { value: schema, schema: from.nullable ? nullOr(schema) : schema } : {}) } // prettier-ignore
  const { nullable, writable, read, write } = from

  return {
    ...info,
    name,
    nullable,
    writable,
    read,
    write,
    schema: nullable ? orNull(info.value) : info.value
  }
}

/** The fields of the next version as this one has them, in their order. */
const fieldsIn = (step: VersionStep, next: ReadonlyMap<string, FieldInfo>): FieldInfo[] =>
  [...next.values()].flatMap((field) => {
    const old = step.fields.filter(({ from }) => from[0] === field.name).map((one) => oldInfo(one, field))
    const isGone = step.hidden.includes(field.name) || step.fields.some(({ name }) => name === field.name)

    return [...old, ...(isGone ? [] : [field])]
  })

/** The fields of a resource as an older version has them. */
export const fieldsOf = (model: Model, version: number): readonly FieldInfo[] =>
  stepsFrom(model, version).reduceRight(
    (next, step) => fieldsIn(step, new NamedMap(next.map((field) => [field.name, field]))),
    [...model.fields.values()]
  )

/** The schema of a record with these fields. What was always there is so still. */
const recordOf = ({ record }: Model, fields: readonly FieldInfo[], step: VersionStep): TObject => {
  const { properties, required = [] } = record
  const firstOf = (name: string) => step.fields.find((one) => one.name === name)?.from[0] ?? name
  const shown = fields.filter(({ name }) => firstOf(name) in properties)

  return {
    ...record,
    properties: Object.fromEntries(shown.map(({ name, schema }) => [name, step.fields.some((one) => one.name === name) ? schema : properties[name]!])), // prettier-ignore
    required: shown.map(({ name }) => name).filter((name) => required.includes(firstOf(name)))
  }
}

const stepBack = (model: Model, step: VersionStep): Model => {
  const fields = fieldsIn(step, model.fields)
  const names = new Set(fields.map(({ name }) => name))
  const nameOf = (name: string) => soleField(step, name)?.name ?? name
  const rules = step.fields.flatMap(({ name, from }) => {
    const rule = model.fieldRules.get(from[0]!)
    return rule ? [[name, { ...rule, name }] as const] : []
  })

  return {
    ...model,
    fields: new NamedMap(fields.map((field) => [field.name, field])),
    visible: fields.filter(({ hidden }) => !hidden).map(({ name }) => name),
    record: recordOf(model, fields, step),
    fieldRules: new NamedMap([...model.fieldRules, ...rules]),
    // Groups are answered in the present shape alone.
    operations: model.operations.filter(({ groups }) => !groups),
    search: model.search.map(nameOf).filter((name) => names.has(name)),
    relations: model.relations.map((relation) => ({ ...relation, column: nameOf(relation.column) })),
    states: model.states && { ...model.states, field: nameOf(model.states.field) }
  }
}

/** Models in the shape of an older version, for documents: nothing is called or asked by them. */
export const modelsIn = (models: readonly Model[], version: number): Model[] => {
  if (models.every((model) => stepsFrom(model, version).length === 0)) return [...models]
  // All of them are copied: a model is linked with the others of its version.
  const old = models.map((model) =>
    stepsFrom(model, version).reduceRight((next: Model, step) => stepBack(next, step), { ...model })
  )
  linkModels(new Map(old.map((model) => [model.name, model])))

  return old
}
