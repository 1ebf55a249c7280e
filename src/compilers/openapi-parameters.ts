import type { Model } from './model'
import type { Parameter, Schema } from './openapi-document'
import { schemaRef } from './openapi-document'
import { fieldParameters, operatorParameter, visibleFields } from './openapi-filters'
import { clean, followable } from './openapi-schema'
import { MAX_RELATED } from './query-include'

const query = (name: string, description: string, schema: Schema, more: Partial<Parameter> = {}): Parameter => ({ name, in: 'query', description, ...more, schema }) // prettier-ignore
const COMMAS = { style: 'form', explode: false } as const
const DEEP = { style: 'deepObject', explode: true } as const
const MAX_DEPTH = 3

const list = (values: readonly string[], maxItems: number): Schema => ({ type: 'array', items: { type: 'string', enum: values }, maxItems }) // prettier-ignore

const selection = (field: string): Parameter[] => {
  const names = { type: 'array', items: schemaRef(field) }

  return [
    query('fields', 'Answer only these fields, and the id.', names, COMMAS),
    query('$select', "As `fields`, in Feathers' spelling.", names, { style: 'form', explode: true })
  ]
}

/** `['parent', 'parent.children', …]` */
const relationPaths = (model: Model, depth = 1): string[] =>
  followable(model).flatMap(({ name, target }) => [
    name,
    ...(depth < MAX_DEPTH ? relationPaths(target, depth + 1).map((path) => `${name}.${path}`) : [])
  ])

const inclusion = (model: Model): Parameter[] => {
  const paths = list(relationPaths(model), 20)

  return followable(model).length === 0
    ? []
    : [
        query('include', `Answer these related records along with each record: at most ${MAX_RELATED} of a relation.`, paths, COMMAS), // prettier-ignore
        query('$include', "As `include`, in Feathers' spelling.", paths, { style: 'form', explode: true })
      ]
}

const sorting = (model: Model): Parameter[] => {
  const names = visibleFields(model)
    .filter(({ type }) => type !== 'jsonb' && type !== 'text[]')
    .map(({ name }) => name)
  const directions = names.map((name) => [name, { type: 'integer', enum: [1, -1] }])
  // Without a default Swagger UI would fill in, and send, a direction for every field.
  const schema = { type: 'object', properties: Object.fromEntries(directions), additionalProperties: false, maxProperties: 10, default: {} } // prettier-ignore

  return [
    query('sort', 'In this order; `-` before a name turns it round.', list(names.flatMap((name) => [name, `-${name}`]), 10), COMMAS), // prettier-ignore
    query('$sort', "As `sort`, in Feathers' spelling: `$sort[name]=1`, or -1 to turn it round.", schema, DEEP)
  ]
}

const whole = (minimum: number): Schema => ({ type: 'integer', minimum })

// No defaults: Swagger UI would send limit and page together, which is refused.
const paging = ({ page: { default: usual, max } }: Model): Parameter[] => [
  query('limit', `Answer at most so many; ${usual} unless said, never more than ${max}.`, whole(0)),
  query('skip', 'Leave out so many at the beginning.', whole(0)),
  query('page', 'The page of this number, answered by page. Not together with `limit` or `skip`.', whole(1)),
  query('page_size', `Records of a page; ${usual} unless said, never more than ${max}.`, whole(1)),
  query('$limit', "As `limit`, in Feathers' spelling.", whole(0)),
  query('$skip', "As `skip`, in Feathers' spelling.", whole(0))
]

const searching = ({ resource: { spec } }: Model): Parameter[] => {
  const schema = { type: 'string', maxLength: 1000 }

  return spec.search
    ? [
        query('search', `Full-text search in ${spec.search.join(', ')}, best first.`, schema),
        query('$search', "As `search`, in Feathers' spelling.", schema)
      ]
    : []
}

/** By names, friendly spelling first. */
const ordered = (parameters: readonly Parameter[]): Parameter[] => [
  ...parameters.filter(({ name }) => !name.startsWith('$')),
  ...parameters.filter(({ name }) => name.startsWith('$'))
]

/** The document's schemas that parameters refer to. */
export interface QueryNames {
  readonly field: string
  readonly filters: string
}

/** Every parameter of a list, by the grammar of query.ts. */
export const listParameters = (model: Model, { field, filters }: QueryNames): Parameter[] =>
  ordered([
    ...searching(model),
    ...sorting(model),
    ...paging(model),
    ...selection(field),
    ...inclusion(model),
    ...fieldParameters(model),
    operatorParameter(model, filters)
  ])

/** What may be asked of the answer for one record. */
export const recordParameters = (model: Model, { field }: QueryNames): Parameter[] =>
  ordered([...selection(field), ...inclusion(model)])

interface Input {
  readonly properties: Readonly<Record<string, Schema>>
  readonly required: readonly string[]
}
/** The properties of an input, also where it is put together from several. */
export const inputOf = (schema: Schema): Input => {
  const { properties = {}, required = [], allOf = [], anyOf = [] } = schema as { properties?: Record<string, Schema>; required?: string[]; allOf?: Schema[]; anyOf?: Schema[] } // prettier-ignore
  const [whole, either] = [allOf.map(inputOf), anyOf.map(inputOf)]

  return {
    properties: Object.assign({}, properties, ...[...whole, ...either].map((part) => part.properties)),
    required: [...required, ...whole.flatMap((part) => part.required)]
  }
}

const styleOf = ({ type }: Schema) => (type === 'object' ? DEEP : {})

/** An input that comes in the query string, and what of it the path names. */
export const inputParameters = (schema: Schema, path: string): Parameter[] => {
  const { properties, required } = inputOf(clean(schema))

  return Object.entries(properties).map(([name, { description, ...inner }]) => {
    const isInPath = path.includes(`{${name}}`)
    return {
      name,
      in: isInPath ? ('path' as const) : ('query' as const),
      ...(typeof description === 'string' ? { description } : {}),
      // What has a default is filled in before it is missed.
      ...(isInPath || (required.includes(name) && inner.default === undefined) ? { required: true } : {}),
      ...(isInPath ? {} : styleOf(inner)),
      schema: inner
    }
  })
}
