import type { TObject, TSchema } from '@feathersjs/typebox'
import type { FieldInfo } from '../declare'
import { strictObject } from '../declare'
import type { Model } from './model'

/** What the schemas of a resource are made from. */
export type Described = Pick<Model, 'fields' | 'states'>

export type Written = 'create' | 'update' | 'patch'

const hasDefault = (field: FieldInfo) => field.nullable || field.default !== undefined

const isWritable = (method: Written) => (field: FieldInfo) =>
  field.writable === 'always' || (method === 'create' && field.writable === 'create')

const isRequired = (method: Written) => (field: FieldInfo) =>
  method !== 'patch' && !hasDefault(field) && !(method === 'update' && field.hidden)

const inputOf = (field: FieldInfo, { states }: Described, method: Written): TSchema =>
  method === 'create' && states?.field === field.name
    ? { ...field.schema, enum: [...states.initial] }
    : field.schema

/**
 * The schema of what a client sends. A field that has a default may be left out; a password may be left out of a PUT,
 * since no client can read it and send it back.
 */
export const dataSchema = (model: Described, method: Written): TObject => {
  const fields = [...model.fields.values()].filter(isWritable(method))
  const properties = fields.map((field) => [field.name, inputOf(field, model, method)])

  return strictObject(
    Object.fromEntries(properties),
    fields.filter(isRequired(method)).map(({ name }) => name)
  )
}

/** What a client may send at most: a body may also hold fields as they were read, and is told of each that it may not write. */
export const widestSchema = (model: Model, method: Written): TObject => {
  const others = Object.fromEntries([...model.fields.keys()].map((name) => [name, {} as TSchema]))

  return strictObject({ ...others, ...dataSchema(model, method).properties }, [])
}

/**
 * Fields that clients read and do not write by this method, such as the id and the times: a PUT or PATCH may send them back as
 * they were read. A creation takes none of them.
 */
export const readBack = ({ fields }: Model, method: Written): readonly FieldInfo[] =>
  method === 'create'
    ? []
    : [...fields.values()].filter((field) => !field.hidden && !isWritable(method)(field))

/** An object of some of these fields. */
export const fieldsSchema = (fields: readonly FieldInfo[]): TObject =>
  strictObject(Object.fromEntries(fields.map(({ name, schema }) => [name, schema])), [])

/** What a creation starts from: the declared defaults, null where nothing else is said. */
export const defaultsOf = ({ fields }: Model): Record<string, unknown> =>
  Object.fromEntries(
    [...fields.values()]
      .filter(
        (field) => field.name !== 'id' && !field.computed && hasDefault(field) && field.name !== 'deleted_at'
      )
      .map((field) => [field.name, field.default ?? null])
  )
