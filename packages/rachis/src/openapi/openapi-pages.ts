import type { TSchema } from '@feathersjs/typebox'
import type { Model } from '../model/model'
import type { PageForm } from '../model/pages'
import { PAGE_FORMS, parametersOf } from '../model/pages'
import type { Schema } from './openapi-document'
import { schemaRef } from './openapi-document'
import { followable, sortable, spelled } from './offered'
import { clean } from './openapi-schema'

const words = (values: readonly string[]): Schema => ({ type: 'string', enum: values, examples: [values[0]] })

/** The names of a record's fields, as a query may list them. */
export const fieldNames = (model: Model): Schema => words(model.visible)

/**
 * Fields with an order, each with `-` before it as well. Generators that make a type of words by names leave the dash out: so the names
 * are said, under the two keywords that generators know.
 */
export const sortNames = (model: Model): Schema => {
  const { names } = sortable(model)
  const varnames = names.map(spelled).flatMap((name) => [`${name}_asc`, `${name}_desc`])

  return {
    ...words(names.flatMap((name) => [name, `-${name}`])),
    'x-enum-varnames': varnames,
    'x-enumNames': varnames
  }
}

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

/** The whole of a list that has one record, or none where there is no example of one. */
const examplePage = (form: PageForm, example: unknown) => {
  const data = example === undefined ? [] : [example]

  return form.answer({ total: data.length, limit: 50, skip: 0, data }, { addressOf: () => '' })
}

/** What a list answers in a form, with records whose schema has this name in the document. */
export const pageSchema = (form: PageForm, name: string, example: unknown): Schema => {
  const { title, description } = form
  const { type, ...rest } = clean(form.schema(schemaRef(name) as unknown as TSchema))

  return { type, title, description, ...rest, examples: [examplePage(form, example)] }
}

/** The schemas of parameters of pages that have names of their own. */
export const pageParameterSchemas: Readonly<Record<string, Schema>> = Object.fromEntries(
  PAGE_FORMS.flatMap(parametersOf).flatMap(({ schemaName: name, schema }) => (name ? [[name, schema]] : []))
)
