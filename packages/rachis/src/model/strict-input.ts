import type { TSchema } from '@feathersjs/typebox'
import { isObject } from '../util/is-object'

type Schema = Partial<TSchema>

/** What else says which properties there may be. Parts of `allOf` do not know the properties of one another. */
const SAYS = ['additionalProperties', 'unevaluatedProperties', 'patternProperties', 'allOf']

const isSilent = (schema: Schema): boolean =>
  schema.properties !== undefined && SAYS.every((keyword) => schema[keyword] === undefined)

/**
 * An input whose objects take no other properties than theirs, where they do not say `additionalProperties` themselves: else a name that
 * is misspelt would be ignored.
 *
 * @example strictInput(Type.Object({ title: Type.String() })).additionalProperties // false
 */
export const strictInput = <T extends Schema>(schema: T): T => {
  const { properties, items, anyOf } = schema as Schema
  const inner = Object.entries((properties ?? {}) as Record<string, Schema>)

  return {
    ...schema,
    ...(properties
      ? { properties: Object.fromEntries(inner.map(([name, each]) => [name, strictInput(each)])) }
      : {}),
    ...(isObject(items) ? { items: strictInput(items) } : {}),
    ...(Array.isArray(anyOf) ? { anyOf: (anyOf as Schema[]).map(strictInput) } : {}),
    ...(isSilent(schema) ? { additionalProperties: false } : {})
  }
}
