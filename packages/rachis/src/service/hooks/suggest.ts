import type { TSchema } from '@feathersjs/typebox'
import type { Model } from '../../model/model'
import { mayWrite } from '../../rules/policy'
import type { User } from '../../rules/policy'
import type { Written } from '../../model/schemas'
import { dataSchema } from '../../model/schemas'
import { inputOf } from '../../model/input'
import type { ErrorDetail } from '../../errors/errors'
import { similar } from '../../util/similar'

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
}

/** The schema of what a path leads to, such as `items.0` in the input of an order. */
const schemaAt = (schema: Schema | undefined, [step, ...rest]: readonly string[]): Schema | undefined => {
  if (!schema || step === undefined) return schema
  const { properties = {}, items } = schema

  return schemaAt(Object.hasOwn(properties, step) ? properties[step] : items, rest)
}

/** What a field stands beside: its names, without those that `mayName` leaves out of the outermost object. */
const namesBeside = (schema: TSchema, path: readonly string[], mayName: (name: string) => boolean) => {
  const names = Object.keys(schemaAt(schema as Schema, path)?.properties ?? {})
  return path.length === 0 ? names.filter(mayName) : names
}

/**
 * Gives details about unknown fields the name that was probably meant, as their hint.
 *
 * @example suggest([{ field: 'titel', rule: 'additionalProperties', … }], Type.Object({ title: Type.String() }))
 * // [{ field: 'titel', …, hint: 'Did you mean title instead of titel?' }]
 */
export const suggest = (
  details: readonly ErrorDetail[],
  schema: TSchema,
  mayName: (name: string) => boolean = () => true
): readonly ErrorDetail[] =>
  details.map((detail) => {
    if (detail.rule !== 'additionalProperties' || !detail.field) return detail
    const path = detail.field.split('.')
    const name = path.pop()!
    const near = similar(name, namesBeside(schema, path, mayName))

    return near ? { ...detail, hint: `Did you mean ${near} instead of ${name}?` } : detail
  })

/** `suggest` for the body of a creation, PUT or PATCH, among the fields that this user may write. */
export const suggestFields = (model: Model, method: Written) => {
  const schema = dataSchema(model, method)

  return (details: readonly ErrorDetail[], user: User) =>
    suggest(details, schema, (name) => mayWrite(model, name, user))
}

/** The parameters that a question takes, where none of them is like the one that was sent. */
export const namesHere = (input: TSchema): string => {
  const names = Object.keys(inputOf(input).properties)
  return names.length === 0 ? 'There are no parameters here' : `Parameters here: ${names.join(', ')}`
}
