import type { Schema } from '../openapi/openapi-document'
import { clean } from '../openapi/openapi-schema'
import { isObject } from '../util/is-object'

const isFraction = (key: string, value: unknown) =>
  key === 'multipleOf' && typeof value === 'number' && !Number.isInteger(value)

/** What an id of another resource refers to, which a form lets one look for; a property may be called `references` as well. */
const referenceOf = ({ references }: Record<string, unknown>) =>
  isObject(references) && typeof references.resource === 'string'
    ? { 'x-references': references.resource }
    : {}

/** Without the steps of amounts, which documents say in words: who fills a form in need not be told that there are cents. */
const asForms = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(asForms)
  if (!isObject(value)) return value
  const kept = Object.entries(value).filter(([key, inner]) => !isFraction(key, inner))

  return { ...Object.fromEntries(kept.map(([key, inner]) => [key, asForms(inner)])), ...referenceOf(value) }
}

/**
 * A schema as a form is made from it.
 *
 * @example shownSchema(money()) // { type: 'number', minimum: -9999999999.99, maximum: 9999999999.99 }
 * @example shownSchema(belongsTo('users'))['x-references'] // 'users'
 */
export const shownSchema = (schema: Schema): Schema => clean(asForms(schema) as Schema)
