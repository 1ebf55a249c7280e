import { isSortable } from '../declare/column-types'
import type { Model } from '../model/model'
import type { Schema } from './openapi-document'
import { schemaRef } from './openapi-document'
import { followable } from './openapi-schema'

const nonNegativeInteger = { type: 'integer', minimum: 0 }
const address = { type: ['string', 'null'], description: 'Path and query of that page; null where there is none.' } // prettier-ignore
const page = (title: string, description: string, properties: Schema): Schema => ({
  type: 'object', title, description, properties, required: Object.keys(properties), additionalProperties: false
}) // prettier-ignore

const words = (values: readonly string[]): Schema => ({ type: 'string', enum: values, examples: [values[0]] })

/** The names of a record's fields, as a query may list them. */
export const fieldNames = (model: Model): Schema => words(model.visible)

/**
 * Fields with an order, each with `-` before it as well. Generators that make a type of words by names leave the dash out: so the names
 * are said, under the two keywords that generators know.
 */
export const sortNames = (model: Model): Schema => {
  const names = sortable(model)
  const varnames = names.flatMap((name) => [`${name}_asc`, `${name}_desc`])

  return {
    ...words(names.flatMap((name) => [name, `-${name}`])),
    'x-enum-varnames': varnames,
    'x-enumNames': varnames
  }
}
export const sortable = ({ fields }: Model): string[] =>
  [...fields.values()].filter((field) => !field.hidden && isSortable(field)).map(({ name }) => name)

const MAX_DEPTH = 3
/** `['parent', 'parent.children', …]` */
const relationPaths = (model: Model, depth = 1): string[] =>
  followable(model).flatMap(({ name, target }) => [
    name,
    ...(depth < MAX_DEPTH ? relationPaths(target, depth + 1).map((path) => `${name}.${path}`) : [])
  ])

/** What `include` takes; undefined where there is nothing to include. */
export const includeNames = (model: Model): Schema | undefined => {
  const paths = relationPaths(model)
  return paths.length > 0 ? words(paths) : undefined
}

/** What a list answers by offset. */
export const pageSchema = (name: string, example: unknown): Schema => {
  const items = { type: 'array', items: schemaRef(name) }
  const data = example === undefined ? [] : [example]

  return {
    ...page('By offset', 'Of `total` records, those from `skip` on.', { total: nonNegativeInteger, limit: nonNegativeInteger, skip: nonNegativeInteger, data: items }), // prettier-ignore
    examples: [{ total: data.length, limit: 50, skip: 0, data }]
  }
}

/** What a list answers by page numbers. */
export const numberedPageSchema = (name: string, example: unknown): Schema => {
  const items = { type: 'array', items: schemaRef(name) }
  const results = example === undefined ? [] : [example]

  return {
    ...page('By page', 'With the pages around it.', { count: nonNegativeInteger, next: address, previous: address, results: items }), // prettier-ignore
    examples: [{ count: results.length, next: null, previous: null, results }]
  }
}
